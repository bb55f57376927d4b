"""One pass of the scenario over one side: steps that are observed, things that are made."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.conformance.exchanges import Exchange, Recorder
from tests.conformance.facts import Observation, Whose
from tests.conformance.sides import Side
from tests.conformance.undo import REFUSALS, Undo, code_of

_PAUSE = 0.2  # s between two looks at something that takes a while
_LONGER_PAUSE = 2.0  # s, where the cloud is looked at

Subject = Callable[["Run"], None]
"""One subject of the scenario, such as queues: calls `see` again and again."""


def there(result: Any) -> bool:
    """Whether a call was not refused: for `until`, where that is only a matter of time."""
    return result is not None


class NoFurther(Exception):
    """A step failed without which the rest of the subject has no sense."""


class Run:
    """What a subject of the scenario works with.

    `prefix` begins the name of everything that it makes.
    """

    def __init__(self, side: Side, prefix: str, undo: Undo, recorder: Recorder) -> None:
        self.side = side
        self.prefix = prefix
        self.observations: list[Observation] = []
        self._whose = Whose(side.keys.account_id, side.keys.region, prefix)
        self._undo = undo
        self._recorder = recorder

    def name(self, what: str) -> str:
        """The name of a thing of this run: 3 to 63 lower-case letters, digits and hyphens."""
        return f"{self.prefix}-{what}"

    def make(self, what: str, remove: Callable[[], Any]) -> None:
        """Say, before something is made, what and how it is removed at the end."""
        self._undo.will_make(what, remove)

    def see(
        self,
        step: str,
        call: Callable[[], Any],
        *,
        until: Callable[[Any], object] | None = None,
        show: Callable[[Any], Mapping[str, Any]] | None = None,
    ) -> Any:
        """Make a call, note what was answered, and return what the SDK made of it.

        A refusal is an observation like any other; None is returned then. With `until` the call is
        made again while that is false of its result, as long as the side's patience lasts, and the
        last answer is what is noted. `show` picks further things out of the result.
        """
        result, exchange, refusal = self._called(call)
        if until is not None:
            deadline = time.monotonic() + self.side.patience
            pause = _PAUSE if self.side.patience < 60 else _LONGER_PAUSE
            while not until(result) and time.monotonic() < deadline:
                time.sleep(pause)
                result, exchange, refusal = self._called(call)
        whose = self._whose
        facts = whose.facts_of(exchange) if exchange else {}
        if refusal and "code" not in facts:
            facts["the SDK says"] = refusal
        if until is not None:
            facts["came about"] = "yes" if until(result) else "no"
        if show is not None and result is not None:
            try:
                for name, value in show(result).items():
                    facts.update(whose.facts_in(name, value))
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                facts["shown"] = f"nothing: {type(error).__name__}: {error}"
        self.observations.append(Observation(step, facts))
        return result

    def need(self, step: str, call: Callable[[], Any], **options: Any) -> Any:
        """As `see`, for what the following steps build on. Raises NoFurther where it is refused."""
        before = len(self.observations)
        result = self.see(step, call, **options)
        status = self.observations[before].facts.get("status", "0")
        if not status.isdecimal() or not 200 <= int(status) < 400:
            raise NoFurther(step)
        return result

    def _called(self, call: Callable[[], Any]) -> tuple[Any, Exchange | None, str]:
        answers = self._recorder.exchanges
        answers.clear()
        try:
            result, refusal = call(), ""
        except REFUSALS as error:
            result, refusal = None, code_of(error)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # the SDK could not make anything of the answer: that is what there is to tell
            result, refusal = None, f"the SDK cannot read it: {type(error).__name__}: {error}"
        return result, answers[-1] if answers else None, refusal
