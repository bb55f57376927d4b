"""What goes into an instance and what comes out of it."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Initializer:
    """A function called once in the life of an instance; `timeout` in seconds."""

    handler: str
    timeout: int


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """All that makes one instance different from another.

    Instances are reused for equal specs only, so `revision` (a new one for every update of the
    function) is what sends running invocations to the old code and new ones to the new.
    `memory_size` in MB, `timeout` in seconds, `code` the unpacked folder, `layers` unpacked folders
    in the order of the configuration.
    """

    function_name: str
    function_arn: str
    version: str
    revision: int
    runtime: str
    handler: str
    code: Path
    memory_size: int
    timeout: int
    instance_concurrency: int = 1
    environment: tuple[tuple[str, str], ...] = ()
    layers: tuple[Path, ...] = ()
    initializer: Initializer | None = None
    pre_stop: Initializer | None = None
    custom_command: tuple[str, ...] = ()
    custom_port: int = 9000
    role: str = ""  # its ARN: whose credentials the handler gets, and who writes the logs
    log_project: str = ""
    logstore: str = ""
    disk_size: int = 512  # MB; no file of the instance may grow past it


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of the function's role, as the handler's context shows them."""

    access_key_id: str
    access_key_secret: str
    security_token: str


@dataclass(slots=True)
class Invocation:
    """One attempt. `write_log` takes one line of the handler's output, without its line end."""

    request_id: str
    event: bytes
    write_log: Callable[[str], None]
    credentials: Credentials | None = None
    qualifier: str = "LATEST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Ending(enum.Enum):
    """How an attempt ended."""

    ANSWERED = "answered"  # the handler returned
    RAISED = "raised"  # the handler raised, and FC caught it
    HANDLED = "handled"  # a Node.js handler gave its error to the callback itself
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    EXITED = "exited"  # the process ended before it answered
    NO_HANDLER = "handler not found"
    BAD_CODE = "syntax or import error"
    INITIALIZER_FAILED = "initializer failed"
    STOPPED = "stopped"  # by StopAsyncTask: every process of the instance is gone
    NO_RUNTIME = "no runtime"  # this machine has nothing to run it with: trying again is no use
    NO_INSTANCE = "no instance"  # it could not be started: a system error, to be tried again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt.

    `payload` is what the caller gets: the handler's answer, or FC's JSON object with errorMessage
    (and errorType, stackTrace where there is one). `duration` in ms, `peak_memory` in MB: the most
    that the instance's processes really held.
    """

    ending: Ending
    payload: bytes
    duration: int
    peak_memory: float
    instance_id: str

    @property
    def succeeded(self) -> bool:
        """Whether the handler answered."""
        return self.ending is Ending.ANSWERED
