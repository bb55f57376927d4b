"""What a run has made, and its removal: also when the run fails or is interrupted."""

import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from aliyun.log import LogException
from darabonba.exceptions import DaraException
from mns.mns_exception import MNSClientNetworkException, MNSExceptionBase

_GONE = ("NotExist", "NotFound")
_ATTEMPTS = 4
_PAUSE = 2.0  # s between two attempts: a role is free a moment after its policy was detached

REFUSALS = (AlibabaCloudException, DaraException, MNSExceptionBase, LogException)
"""What the official SDKs raise for a call that is refused or does not arrive."""


def code_of(error: Exception) -> str:
    """The service's code of a refusal, however its SDK tells it."""
    if isinstance(error, LogException):
        return str(error.get_error_code())
    if isinstance(error, MNSExceptionBase):
        return str(error.type)
    return str(getattr(error, "code", "") or type(error).__name__)


@dataclass(frozen=True)
class _Made:
    what: str
    remove: Callable[[], Any]


class Undo:
    """Removes in reverse what was made. `left` names what could not be removed."""

    def __init__(self) -> None:
        self._made: list[_Made] = []
        self.left: list[str] = []
        self._unreachable = False

    def will_make(self, what: str, remove: Callable[[], Any]) -> None:
        """Note, before it is made, what is about to be made and how to remove it."""
        if all(made.what != what for made in self._made):
            self._made.append(_Made(what, remove))

    def all(self) -> None:
        """Remove everything. A signal that comes meanwhile is told what is still to be done."""
        with _undisturbed(lambda: len(self._made)):
            while self._made:
                made = self._made[-1]
                if not self._removed(made):
                    self.left.append(made.what)
                self._made.pop()

    def _removed(self, made: _Made) -> bool:
        error: Exception | None = None
        for attempt in range(1 if self._unreachable else _ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE)
            try:
                made.remove()
                self._unreachable = False
                return True
            except REFUSALS as refusal:
                if any(mark in code_of(refusal) for mark in _GONE):
                    return True
                error = refusal
        assert error is not None
        self._unreachable = _unanswered(error)
        print(f"could not remove {made.what}: {code_of(error)}", file=sys.stderr)
        return False


def _unanswered(error: Exception) -> bool:
    """Whether no answer came at all: then waiting for a better one makes no sense for long."""
    if isinstance(error, LogException):
        return error.get_error_code() == "LogRequestError"
    if isinstance(error, MNSExceptionBase):
        return isinstance(error, MNSClientNetworkException)
    return not getattr(error, "status_code", None)


@contextmanager
def _undisturbed(still: Callable[[], int]) -> Generator[None]:
    def tell(_number: int, _frame: Any) -> None:
        print(f"removing what was made, {still()} things to go: please wait", file=sys.stderr)

    before = {
        number: signal.signal(number, tell)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
