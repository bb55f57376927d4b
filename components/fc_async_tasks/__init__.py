"""Pulumi components for asynchronous tasks on Alibaba Cloud Function Compute 3.0.

`AsyncTask` is the whole; `TaskRole`, `TaskQueue`, `TaskLogs` and `TaskFunction` are its parts, each
of which works alone.
"""

from .async_task import AsyncTask, AsyncTaskArgs
from .function import TaskFunction, TaskFunctionArgs
from .logs import TaskLogs, TaskLogsArgs
from .queue import TaskQueue, TaskQueueArgs
from .role import TaskRole, TaskRoleArgs

__all__ = [
    "AsyncTask",
    "AsyncTaskArgs",
    "TaskFunction",
    "TaskFunctionArgs",
    "TaskLogs",
    "TaskLogsArgs",
    "TaskQueue",
    "TaskQueueArgs",
    "TaskRole",
    "TaskRoleArgs",
]
