"""A task as Function Compute tells of it: FC's AsyncTask, typed.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-asynctask
"""

import json
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any


class Status(str, Enum):
    """What a task is doing; the values are FC's own words."""

    ENQUEUED = "Enqueued"
    DEQUEUED = "Dequeued"
    RUNNING = "Running"
    RETRYING = "Retrying"
    STOPPING = "Stopping"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"
    EXPIRED = "Expired"
    INVALID = "Invalid"


STATUSES = tuple(status.value for status in Status)
FINAL = frozenset({"Succeeded", "Failed", "Stopped", "Expired", "Invalid"})
UNFINISHED = tuple(status for status in STATUSES if status not in FINAL)


@dataclass(frozen=True)
class TaskEvent:
    """One step of a task. `at` in ms since 1970; `detail` is a JSON text, or ""."""

    id: int
    status: str
    at: int
    detail: str

    @cached_property
    def details(self) -> dict[str, Any]:
        """The detail as a mapping; {"": text} where it is no JSON object."""
        if not self.detail:
            return {}
        try:
            read = json.loads(self.detail)
        except (ValueError, RecursionError):
            read = None
        return read if isinstance(read, dict) else {"": self.detail}


@dataclass(frozen=True)
class Task:
    """One look at a task.

    `started_at` and `ended_at` in ms since 1970; `duration` of the last attempt in ms. `payload`
    and `result` are None where they were not asked for (lists) or are not kept; FC keeps at most
    1 MB of a result. `retries` counts the attempts after the first.
    """

    task_id: str
    request_id: str
    status: str
    function_arn: str = ""
    qualifier: str = ""
    started_at: int | None = None
    ended_at: int | None = None
    duration: int | None = None
    retries: int = 0
    instance_id: str = ""
    error: str = ""
    destination: str = ""
    payload: str | None = None
    result: str | None = None
    events: tuple[TaskEvent, ...] = ()

    @property
    def final(self) -> bool:
        """Whether the task will not change its status any more."""
        return self.status in FINAL

    @property
    def elapsed(self) -> int | None:
        """ms from acceptance to the end; None while it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0, self.ended_at - self.started_at)

    @property
    def error_message(self) -> str:
        """Why it failed: the last event that says so, or what FC calls the task's error."""
        for event in reversed(self.events):
            if message := event.details.get("ErrorMessage"):
                return str(message)
        return self.error

    def document(self) -> dict[str, Any]:
        """For JSON: FC's own field names, without what is not there."""
        written: dict[str, Any] = {
            "taskId": self.task_id,
            "requestId": self.request_id,
            "status": self.status,
            "functionArn": self.function_arn or None,
            "qualifier": self.qualifier or None,
            "startedTime": self.started_at,
            "endTime": self.ended_at,
            "durationMs": self.duration,
            "alreadyRetriedTimes": self.retries,
            "instanceId": self.instance_id or None,
            "taskErrorMessage": self.error or None,
            "destinationStatus": self.destination or None,
            "taskPayload": self.payload,
            "returnPayload": self.result,
        }
        if self.events:
            written["events"] = [
                {
                    "eventId": event.id,
                    "status": event.status,
                    "timestamp": event.at,
                    "eventDetail": event.detail,
                }
                for event in self.events
            ]
        return {name: value for name, value in written.items() if value is not None}


def task_of(answered: Any) -> Task:
    """The task in the SDK's AsyncTask."""
    events = tuple(
        TaskEvent(
            event.event_id or number,
            event.status or "",
            event.timestamp or 0,
            event.event_detail or "",
        )
        for number, event in enumerate(answered.events or [], 1)
    )
    return Task(
        task_id=answered.task_id or "",
        request_id=answered.request_id or "",
        status=answered.status or "",
        function_arn=answered.function_arn or "",
        qualifier=answered.qualifier or "",
        started_at=answered.started_time,
        ended_at=answered.end_time,
        duration=answered.duration_ms,
        retries=answered.already_retried_times or 0,
        instance_id=answered.instance_id or "",
        error=answered.task_error_message or "",
        destination=answered.destination_status or "",
        payload=answered.task_payload,
        result=answered.return_payload,
        events=events,
    )
