"""Routes that refuse what nobody takes from a query: nothing is ignored in silence."""

from collections.abc import Callable, Iterable, Mapping

from localcloud.refusal import Refusal
from localcloud.wire.exchange import Answer, Call, Operation, Route

Refuse = Callable[[str], Refusal]
"""A service's refusal of a query, from a sentence."""


def strict(
    routes: Iterable[Route], taken: Mapping[str, Iterable[str]], refuse: Refuse
) -> list[Route]:
    """The routes, each refusing parameters in its query but those in `taken` by its operation.

    An operation that is not in `taken` takes none.
    """
    return [
        Route(
            route.method,
            route.template,
            route.operation,
            _checked(route, frozenset(taken.get(route.operation, ())), refuse),
        )
        for route in routes
    ]


def _checked(route: Route, names: frozenset[str], refuse: Refuse) -> Operation:
    known = ", ".join(sorted(names)) or "none"

    async def answer(call: Call) -> Answer:
        for name in call.query:
            if name not in names:
                raise refuse(
                    f"localcloud does nothing with {name[:100]!r} in the query of "
                    f"{route.operation}; it knows {known}"
                )
        return await route.answer(call)

    return answer
