"""Whether the official downloads can be reached is found out fast."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from toolchain import official


class SaysNo(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_error(403)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def answering() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), SaysNo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("direct")
def test_any_answer_counts_as_reached(answering: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "DOWNLOADS", answering)
    assert official.downloads_reachable()


@pytest.mark.usefixtures("direct")
def test_a_server_that_says_nothing_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "REACH", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(official, "DOWNLOADS", f"http://127.0.0.1:{port}/")
        began = time.monotonic()
        assert not official.downloads_reachable()
        assert time.monotonic() - began < 2


@pytest.mark.usefixtures("machine")
def test_without_a_network_the_answer_is_no_at_once() -> None:
    began = time.monotonic()
    assert not official.downloads_reachable()
    assert time.monotonic() - began < 2


def test_a_name_that_takes_for_ever_to_resolve_is_given_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No timeout of urllib's bounds this.
    resolved = threading.Event()

    def resolve(*_: object, **__: object) -> None:
        resolved.wait(10)
        raise OSError("no such host")

    monkeypatch.setattr("urllib.request.urlopen", resolve)
    monkeypatch.setattr(official, "REACH", 0.05)
    began = time.monotonic()
    assert not official.downloads_reachable()
    assert time.monotonic() - began < 2
    resolved.set()
