"""Logs are kept for a time that is decided, and not for ever.

Follows "CreateLogStore" of Log Service: 1 to 3650 days, where 3650 means for ever. Where a program
says nothing the provider itself fills in 30 days, which a policy cannot tell from a 30 that was
written.
"""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import read_or_raise
from .resource_types import LOGSTORE
from .rule import Config, resource_rule

SHORTEST, FOR_EVER = 1, 3650


def log_retention_trouble(
    days: "float | None", least: float = SHORTEST, most: float = FOR_EVER - 1
) -> "str | None":
    """Give the sentence for a logstore's retention in days, or None. None: it is not set."""
    if days is None:
        return f"retentionPeriod is not set: set it to {least:.0f} to {most:.0f} days."
    if least <= days <= most:
        return None
    kept = "for ever" if days == FOR_EVER else f"for {days:.0f} days"
    return f"logs are kept {kept}: set retentionPeriod to {least:.0f} to {most:.0f} days."


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    days = read_or_raise(args.props, "retentionPeriod")
    if sentence := log_retention_trouble(days, config["leastDays"], config["mostDays"]):
        yield sentence


_DAYS = {"type": "integer", "minimum": SHORTEST, "maximum": FOR_EVER}

LOG_RETENTION = resource_rule(
    name="log-retention-set",
    description="A logstore says how long it keeps logs.",
    level=EnforcementLevel.MANDATORY,
    types=(LOGSTORE,),
    check=_check,
    parameters={
        "leastDays": {**_DAYS, "default": SHORTEST},
        "mostDays": {**_DAYS, "default": FOR_EVER - 1},
    },
)
