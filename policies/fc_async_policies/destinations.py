"""Where the results of asynchronous invocations go, and which of these places the stack makes.

Follows "Destinations for asynchronous invocations" of Function Compute. Region and account may be
empty in a destination: they are then the function's own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy import PolicyResource

from .reading import name_of, value_at
from .resource_types import FUNCTION, MNS_QUEUE, MNS_TOPIC, QUEUE, TOPIC

_FORM = re.compile(
    r"acs:(?:mns:(?P<mns>[a-z0-9-]*:\d*):/(?P<kind>queue|topic)s/(?P<name>[A-Za-z0-9-]+)/messages"
    r"|fc:(?P<fc>[a-z0-9-]*:\d*):functions/(?P<function>[A-Za-z0-9_-]+)(?:/.*)?)"
)
FORMS = (
    "acs:mns:<region>:<account>:/queues/<queue>/messages, "
    "acs:mns:<region>:<account>:/topics/<topic>/messages or "
    "acs:fc:<region>:<account>:functions/<function>"
)
_KINDS = {
    QUEUE: "queue",
    MNS_QUEUE: "queue",
    TOPIC: "topic",
    MNS_TOPIC: "topic",
    FUNCTION: "function",
}


@dataclass(frozen=True)
class Place:
    """A queue, a topic or a function. Region and account are empty where they are not known."""

    kind: str
    name: str
    region: str = ""
    account: str = ""

    def may_be(self, other: "Place") -> bool:
        """Whether the two are the same place, as far as region and account are known."""
        return (
            (self.kind, self.name) == (other.kind, other.name)
            and (not self.region or not other.region or self.region == other.region)
            and (not self.account or not other.account or self.account == other.account)
        )


def place_of(arn: str) -> "Place | None":
    """Take a destination ARN apart; None if it has none of the three forms."""
    found = _FORM.fullmatch(arn)
    if found is None:
        return None
    region, _, account = (found["mns"] or found["fc"] or ":").partition(":")
    if found["function"]:
        return Place("function", found["function"], region, account)
    return Place(found["kind"], found["name"], region, account)


def places_of(resources: Iterable[PolicyResource]) -> "dict[Place, Mapping[str, Any]]":
    """Give the queues, topics and functions of a stack, each with its properties."""
    made: dict[Place, Mapping[str, Any]] = {}
    for resource in resources:
        if resource.resource_type not in _KINDS:
            continue
        name = name_of(resource.resource_type, resource.props)
        if isinstance(name, str):
            provider = resource.provider.props if resource.provider else {}
            where = [value_at(provider, key) for key in ("region", "accountId")]
            region, account = (each if isinstance(each, str) else "" for each in where)
            made[Place(_KINDS[resource.resource_type], name, region, account)] = resource.props
    return made


def comes_from_the_stack(configuration: PolicyResource) -> bool:
    """Whether its destinations are made of a queue, topic or function of the same stack."""
    sources = configuration.property_dependencies.get("destinationConfig", [])
    return any(each.resource_type in _KINDS for each in sources)
