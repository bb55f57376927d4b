"""An asynchronous task has a failure destination, and it exists.

Without one nobody hears of a task that failed for good: Function Compute drops it and says nothing
(the guide "Asynchronous tasks", on configuring a destination).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import EnforcementLevel, StackValidationArgs

from .destinations import (
    FORMS,
    Place,
    comes_from_the_stack,
    place_of,
    places_of,
)
from .reading import UNKNOWN, read_or_raise, value_at
from .resource_types import ASYNC_CONFIGURATION
from .rule import TEXTS, Config, stack_rule

_ON_FAILURE = ("destinationConfig", "onFailure", "destination")


def failure_destination_trouble(
    destination: "str | None", made: Iterable[Place], existing: Sequence[str] = ()
) -> "str | None":
    """Give the sentence for a task's failure destination, or None if there is nothing to say.

    made are the places of the stack. A place of another stack cannot be looked up in a preview:
    its ARN is taken at its word, unless `existing` lists the ARNs (patterns with `*`) that are
    known to exist.
    """
    if not destination:
        return (
            "the function's tasks have no failure destination, so that one that fails is "
            "discarded in silence: set destinationConfig.onFailure to a queue, a topic or a "
            "function."
        )
    place = place_of(destination)
    if place is None:
        return f"the failure destination {destination!r} is none: it must be {FORMS}."
    if any(place.may_be(each) for each in made):
        return None
    if existing and not any(fnmatchcase(destination, pattern) for pattern in existing):
        return (
            f"the failure destination {destination} is neither made by this stack nor listed as "
            f"existing: correct the {place.kind}'s name, or list it under existingDestinations."
        )
    return None


def _check(args: StackValidationArgs, config: Config) -> "Iterator[tuple[str, str]]":
    made = places_of(args.resources)
    undecided: list[Mapping[str, Any]] = []
    for resource in args.resources:
        if resource.resource_type != ASYNC_CONFIGURATION:
            continue
        if value_at(resource.props, "asyncTask") is not True:
            continue
        destination = value_at(resource.props, *_ON_FAILURE)
        if destination is UNKNOWN:
            if not comes_from_the_stack(resource):
                undecided.append(resource.props)
        elif sentence := failure_destination_trouble(
            destination, made, config["existingDestinations"]
        ):
            yield sentence, resource.urn
    for properties in undecided:
        # reading it has the policy SDK say that the update will look at it again
        read_or_raise(properties, *_ON_FAILURE)


FAILURE_DESTINATION = stack_rule(
    name="async-task-has-failure-destination",
    description="An asynchronous task has a failure destination that exists.",
    level=EnforcementLevel.MANDATORY,
    check=_check,
    parameters={"existingDestinations": TEXTS},
)
