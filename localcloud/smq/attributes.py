"""The attributes of queues and topics: ranges, defaults, and the dead-letter policy.

https://www.alibabacloud.com/help/en/mns/developer-reference/createqueue
"""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from localcloud.json_text import read_json
from localcloud.smq.refusals import invalid_argument
from localcloud.whole_number import whole_number


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be: from `low` to `high`, `default` where it is not given."""

    name: str
    low: int
    high: int
    default: int
    unit: str = "seconds"

    def checked(self, value: int) -> int:
        """The value, if it is in the range. Raises Refusal InvalidArgument."""
        if not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            raise invalid_argument(
                f"The value of {self.name} should be between {self.low} and {self.high}{unit};"
                f" it is {value}."
            )
        return value


DELAY_SECONDS = Range("DelaySeconds", 0, 604800, 0)
MAXIMUM_MESSAGE_SIZE = Range("MaximumMessageSize", 1024, 65536, 65536, "bytes")
MESSAGE_RETENTION_PERIOD = Range("MessageRetentionPeriod", 60, 604800, 345600)
VISIBILITY_TIMEOUT = Range("VisibilityTimeout", 1, 43200, 30)
POLLING_WAIT_SECONDS = Range("PollingWaitSeconds", 0, 30, 0)
PRIORITY = Range("Priority", 1, 16, 8, "")
WAIT_SECONDS = Range("waitseconds", 0, 30, 0)
NUMBER_OF_MESSAGES = Range("numOfMessages", 1, 16, 1, "")
CHANGED_VISIBILITY = Range("VisibilityTimeout", 0, 43200, 30)
MAX_RECEIVE_COUNT = Range("MaxReceiveCount", 1, 1000, 16, "")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def checked_name(kind: str, name: str, longest: int) -> str:
    """The name of a queue, topic or subscription. Raises Refusal InvalidArgument."""
    if len(name) > longest or not _NAME.fullmatch(name):
        raise invalid_argument(
            f"{kind} {name!r} is not valid: 1 to {longest} letters, digits and hyphens,"
            " the first a letter or digit."
        )
    return name


@dataclass(frozen=True, slots=True)
class DeadLetterPolicy:
    """Where messages go that were received `max_receive_count` times and not deleted."""

    enabled: bool
    target: str
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class QueueAttributes:
    """What a request sets; None is what it does not name. Sizes in bytes, times in seconds.

    `dlq_policy` is a JSON object with any of Enabled, DeadLetterTargetQueue, MaxReceiveCount.
    """

    delay_seconds: int | None = None
    maximum_message_size: int | None = None
    message_retention_period: int | None = None
    visibility_timeout: int | None = None
    polling_wait_seconds: int | None = None
    logging_enabled: bool | None = None
    dlq_policy: str | None = None


def merged_dlq_policy(before: str | None, given: str | None) -> str | None:
    """A policy as it is stored: what was set before, and what is given now over it.

    An update that disables it names Enabled alone, and the rest must not be forgotten. Raises
    Refusal InvalidArgument.
    """
    if given is None:
        return before
    try:
        parsed: Any = read_json(given)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise invalid_argument(f"DlqPolicy must be a JSON object; it is {given!r}.")
    fields = cast("dict[str, Any]", parsed)
    if not fields:
        return before
    merged: dict[str, Any] = json.loads(before) if before else {}
    for name, value in fields.items():
        match name, value:
            case "Enabled", bool():
                merged[name] = value
            case "Enabled", "true" | "false":
                merged[name] = value == "true"
            case "DeadLetterTargetQueue", str():
                merged[name] = value
            case "MaxReceiveCount", int() | str() if (
                count := whole_number(str(value))
            ) is not None:
                merged[name] = MAX_RECEIVE_COUNT.checked(count)
            case _:
                raise invalid_argument(
                    f"DlqPolicy: {name} = {value!r} is not valid; it has Enabled (true or false),"
                    " DeadLetterTargetQueue (a name) and MaxReceiveCount (1 to 1000)."
                )
    return json.dumps(merged)


def dead_letter_policy(stored: str | None) -> DeadLetterPolicy:
    """What a stored policy says."""
    fields: dict[str, Any] = json.loads(stored) if stored else {}
    return DeadLetterPolicy(
        enabled=fields.get("Enabled", False),
        target=fields.get("DeadLetterTargetQueue", ""),
        max_receive_count=fields.get("MaxReceiveCount", MAX_RECEIVE_COUNT.default),
    )
