"""Finding the route of a path."""

import pytest

from localcloud.wire.exchange import Answer, Call, Route
from localcloud.wire.request import BadRequest
from localcloud.wire.routes import Routes


async def _answer(call: Call) -> Answer:
    raise AssertionError(call)


def routes(*templates: str) -> Routes:
    made: list[Route] = []
    for text in templates:
        method, _, template = text.partition(" ")
        made.append(Route(method, template, text, _answer))
    return Routes(made)


def found(table: Routes, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = table.find(method, path)
    return (match[0].operation, match[1]) if match else None


TABLE = routes(
    "GET /",
    "GET /functions",
    "POST /functions",
    "GET /functions/{name}",
    "GET /functions/{name}/async-tasks",
    "PUT /functions/{name}/async-tasks/{task}/stop",
    "GET /functions/special",
    "GET /functions/{other}/x/{y}",
)


@pytest.mark.parametrize(
    ("method", "path", "operation", "variables"),
    [
        ("GET", "/", "GET /", {}),
        ("GET", "/functions", "GET /functions", {}),
        ("GET", "/functions/", "GET /functions", {}),
        ("POST", "/functions", "POST /functions", {}),
        ("GET", "/functions/f", "GET /functions/{name}", {"name": "f"}),
        ("GET", "/functions/special", "GET /functions/special", {}),
        (
            "PUT",
            "/functions/f/async-tasks/t/stop",
            "PUT /functions/{name}/async-tasks/{task}/stop",
            {"name": "f", "task": "t"},
        ),
        ("GET", "/functions/f/x/1", "GET /functions/{other}/x/{y}", {"other": "f", "y": "1"}),
        (
            "GET",
            "/functions/special/async-tasks",
            "GET /functions/{name}/async-tasks",
            {"name": "special"},
        ),
        ("GET", "/functions/a%2Fb%20%C3%BC", "GET /functions/{name}", {"name": "a/b ü"}),
        ("GET", "/functions/..", "GET /functions/{name}", {"name": ".."}),
    ],
)
def test_paths_find_their_route(
    method: str, path: str, operation: str, variables: dict[str, str]
) -> None:
    assert found(TABLE, method, path) == (operation, variables)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/functions"),
        ("GET", "/nothing"),
        ("GET", "/functions/f/nothing"),
        ("GET", "/functions//async-tasks"),
        ("GET", "/functions/f/async-tasks/t/stop"),
    ],
)
def test_others_find_none(method: str, path: str) -> None:
    assert TABLE.find(method, path) is None


def test_a_variable_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadRequest):
        TABLE.find("GET", "/functions/%ff")


def test_two_routes_for_one_path_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two routes"):
        routes("GET /a/{x}", "GET /a/{y}")
