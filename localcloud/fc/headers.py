"""Headers of Function Compute's that a client sends and that do nothing here: warned of once."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from localcloud.fidelity import Fate
from localcloud.fidelity.function_calls import HEADERS
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.wire.exchange import Answer, Call, Operation, Route

log = logging.getLogger(__name__)

_PREFIX = "x-fc-"
_ACTING = frozenset(entry.thing for entry in HEADERS.entries if entry.fate is Fate.ACTS)
_TOLD = {entry.thing: entry for entry in HEADERS.entries if entry.fate is Fate.RECORDED}
_ANY_OTHER = HEADERS["any other x-fc-*"]
_LONGEST_NAME = 64


def with_warnings(routes: Iterable[Route]) -> list[Route]:
    """The routes, each telling the log of x-fc-* headers that it can do nothing with."""
    warnings = RecordedWarnings(log)
    return [
        Route(route.method, route.template, route.operation, _telling(route.answer, warnings))
        for route in routes
    ]


def _telling(answer: Operation, warnings: RecordedWarnings) -> Operation:
    async def telling(call: Call) -> Answer:
        for name in call.headers:
            if name.startswith(_PREFIX) and name not in _ACTING:
                entry = _TOLD.get(name) or replace(_ANY_OTHER, thing=name[:_LONGEST_NAME])
                warnings.give("header of a client", entry)
        return await answer(call)

    return telling
