"""All rules of the pack, in the order in which docs/policies.md tells them."""

from pulumi_policy import Policy

from .event_age import EVENT_AGE_WITHIN_RETENTION
from .failure_destination import FAILURE_DESTINATION
from .log_retention import LOG_RETENTION
from .names import NAMES
from .plain_secrets import NO_PLAIN_SECRET
from .tags import TAGS
from .wildcards import NO_WILDCARD

POLICIES: "list[Policy]" = [
    NO_WILDCARD,
    FAILURE_DESTINATION,
    EVENT_AGE_WITHIN_RETENTION,
    LOG_RETENTION,
    NO_PLAIN_SECRET,
    NAMES,
    TAGS,
]
