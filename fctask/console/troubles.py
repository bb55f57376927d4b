"""What goes wrong where nobody waits for it: told on the page, and once on standard error."""

import asyncio
import sys
import time
import traceback
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from fctask.errors import CredentialsRefused, FctaskError
from fctask.text import clean

_NEW_KEYS = (
    "This console keeps the credentials that it was started with: end it, and start it again with "
    "new ones."
)
_BACKGROUND = "Work in the background"


class ConsoleFailed(FctaskError):
    """The console failed by an error of its own; standard error has the traceback."""

    kind = "ConsoleFailed"


def sentence_of(error: BaseException) -> str:
    """An error as a sentence for the page; it may quote what services said, so it is cleaned."""
    if isinstance(error, CredentialsRefused):
        # keys that last for an hour are the usual ones, and a console is left open for a day
        return f"{clean(str(error))} {_NEW_KEYS}"
    if isinstance(error, FctaskError):
        return clean(str(error))
    return f"an error of its own, {_named(error)}. The terminal of `fctask console` tells more."


def _named(error: BaseException) -> str:
    return clean(f"{type(error).__name__}: {error}".removesuffix(": "))


@dataclass(frozen=True)
class Trouble:
    """What fails, as `Reading the totals`; why; since when (ms since 1970)."""

    what: str
    error: BaseException
    since: int

    @property
    def sentence(self) -> str:
        """Why it fails."""
        return sentence_of(self.error)


@dataclass
class Troubles:
    """The troubles that stand. A trouble is printed when it comes, not while it lasts."""

    _standing: dict[str, Trouble] = field(default_factory=dict[str, Trouble])
    _printed: set[Hashable] = field(default_factory=set[Hashable])

    def tell(self, what: str, error: BaseException) -> Trouble:
        """`what` failed by `error`; `since` is kept while it fails in the same way."""
        before = self._standing.get(what)
        if before is None or type(before.error) is not type(error):
            _print(f"{what} fails", error)
        since = round(time.time() * 1000) if before is None else before.since
        self._standing[what] = Trouble(what, error, since)
        return self._standing[what]

    def over(self, what: str) -> None:
        """`what` works."""
        if self._standing.pop(what, None) is not None:
            _say(f"fctask console: {what} works again")

    def of(self, what: str) -> Trouble | None:
        """The trouble that `what` has."""
        return self._standing.get(what)

    @property
    def anywhere(self) -> Trouble | None:
        """The trouble that belongs to no page, for every page."""
        return self._standing.get(_BACKGROUND)

    def tell_once(self, what: str, error: BaseException, *, traced: bool = True) -> None:
        """Print an error that is told elsewhere; the same from the same line only once."""
        place = _place(error.__traceback__)
        if (type(error), place) not in self._printed:
            self._printed.add((type(error), place))
            _print(f"{what} fails", error, traced=traced)

    def tell_end(self, what: str, error: BaseException) -> None:
        """Print why something ended that its page tells of."""
        _print(f"{what} ended early", error)

    def unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """asyncio's exception handler: what no code of ours was there to take."""
        error = context.get("exception")
        if error is None:
            error = RuntimeError(context.get("message", "no message"))
        if "protocol" in context or "transport" in context:  # a client's, who sent no HTTP
            self.tell_once("A connection", error, traced=False)
        else:
            self.tell(_BACKGROUND, error)


def _place(found: TracebackType | None) -> tuple[str, int]:
    place = ("", 0)
    while found is not None:
        place = (found.tb_frame.f_code.co_filename, found.tb_lineno)
        found = found.tb_next
    return place


def _print(what: str, error: BaseException, *, traced: bool = True) -> None:
    if isinstance(error, FctaskError):
        _say(f"fctask console: {what}: {sentence_of(error)}")
        return
    _say(f"fctask console: {what}: {_named(error)}")
    if traced:
        _say("".join(traceback.format_exception(error)).rstrip())


def _say(text: str) -> None:
    with suppress(OSError):  # nobody reads it any more
        print(text, file=sys.stderr, flush=True)
