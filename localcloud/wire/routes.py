"""From method and path to the route that answers them."""

from collections.abc import Iterable

from localcloud.wire.exchange import Route
from localcloud.wire.request import decode_path


class _Node:
    __slots__ = ("by_method", "literals", "variable")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.by_method: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Routes:
    """A service's routes as a tree of path segments: a look-up costs one step a segment.

    A literal segment wins over a variable one. Raises ValueError for two routes with the same
    method and path.
    """

    __slots__ = ("_root",)

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a percent-encoded path, and its variables decoded; None where none is.

        Segments are told apart before they are decoded, so an encoded slash stays in its segment.
        Raises BadRequest where a variable is not UTF-8.
        """
        values: list[str] = []
        node = _descend(self._root, _segments(raw_path), 0, values, method)
        if node is None:
            return None
        route, names = node.by_method[method]
        return route, {name: decode_path(value) for name, value in zip(names, values, strict=True)}

    def _add(self, route: Route) -> None:
        node = self._root
        names: list[str] = []
        for segment in _segments(route.template):
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                if node.variable is None:
                    node.variable = _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        if route.method in node.by_method:
            raise ValueError(f"two routes for {route.method} {route.template}")
        node.by_method[route.method] = (route, tuple(names))


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []


def _descend(
    node: _Node, segments: list[str], at: int, values: list[str], method: str
) -> _Node | None:
    if at == len(segments):
        return node if method in node.by_method else None
    segment = segments[at]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _descend(literal, segments, at + 1, values, method)
        if found is not None:
            return found
    if node.variable is not None and segment:
        values.append(segment)
        found = _descend(node.variable, segments, at + 1, values, method)
        if found is not None:
            return found
        values.pop()
    return None
