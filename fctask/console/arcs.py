"""A stack's resources in the order of their tree, and arcs from each to what it needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fctask.stacks import StackResource

ROW = 20  # units of the drawing for one row
WIDTH = 100
_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Row:
    """A resource. `depth` 0 for what stands in the stack itself; `kind` is its type, in short."""

    resource: StackResource
    depth: int
    kind: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Arcs:
    """Rows from the top, and an SVG path for each need. `height` in units of the drawing."""

    rows: tuple[Row, ...]
    paths: tuple[str, ...]
    height: int


def arcs(resources: Sequence[StackResource]) -> Arcs:
    """The rows and arcs for a stack's resources; the stack itself is left out."""
    names = {one.urn: one.name for one in resources}
    rows = tuple(
        Row(one, depth, _kind(one.type), tuple(names[need] for need in one.needs if need in names))
        for one, depth in _tree(resources)
    )
    places = {row.resource.urn: at for at, row in enumerate(rows)}
    paths = tuple(
        _path(at, places[need], len(rows))
        for at, row in enumerate(rows)
        for need in row.resource.needs
        if need in places
    )
    return Arcs(rows, paths, ROW * len(rows))


def _tree(resources: Sequence[StackResource]) -> Iterator[tuple[StackResource, int]]:
    stacks = {one.urn for one in resources if one.type == _STACK_TYPE}
    known = {one.urn for one in resources}
    children: dict[str, list[StackResource]] = {}
    for one in resources:
        if one.urn not in stacks:
            at_top = one.parent in stacks or one.parent not in known
            children.setdefault("" if at_top else one.parent, []).append(one)

    def below(parent: str, depth: int) -> Iterator[tuple[StackResource, int]]:
        for one in children.get(parent, []):
            yield one, depth
            yield from below(one.urn, depth + 1)

    yield from below("", 0)


def _kind(token: str) -> str:
    """`ram/policy Policy` of `alicloud:ram/policy:Policy` is `ram Policy`."""
    parts = token.split(":")
    module = parts[1].partition("/")[0] if len(parts) > 2 else ""
    return " ".join(part for part in (module if module != "index" else "", parts[-1]) if part)


def _path(begin: int, end: int, count: int) -> str:
    """A half moon to the left, the wider the further apart the rows are."""
    y1, y2 = begin * ROW + ROW / 2, end * ROW + ROW / 2
    x = WIDTH - WIDTH * (0.25 + 0.95 * abs(end - begin) / max(1, count - 1))
    return f"M{WIDTH} {y1:g}C{x:g} {y1:g} {x:g} {y2:g} {WIDTH} {y2:g}"
