"""Names follow a pattern, each kind of resource its own."""

import re
from collections.abc import Iterator, Mapping

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import read_or_raise
from .resource_types import NAME_PROPERTIES
from .rule import EXPRESSION, Config, resource_rule

LOWER_CASE = "[a-z][a-z0-9-]*"
PATTERNS: "Mapping[str, str]" = dict.fromkeys(
    (kind for kind, _ in NAME_PROPERTIES.values()), LOWER_CASE
)
"""The pattern of each kind unless another is set: lower-case letters, digits and hyphens."""


def name_trouble(kind: str, name: str, pattern: str) -> "str | None":
    """Give the sentence for a name that is not, as a whole, what the pattern says, or None."""
    if re.fullmatch(pattern, name):
        return None
    return f"the {kind}'s name {name!r} does not match {pattern!r}: rename it."


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    kind, properties = NAME_PROPERTIES[args.resource_type]
    pattern = {**PATTERNS, **config["patterns"]}[kind]
    found = (read_or_raise(args.props, each) for each in properties)
    name = next((each for each in found if each is not None), None)
    if name is not None and (sentence := name_trouble(kind, name, pattern)):
        yield sentence


NAMES = resource_rule(
    name="names-match-pattern",
    description="Names of functions, queues, topics, roles, policies and logs follow a pattern.",
    level=EnforcementLevel.ADVISORY,
    types=tuple(NAME_PROPERTIES),
    check=_check,
    parameters={
        "patterns": {
            "type": "object",
            "properties": dict.fromkeys(PATTERNS, EXPRESSION),
            "additionalProperties": False,
            "default": {},
        }
    },
)
