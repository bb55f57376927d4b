"""Clients that keep the server waiting are let go; the others are not. By a clock of the test."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from typing import Any

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from localcloud.server.http import (
    HEAD_TIMEOUT,
    SILENCE_TIMEOUT,
    Connection,
    let_go_of_the_overdue,
)
from localcloud.wire.front_door import ANSWER

PART = 4 * 1024 * 1024  # bytes; more than what the sockets of both sides take without a reader
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n" + b"x" * 50


class Clients:
    """A server in this loop, whose answers are `PART` bytes, and what its clients do."""

    def __init__(self, listening: socket.socket) -> None:
        self.loop = asyncio.get_running_loop()
        self.state = ServerState()
        self.listening = listening
        self.opened: list[socket.socket] = []
        self.changed = asyncio.Event()
        self.app: Any = whole

    async def connect(self, sends: bytes) -> socket.socket:
        """A client that has sent this and is heard."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        client.setblocking(False)
        self.opened.append(client)
        await self.loop.sock_connect(client, self.listening.getsockname())
        if sends:
            await self.loop.sock_sendall(client, sends)
        return client

    async def until(self, holds: Callable[[Connection], bool]) -> Connection:
        """The one connection, once this holds for it."""
        for _ in range(1000):
            for found in self.state.connections:
                if isinstance(found, Connection) and holds(found):
                    return found
            await asyncio.sleep(0.005)
        raise AssertionError("it never held")

    async def until_all_is_over(self) -> None:
        """No connection is left, and no application that answers one."""
        for _ in range(1000):
            if not self.state.connections and not self.state.tasks:
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"left: {self.state.connections} {self.state.tasks}")

    def later(self, seconds: float) -> bool:
        """What the server does so many seconds from now; whether every connection is kept."""
        let_go_of_the_overdue(self.state, time.monotonic() + seconds)
        return not any(
            isinstance(found, Connection) and found.transport.is_closing()
            for found in self.state.connections
        )

    async def read(self, client: socket.socket, size: int) -> None:
        """Read so many bytes of what was answered."""
        while size > 0:
            part = await asyncio.wait_for(self.loop.sock_recv(client, size), 20)
            assert part, "the answer was cut off"
            size -= len(part)

    async def see_the_end(self, client: socket.socket) -> None:
        """Read to the end that the server has made of it."""
        with suppress(ConnectionResetError):
            while await asyncio.wait_for(self.loop.sock_recv(client, PART), 20):
                pass


async def whole(scope: Any, receive: Any, send: Any) -> None:
    """Answers in one write where it can, as the front door does."""
    del receive
    length = [(b"content-length", b"%d" % PART)]
    if not scope[ANSWER](200, length, bytes(PART), False):
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": bytes(PART)})


