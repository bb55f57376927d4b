"""Who gets an answer from the console, and who may act: raw requests, as an attacker makes them."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from starlette.routing import Route

from fctask.console.app import ROUTES
from tests.contract.console.serving import Console, serving
from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask

Serve = Callable[..., Console]


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    return stack.function(timeout=120)


@pytest.fixture(scope="module")
def console(fctask: Fctask, job: str) -> Generator[Console, None, None]:
    made = serving(fctask.of(job))
    made.let_in()
    yield made
    assert made.end().exit_code == 0


@pytest.fixture(scope="module")
def running(stack: TaskStack, job: str) -> str:
    task_id = stack.submit(job, {"sleep": 100})
    stack.wait(job, task_id, ("Running",))
    return task_id


def test_the_token_becomes_a_cookie_and_leaves_the_address(
    serve: Serve, fctask: Fctask, job: str
) -> None:
    console = serve(fctask.of(job))
    answer = console.let_in()
    assert (answer.status, answer.headers["location"]) == (303, "/tasks")
    attributes = answer.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=strict" in attributes
    token = console.url.partition("token=")[2]
    assert len(token) >= 40
    assert token not in answer.headers["set-cookie"]
    assert console.send("GET", "/tasks").status == 200


@pytest.mark.parametrize("path", ["/", "/tasks", "/live/tasks", "/messages", "/totals", "/stack"])
def test_without_the_token_nobody_gets_a_page(console: Console, job: str, path: str) -> None:
    for cookie in ("", "fctask-console=x", console.cookie[:-1] + "x", console.cookie.lower()):
        answer = console.send("GET", path, cookie=cookie)
        assert answer.status == 403
        assert job not in answer.text
    assert console.send("GET", "/?token=wrong", cookie="").status == 403


def test_tokens_differ_from_start_to_start(serve: Serve, fctask: Fctask, job: str) -> None:
    first, second = serve(fctask.of(job)), serve(fctask.of(job))
    first.let_in()
    second.let_in()
    assert first.url.partition("token=")[2] != second.url.partition("token=")[2]
    assert first.cookie.partition("=")[0] != second.cookie.partition("=")[0]  # side by side
    second.cookie = f"{second.cookie.partition('=')[0]}={first.cookie.partition('=')[2]}"
    assert second.send("GET", "/tasks").status == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}", ""],
)
def test_another_host_header_is_refused(console: Console, host: str) -> None:
    answer = console.send("GET", "/tasks", host=host.format(port=console.port))
    assert answer.status == 403
    assert "Host" in answer.text
    token = console.url.removeprefix(console.origin)
    refused = console.send("GET", token, host=host.format(port=console.port), cookie="")
    assert "set-cookie" not in refused.headers


def test_localhost_is_ours(console: Console) -> None:
    assert console.send("GET", "/tasks", host=f"localhost:{console.port}").status == 200


def test_it_listens_on_loopback_alone(console: Console) -> None:
    with open("/proc/net/tcp") as table:  # noqa: PTH123 - no file of ours
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    ours = [one for one in listening if int(one.partition(":")[2], 16) == console.port]
    assert ours == [f"0100007F:{console.port:04X}"]


FORGED: list[Any] = [
    pytest.param({"origin": "http://evil.example"}, id="another-site"),
    pytest.param({"origin": "http://127.0.0.1:1"}, id="another-port-of-this-machine"),
    pytest.param({"origin": "http://localhost:{port}"}, id="our-other-name"),
    pytest.param({"origin": "null"}, id="a-sandboxed-frame"),
    pytest.param({"origin": None}, id="no-origin"),
    pytest.param({"content_type": "text/plain"}, id="not-a-form"),
    pytest.param({"content_type": "multipart/form-data; boundary=x"}, id="another-form"),
]


@pytest.mark.parametrize("headers", FORGED)
def test_a_forged_request_stops_nothing_even_with_the_cookie(
    console: Console, stack: TaskStack, job: str, running: str, headers: dict[str, str | None]
) -> None:
    told = {name: value and value.format(port=console.port) for name, value in headers.items()}
    answer = console.post(f"/tasks/{running}/stop", {"key": console.form_key()}, **told)
    assert answer.status in (403, 415)
    assert stack.task(job, running).status == "Running"


def acting_paths() -> list[str]:
    """The path of everything that acts."""
    routes = [one for one in ROUTES if isinstance(one, Route)]
    found = [one.path for one in routes if one.methods and not one.methods <= {"GET", "HEAD"}]
    assert len(found) >= 4
    return found


@pytest.mark.parametrize("path", acting_paths())
def test_whatever_acts_refuses_a_forger(
    console: Console, stack: TaskStack, job: str, running: str, path: str
) -> None:
    key = console.form_key()
    at = path.format(task_id=running)
    forged: list[dict[str, str | None]] = [
        {"origin": "http://evil.example"},
        {"origin": None},
        {"host": f"evil.example:{console.port}", "origin": f"http://evil.example:{console.port}"},
        {"cookie": None},
        {"content_type": "text/plain"},
    ]
    for headers in forged:
        assert console.post(at, {"key": key}, **headers).status in (403, 415), headers
    assert console.post(at, {"key": "guess"}).status == 403
    assert console.send("GET", f"{at}?key={key}").status in (200, 404, 405)  # asks, at the most
    assert stack.task(job, running).status == "Running"
    assert not stack.tasks(job, prefix="re").tasks  # neither a re-run nor a redrive


def test_a_form_without_our_key_stops_nothing(console: Console, stack: TaskStack, job: str) -> None:
    running = stack.submit(job, {"sleep": 100})
    stack.wait(job, running, ("Running",))
    for fields in ({}, {"key": ""}, {"key": "x" * 43}, {"key": console.cookie.partition("=")[2]}):
        assert console.post(f"/tasks/{running}/stop", fields).status == 403
    assert console.post(f"/tasks/{running}/stop", {"key": "k" * 100_000}).status == 415
    assert console.send("GET", f"/tasks/{running}/stop").status == 200  # only asks
    assert stack.task(job, running).status == "Running"
    answer = console.post(f"/tasks/{running}/stop", {"key": console.form_key()})
    assert (answer.status, answer.headers["location"]) == (303, f"/tasks/{running}?told=stop")
    assert stack.wait(job, running).status == "Stopped"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(console: Console, running: str, method: str) -> None:
    answer = console.send(method, f"/tasks/{running}/stop", origin=console.origin)
    assert answer.status == 405


def test_read_only_refuses_what_is_posted_by_hand_and_shows_no_action(
    serve: Serve, fctask: Fctask, stack: TaskStack, job: str, running: str
) -> None:
    console = serve(fctask.of(job), "--read-only")
    console.let_in()
    for path in (f"/tasks/{running}", "/messages", f"/tasks/{running}/stop", "/messages/redrive"):
        text = console.send("GET", path).text
        assert "<form" not in text
        assert "<button" not in text
        assert "<dialog" not in text
        assert 'name="key"' not in text
    assert console.form_key() == ""
    for path in [one.format(task_id=running) for one in acting_paths()]:
        answer = console.post(path, {"key": "whatever"})
        assert answer.status == 403
        assert "read-only" in answer.text
    assert stack.task(job, running).status == "Running"
    assert len(stack.tasks(job, prefix="rerun-").tasks or []) == 0


def test_every_answer_forbids_what_no_page_needs(console: Console, running: str) -> None:
    paths = ("/tasks", f"/tasks/{running}", "/nowhere", "/static/console.js", "/tasks/none-such")
    for path in paths:
        headers = console.send("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
    assert console.send("GET", "/tasks", host="evil.example").headers["cache-control"] == "no-store"


def test_a_payload_is_given_as_text_that_cannot_act(
    console: Console, stack: TaskStack, job: str
) -> None:
    payload = b"<script>alert(1)</script><img src=x onerror=alert(1)>"
    task_id = stack.submit(job, payload)
    stack.wait(job, task_id)
    answer = console.send("GET", f"/tasks/{task_id}/payload")
    assert answer.text == payload.decode()
    assert answer.headers["content-type"].startswith("text/plain")
    assert "sandbox" in answer.headers["content-security-policy"]
    page = console.send("GET", f"/tasks/{task_id}").text
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"]
)
def test_static_files_are_no_way_to_others(console: Console, path: str) -> None:
    answer = console.send("GET", path, cookie="")
    assert answer.status in (403, 404)
    assert "import" not in answer.text
