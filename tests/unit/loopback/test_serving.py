"""What localcloud and the console serve with: the socket, and how serving ends."""

import asyncio
import signal
import socket
from collections.abc import Callable

import pytest
from starlette.responses import PlainTextResponse

from loopback.serving import HOST, LoopbackServer, PortUnusable, listen, serve

WITHIN = 10  # seconds: a test that hangs fails


def server(ready: Callable[[], None]) -> LoopbackServer:
    return LoopbackServer(PlainTextResponse("here"), ready, grace=1)


def test_a_port_that_is_taken_is_told_with_the_systems_reason() -> None:
    with listen(0, 8) as first:
        host, port = first.getsockname()
        assert host == HOST
        with pytest.raises(PortUnusable, match="in use"):
            listen(port, 8)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_on_stop(number: signal.Signals) -> None:
    steps: list[str] = []

    def ready() -> None:
        steps.append("ready")
        signal.raise_signal(number)

    async def run() -> None:
        served = serve(server(ready), listen(0, 8), asyncio.Event(), lambda: steps.append("stop"))
        await asyncio.wait_for(served, WITHIN)

    asyncio.run(run())
    assert steps == ["ready", "stop"]


def test_a_server_that_fails_raises_instead_of_being_waited_for_for_ever() -> None:
    stopped: list[str] = []

    def broken() -> None:
        raise BrokenPipeError("nobody reads the address")

    async def run() -> None:
        served = serve(server(broken), listen(0, 8), asyncio.Event(), lambda: stopped.append("x"))
        serving = asyncio.create_task(served)
        ended, _ = await asyncio.wait([serving], timeout=WITHIN)
        assert ended == {serving}  # by itself
        assert isinstance(serving.exception(), BrokenPipeError)

    asyncio.run(run())
    assert stopped == ["x"]


def test_it_answers_until_the_event_is_set() -> None:
    answers: list[bytes] = []
    listening = listen(0, 8)
    port = listening.getsockname()[1]

    def ask() -> bytes:
        with socket.create_connection((HOST, port), WITHIN) as client:
            client.sendall(f"GET / HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\n\r\n".encode())
            found = b""
            while part := client.recv(4096):
                found += part
            return found

    async def run() -> None:
        stopping, up = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(serve(server(up.set), listening, stopping, lambda: None))
        await asyncio.wait_for(up.wait(), WITHIN)
        answers.append(await asyncio.to_thread(ask))
        stopping.set()
        await asyncio.wait_for(serving, WITHIN)

    asyncio.run(run())
    assert answers[0].endswith(b"here")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), WITHIN)
