"""A relay between a program and localcloud, which can do something at a chosen moment."""

import http.client
import http.server
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.running_cloud import RunningCloud


@dataclass
class Relay:
    """Every request passes through it. `before` and `after` are called with method and path.

    Where `before` returns True the request is not passed on: it never arrived. `after` runs when
    localcloud has answered and the program has not got the answer yet. What `change` makes of the
    answer's status and body is what the program gets.
    """

    url: str = ""
    before: Callable[[str, str], bool] | None = None
    after: Callable[[str, str], None] | None = None
    change: Callable[[str, str, int, bytes], tuple[int, bytes]] | None = None
    passed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    connections: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def count(self, more: int) -> None:
        """A connection began (1) or ended (-1)."""
        with self.changed:
            self.connections += more
            self.changed.notify_all()

    def wait_until_left(self) -> None:
        """Wait until everything that a program had sent before it ended has been answered."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.connections == 0, timeout=60)


@contextmanager
def relay_to(cloud: RunningCloud) -> Generator[Relay]:
    """A relay on a port of its own, with threads of its own; all gone at the end."""
    relay = Relay()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            """Pass one request on, headers as they came: they are signed."""
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the program was killed while it sent
                self.close_connection = True
                return
            relay.passed.append((self.command, self.path))
            if relay.before and relay.before(self.command, self.path):
                self.close_connection = True
                return
            onward = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)
            try:
                onward.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    onward.putheader(name, value)
                onward.endheaders(body)
                answer = onward.getresponse()
                content = answer.read()
            finally:
                onward.close()
            if relay.after:
                relay.after(self.command, self.path)
            status = answer.status
            if relay.change:
                status, content = relay.change(self.command, self.path, status, content)
            try:
                self.send_response(status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the program was killed meanwhile

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def handle(self) -> None:
            """A connection that the killed program leaves is no trouble."""
            relay.count(1)
            try:
                super().handle()
            except ConnectionResetError:
                self.close_connection = True
            finally:
                relay.count(-1)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
