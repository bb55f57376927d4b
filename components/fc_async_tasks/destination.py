"""Destinations of asynchronous invocations, as Function Compute writes them.

Follows "Destinations for asynchronous invocations" of Function Compute: where a result goes, the
action that the function's role needs for it, and the resource that action is on. Region and
account may be empty in a destination; they are then the function's own.
"""

import re
from typing import NamedTuple, TypedDict

ALLOWED = (
    "acs:mns:<region>:<account>:/queues/<queue>/messages, "
    "acs:mns:<region>:<account>:/topics/<topic>/messages or "
    "acs:fc:<region>:<account>:functions/<function>"
)

_FORMS = {
    "queue": re.compile(r"acs:mns:([a-z0-9-]*):(\d*):/queues/([A-Za-z0-9-]+)/messages"),
    "topic": re.compile(r"acs:mns:([a-z0-9-]*):(\d*):/topics/([A-Za-z0-9-]+)/messages"),
    "function": re.compile(r"acs:fc:([a-z0-9-]*):(\d*):functions/([A-Za-z0-9_/-]+)"),
}
_ACTIONS = {
    "queue": "mns:SendMessage",
    "topic": "mns:PublishMessage",
    "function": "fc:InvokeFunction",
}


class Destination(NamedTuple):
    """A destination taken apart: its kind (queue, topic or function), and what it names."""

    kind: str
    region: str
    account: str
    name: str


class Statement(TypedDict):
    """A statement of a RAM policy document, version 1."""

    Effect: str
    Action: list[str]
    Resource: list[str]


def parse(arn: str) -> Destination:
    """Take a destination ARN apart.

    Raises ValueError with one sentence if it has none of the three forms.
    """
    for kind, form in _FORMS.items():
        if found := form.fullmatch(arn):
            return Destination(kind, *found.groups())
    raise ValueError(f"{arn!r} is no destination: it must be {ALLOWED}.")


def queue_destination(region: str, account: str, queue_name: str) -> str:
    """Give the destination ARN of a queue."""
    return f"acs:mns:{region}:{account}:/queues/{queue_name}/messages"


def statement_for(arn: str, region: str, account: str) -> Statement:
    """Give the policy statement that lets a role send to one destination and to nothing else.

    region and account stand in where the destination leaves its own empty.
    Raises ValueError as `parse` does.
    """
    to = parse(arn)
    service = "fc" if to.kind == "function" else "mns"
    where = f"acs:{service}:{to.region or region}:{to.account or account}:"
    on = f"functions/{to.name}" if to.kind == "function" else f"/{to.kind}s/{to.name}/messages"
    return {"Effect": "Allow", "Action": [_ACTIONS[to.kind]], "Resource": [where + on]}
