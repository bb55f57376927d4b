"""Pulumi components for asynchronous tasks on Alibaba Cloud Function Compute 3.0.

`AsyncTask` is the whole; `TaskRole`, `TaskQueue`, `TaskLogs` and `TaskFunction` are its parts, each
of which works alone. `TaskTimer` submits a task at set times.
"""

from typing import TYPE_CHECKING

from .async_task import AsyncTask
from .async_task_args import AsyncTaskArgs
from .function import TaskFunction
from .function_args import TaskFunctionArgs
from .gpu import GpuConfig
from .lifecycle import Initializer, InstanceLifecycleConfig, PreStop
from .logs import TaskLogs, TaskLogsArgs
from .mounts import NasConfig, NasMountPoint, OssMountConfig, OssMountPoint
from .oss_code import CodeFromOss
from .package_version import __version__
from .queue import TaskQueue, TaskQueueArgs
from .role import TaskRole, TaskRoleArgs
from .runtimes import CustomContainerConfig, CustomRuntimeConfig, HealthCheckConfig
from .timer import TaskTimer, TaskTimerArgs
from .versions import FunctionAlias
from .vpc import CustomDns, DnsOption, VpcConfig

if TYPE_CHECKING:
    from .serverless_devs import from_serverless_devs

__all__ = [
    "AsyncTask",
    "AsyncTaskArgs",
    "CodeFromOss",
    "CustomContainerConfig",
    "CustomDns",
    "CustomRuntimeConfig",
    "DnsOption",
    "FunctionAlias",
    "GpuConfig",
    "HealthCheckConfig",
    "Initializer",
    "InstanceLifecycleConfig",
    "NasConfig",
    "NasMountPoint",
    "OssMountConfig",
    "OssMountPoint",
    "PreStop",
    "TaskFunction",
    "TaskFunctionArgs",
    "TaskLogs",
    "TaskLogsArgs",
    "TaskQueue",
    "TaskQueueArgs",
    "TaskRole",
    "TaskRoleArgs",
    "TaskTimer",
    "TaskTimerArgs",
    "VpcConfig",
    "__version__",
    "from_serverless_devs",
]


def __getattr__(name: str) -> object:
    """Load the way in from Serverless Devs where a program takes it: few do, and all would wait."""
    if name == "from_serverless_devs":
        from .serverless_devs import from_serverless_devs

        return from_serverless_devs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