async def in_parts(scope: Any, receive: Any, send: Any) -> None:
    """Answers by ASGI messages, the last of which wait until the client reads."""
    del scope, receive
    length = [(b"content-length", b"%d" % (2 * PART))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    for more in (True, False):
        await send({"type": "http.response.body", "body": bytes(PART), "more_body": more})


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """Waits for the whole body, as the front door does."""
    del scope, send
    while (await receive()).get("more_body"):
        pass


@pytest.fixture
def listening() -> Generator[socket.socket]:
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        yield bound


Scenario = Callable[[Clients], Awaitable[None]]
Played = Callable[[Scenario], None]


@pytest.fixture
def played(listening: socket.socket) -> Played:
    """Plays a scenario against such a server."""

    async def play(scenario: Scenario) -> None:
        clients = Clients(listening)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await clients.app(scope, receive, send)

        config = Config(app, ws="none", lifespan="off", log_config=None, timeout_keep_alive=75)
        server = await clients.loop.create_server(
            lambda: Connection(config, clients.state, {}), sock=listening
        )
        try:
            await scenario(clients)
        finally:
            for client in clients.opened:
                client.close()
            for connection in list(clients.state.connections):
                connection.transport.abort()
            server.close()
            await asyncio.gather(*clients.state.tasks)

    return lambda scenario: uvloop.run(play(scenario))


@pytest.mark.parametrize("sends", [b"", b"GET / HT", GET[:-2]], ids=["nothing", "line", "head"])
def test_a_head_that_does_not_come_is_waited_for_half_a_minute(
    played: Played, sends: bytes
) -> None:
    async def scenario(clients: Clients) -> None:
        client = await clients.connect(sends)
        await clients.until(lambda found: bool(found.head_began))
        assert clients.later(HEAD_TIMEOUT / 2)
        assert not clients.later(HEAD_TIMEOUT + 1)
        await clients.see_the_end(client)

    played(scenario)


def test_a_body_whose_rest_does_not_come_is_waited_for_a_minute(played: Played) -> None:
    async def scenario(clients: Clients) -> None:
        clients.app = reading
        client = await clients.connect(HALF)
        heard = (await clients.until(lambda found: bool(found.body_heard))).body_heard
        assert clients.later(SILENCE_TIMEOUT / 2)
        await clients.loop.sock_sendall(client, b"x")  # a sign of life, and the time begins anew
        again = (await clients.until(lambda found: found.body_heard > heard)).body_heard
        assert clients.later(again + SILENCE_TIMEOUT / 2 - time.monotonic())
        assert not clients.later(SILENCE_TIMEOUT + 1)
        await clients.see_the_end(client)

    played(scenario)


@pytest.mark.parametrize("app", [whole, in_parts], ids=["one write", "messages"])
def test_a_client_that_takes_nothing_of_its_answer_is_let_go(played: Played, app: Any) -> None:
    async def scenario(clients: Clients) -> None:
        clients.app = app
        await clients.connect(GET)
        await clients.until(lambda found: found.transport.get_write_buffer_size() > 0)
        assert clients.later(0)
        assert clients.later(SILENCE_TIMEOUT / 2)
        assert not clients.later(SILENCE_TIMEOUT + 1)
        await clients.until_all_is_over()

    played(scenario)


def test_a_client_that_reads_slowly_is_not_let_go(played: Played) -> None:
    async def scenario(clients: Clients) -> None:
        client = await clients.connect(GET)
        stuck = await clients.until(lambda found: found.transport.get_write_buffer_size() > 0)
        for minutes in range(3):
            left = stuck.transport.get_write_buffer_size()
            assert clients.later(minutes * SILENCE_TIMEOUT)
            while stuck.transport.get_write_buffer_size() == left:
                await clients.read(client, 65536)
        assert clients.later(3 * SILENCE_TIMEOUT)

    played(scenario)


def test_nothing_is_written_to_a_client_that_is_gone(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(clients: Clients) -> None:
        await clients.connect(GET * 4)  # the second waits for the first to be taken
        await clients.until(lambda found: found.flow.write_paused and bool(found.pipeline))
        clients.later(0)
        assert not clients.later(SILENCE_TIMEOUT + 1)
        await clients.until_all_is_over()

    played(scenario)
    assert caplog.text == ""


def test_a_client_that_asks_again_has_its_time_again(played: Played) -> None:
    async def scenario(clients: Clients) -> None:
        client = await clients.connect(GET)
        await clients.until(lambda found: found.transport.get_write_buffer_size() > 0)
        assert clients.later(0)
        await clients.loop.sock_sendall(client, GET)
        await clients.until(lambda found: not found.untaken)
        assert clients.later(SILENCE_TIMEOUT + 1)
        assert not clients.later(2 * SILENCE_TIMEOUT + 2)

    played(scenario)


def test_a_client_between_two_requests_is_left_to_the_keep_alive(played: Played) -> None:
    async def scenario(clients: Clients) -> None:
        client = await clients.connect(GET)
        for _ in range(2):
            await clients.read(client, PART)
            await clients.until(lambda found: not found.transport.get_write_buffer_size())
            assert clients.later(10 * SILENCE_TIMEOUT)
            await clients.loop.sock_sendall(client, GET)

    played(scenario)
