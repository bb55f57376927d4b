"""What one running console has: its target, its secrets, and what goes on in the background."""

import secrets as random
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from fctask.clients import Clients
from fctask.console.asking import Asking
from fctask.console.guard import Secrets
from fctask.console.redriving import Redriving
from fctask.console.totals import TotalsOfWindow
from fctask.console.troubles import Troubles
from fctask.target import Target

_REMEMBERED = 256


@dataclass
class Console:
    """One run of `fctask console`. `stack` is "" where a function was named instead."""

    clients: Clients
    stack: str = ""
    folder: Path = field(default_factory=Path.cwd)
    read_only: bool = False
    secrets: Secrets = field(default_factory=Secrets)
    asking: Asking = field(default_factory=Asking)
    troubles: Troubles = field(default_factory=Troubles)
    acting: anyio.Lock = field(default_factory=anyio.Lock)
    redriving: Redriving | None = None
    totals: dict[str, TotalsOfWindow] = field(default_factory=dict[str, TotalsOfWindow])
    _pages_before: dict[str, str] = field(default_factory=dict[str, str])
    _done: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def target(self) -> Target:
        """Which function, queue and logs it is about."""
        return self.clients.target

    def page_before(self, token: str) -> str | None:
        """The token of the page before; None where it is not known."""
        return self._pages_before.get(token)

    def remember_page(self, next_token: str, token: str) -> None:
        """The page with `token` is the one before that with `next_token`."""
        self._pages_before[next_token] = token
        _forget_oldest(self._pages_before)

    def new_form(self) -> str:
        """What tells one shown form from another, so that sending it twice acts once."""
        return random.token_urlsafe(12)

    def done_before(self, form: str) -> str | None:
        """Where the same form has led to; None where it has not been sent."""
        return self._done.get(form)

    def remember_done(self, form: str, location: str) -> None:
        """That form has led there."""
        self._done[form] = location
        _forget_oldest(self._done)


def _forget_oldest(kept: dict[str, str]) -> None:
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
