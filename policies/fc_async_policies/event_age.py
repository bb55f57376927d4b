"""An event does not outlive the queue's memory: its age is within the queue's retention.

A task that waited, ran and failed at the end of its event's age tells so in a message. Where the
queue keeps messages for less time than events may wait, the story of one event is deleted while
another of the same hour is still waiting, and neither a person nor a redrive sees them together.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, PolicyResource, StackValidationArgs

from .destinations import Place, place_of, places_of
from .reading import value_at
from .resource_types import ASYNC_CONFIGURATION
from .rule import Config, stack_rule

EVENT_AGE = 86400  # s; PutAsyncInvokeConfig, where maxAsyncEventAgeInSeconds is not set
RETENTION = 345600  # s; CreateQueue, where MessageRetentionPeriod is not set
SIDES = ("onFailure", "onSuccess")


def event_age_trouble(age: float, retention: float, queue: str, margin: float = 0) -> "str | None":
    """Give the sentence for an event age beyond a queue's retention, all in seconds, or None.

    margin is how much longer than the event a message must be kept.
    """
    if age + margin <= retention:
        return None
    beyond = f" and the margin of {margin:.0f}" if margin else ""
    return (
        f"an event may wait {age:.0f} seconds (maxAsyncEventAgeInSeconds), but the queue {queue} "
        f"deletes messages after {retention:.0f} (messageRetentionPeriod): raise the queue's "
        f"retention to the event's age{beyond} at least, or lower the age."
    )


def _queues_of(
    configuration: PolicyResource, made: "Mapping[Place, Mapping[str, Any]]"
) -> "dict[str, float]":
    """Give the stack's queues that an asynchronous configuration sends to, with their retention."""
    found: dict[str, float] = {}
    for side in SIDES:
        arn = value_at(configuration.props, "destinationConfig", side, "destination")
        place = place_of(arn) if isinstance(arn, str) else None
        if place is None or place.kind != "queue":
            continue
        for each, properties in made.items():
            if place.may_be(each):
                found[each.name] = _seconds(properties, "messageRetentionPeriod", RETENTION)
    return found


def _seconds(properties: Mapping[str, Any], name: str, default: int) -> float:
    found = value_at(properties, name)
    return float(found) if isinstance(found, (int, float)) else default


def _check(args: StackValidationArgs, config: Config) -> "Iterator[tuple[str, str]]":
    made = places_of(args.resources)
    for resource in args.resources:
        if resource.resource_type == ASYNC_CONFIGURATION:
            age = _seconds(resource.props, "maxAsyncEventAgeInSeconds", EVENT_AGE)
            for queue, retention in _queues_of(resource, made).items():
                margin = config["marginInSeconds"]
                if sentence := event_age_trouble(age, retention, queue, margin):
                    yield sentence, resource.urn


EVENT_AGE_WITHIN_RETENTION = stack_rule(
    name="event-age-within-retention",
    description="An event waits no longer than the destination queue keeps its messages.",
    level=EnforcementLevel.MANDATORY,
    check=_check,
    parameters={"marginInSeconds": {"type": "integer", "minimum": 0, "default": 0}},
)
