"""What a command's exit code says; docs/fctask.md has the same table."""

from fctask.errors import (
    CredentialsError,
    CredentialsRefused,
    FctaskError,
    NoSuchFunction,
    NoSuchLogs,
    NoSuchQueue,
    NoSuchStack,
    NoSuchTask,
    NotATaskFunction,
    PermissionMissing,
    TargetError,
    Unreachable,
)

DONE = 0
FAILED = 1  # also: asked, and the answer was no
USAGE = 2
UNREACHABLE = 3
DENIED = 4
NOT_FOUND = 5
PARTLY = 6
TASK_FAILED = 10
TASK_STOPPED = 11
TASK_EXPIRED = 12
TASK_INVALID = 13
INTERRUPTED = 130

_OF_ERRORS: tuple[tuple[tuple[type[FctaskError], ...], int], ...] = (
    ((Unreachable,), UNREACHABLE),
    ((CredentialsError, CredentialsRefused, PermissionMissing), DENIED),
    ((NoSuchStack, NoSuchFunction, NoSuchTask, NoSuchQueue, NoSuchLogs), NOT_FOUND),
    ((NotATaskFunction, TargetError), NOT_FOUND),
)
_OF_STATUSES = {
    "Succeeded": DONE,
    "Failed": TASK_FAILED,
    "Stopped": TASK_STOPPED,
    "Expired": TASK_EXPIRED,
    "Invalid": TASK_INVALID,
}

EPILOG = (
    "Exit codes: 0 done; 1 it could not be done; 2 wrong usage; 3 no answer (localcloud not "
    "running); 4 no credentials or no permission; 5 no such stack, function, task or queue; 6 done "
    "in part; a followed task: 10 failed, 11 stopped, 12 expired, 13 invalid; 130 interrupted."
)


def of_error(error: FctaskError) -> int:
    """The exit code of a command that ended with this error."""
    return next((code for kinds, code in _OF_ERRORS if isinstance(error, kinds)), FAILED)


def of_status(status: str) -> int:
    """The exit code of a command that followed a task to this final status."""
    return _OF_STATUSES.get(status, FAILED)
