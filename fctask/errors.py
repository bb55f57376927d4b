"""What can go wrong, as a person who runs a command needs it said.

Every error carries the whole sentence as its text, `kind` for scripts, and `details` where a script
may want the parts: the action that is missing, the service's own code and request id.
"""

from typing import ClassVar


class FctaskError(Exception):
    """Something that a person can do something about; the text says what."""

    kind: ClassVar[str] = "Error"

    def __init__(self, text: str, **details: object) -> None:
        super().__init__(text)
        self.details = {name: value for name, value in details.items() if value not in (None, "")}


class TargetError(FctaskError):
    """Which function, queue or log is meant cannot be found out."""

    kind = "TargetUnknown"


class NoSuchStack(TargetError):
    """Pulumi has no such stack, or it is not up."""

    kind = "NoSuchStack"


class CredentialsError(FctaskError):
    """No credentials were found; the text says where they are looked for."""

    kind = "NoCredentials"


class CredentialsRefused(FctaskError):
    """The service knows no such key, or its secret is another."""

    kind = "CredentialsRefused"


class PermissionMissing(FctaskError):
    """The key may not do this; `details["action"]` is the RAM action that is missing."""

    kind = "PermissionMissing"


class Unreachable(FctaskError):
    """No answer. `sent` is False where nothing can have arrived (nobody listens, no such name)."""

    kind = "Unreachable"

    def __init__(self, text: str, *, sent: bool, **details: object) -> None:
        super().__init__(text, **details)
        self.sent = sent


class NoSuchFunction(FctaskError):
    """The account has no function of that name in the region."""

    kind = "NoSuchFunction"


class NoSuchTask(FctaskError):
    """The function has no task of that id, or not any more."""

    kind = "NoSuchTask"


class NoSuchQueue(FctaskError):
    """There is no such queue, or results of the function go to none."""

    kind = "NoSuchQueue"


class NoSuchLogs(FctaskError):
    """The function writes no logs, or their project or logstore is not there."""

    kind = "NoSuchLogs"


class NotATaskFunction(FctaskError):
    """Asynchronous invocations of the function are not tasks."""

    kind = "NotATaskFunction"


class NoMessage(FctaskError):
    """The message did not come within the time given."""

    kind = "NoMessage"


class HandleExpired(FctaskError):
    """A receipt handle is not valid any more: the message can be received again."""

    kind = "HandleExpired"


class PayloadLost(FctaskError):
    """The payload of a task cannot be had back as it was, so it is not submitted again."""

    kind = "PayloadLost"


class NotEnded(FctaskError):
    """Only a task that has ended can be run again."""

    kind = "NotEnded"


class ServiceRefused(FctaskError):
    """The service said no, for a reason that has no class of its own."""

    kind = "Refused"


class AlreadyExists(ServiceRefused):
    """A task of that id was accepted before, or the task is at its end already (HTTP 409)."""

    kind = "AlreadyExists"


class Throttled(ServiceRefused):
    """Too many requests, or the service has a trouble of its own: worth another try."""

    kind = "Throttled"
