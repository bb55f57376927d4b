"""A service that answers with what a real one was seen to answer, and `fctask` pointed at it."""

import http.server
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fctask_program import Fctask, plain_environment

KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tNotARealKeyId000",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "notARealSecret0000000000000000",
}


def fc(status: int, code: str, message: str) -> tuple[int, bytes]:
    body = {"RequestId": "1-66f1c0de-0a1b2c3d-4e5f60718293", "Code": code, "Message": message}
    return status, json.dumps(body).encode()


def smq(status: int, code: str, message: str) -> tuple[int, bytes]:
    return status, (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Error xmlns="http://mns.aliyuncs.com/doc/v1/">\n'
        f"    <Code>{code}</Code>\n    <Message>{message}</Message>\n"
        "    <RequestId>04bb60e3-28aa-4706-99b0-9345d8340000</RequestId>\n"
        "    <HostId>http://1234567890123456.mns.cn-hangzhou.aliyuncs.com</HostId>\n</Error>"
    ).encode()


def sls(status: int, code: str, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"errorCode": code, "errorMessage": message}).encode()


@dataclass
class Service:
    """A service that answers what it is told to, by a part of the path."""

    url: str
    answers: dict[str, tuple[int, bytes]]


@contextmanager
def answering(
    answers: dict[str, tuple[int, bytes]], headers: dict[str, str] | None = None
) -> Generator[Service]:
    """Serve these answers, each with `headers`, to whoever asks for a path with their part."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            found = [said for part, said in answers.items() if part in self.path]
            status, body = found[0]
            self.send_response(status)
            kind = "text/xml" if body.startswith(b"<?xml") else "application/json"
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Service(f"http://127.0.0.1:{server.server_port}", answers)
        server.shutdown()
        thread.join()


def against(service: Service) -> Fctask:
    """The program for function `job` and queue `q`, with every endpoint at that service."""
    environment = {
        **plain_environment(),
        **KEYS,
        "FCTASK_FC_ENDPOINT": service.url,
        "FCTASK_SMQ_ENDPOINT": service.url,
        "FCTASK_LOG_ENDPOINT": "http://log.test.invalid",
        "HTTP_PROXY": service.url,  # Log Service is asked by name
    }
    return Fctask(environment).of("job", "--queue", "q")
