"""Everything that takes tags has those that are required, each with a value of its pattern."""

import re
from collections.abc import Mapping

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import UNKNOWN, read_or_raise, value_at
from .resource_types import TAKES_TAGS
from .rule import EXPRESSION, Config, resource_rule


def tag_troubles(tags: Mapping[str, object], required: Mapping[str, str]) -> "list[str]":
    """Give a sentence for each required tag that is missing or has another value than it may.

    required has, for each tag's name, a regular expression for its whole value.
    """
    found: list[str] = []
    for tag, pattern in required.items():
        value = tags.get(tag)
        if value is None:
            found.append(f"the tag {tag!r} is missing: set it to a text that matches {pattern!r}.")
        elif value is not UNKNOWN and not re.fullmatch(pattern, str(value)):
            found.append(f"the tag {tag!r} is {str(value)!r}, which does not match {pattern!r}.")
    return found


def _check(args: ResourceValidationArgs, config: Config) -> "list[str]":
    tags = read_or_raise(args.props, "tags") or {}
    return tag_troubles({tag: value_at(tags, tag) for tag in tags}, config["required"])


TAGS = resource_rule(
    name="tags-match-pattern",
    description="Everything that takes tags has the required ones.",
    level=EnforcementLevel.ADVISORY,
    types=TAKES_TAGS,
    check=_check,
    parameters={
        "required": {
            "type": "object",
            "additionalProperties": EXPRESSION,
            "default": {},
        }
    },
)
