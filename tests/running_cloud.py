"""A genuine localcloud in a process of its own, for contract and end-to-end tests."""

import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest
from alibabacloud_tea_openapi.utils_models import Config
from aliyun.log import LogClient

LogClientFactory = Callable[..., LogClient]

KEY = "localcloud"
ACCOUNT_ID = "1234567890123456"
REGION = "cn-hangzhou"
_READY = re.compile(r"localcloud serves (http://127\.0\.0\.1:(\d+)) ")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def forget_proxies(patch: pytest.MonkeyPatch) -> None:
    """Take every proxy out of this process's environment, in both spellings."""
    for name in PROXY_VARIABLES:
        patch.delenv(name, raising=False)
        patch.delenv(name.lower(), raising=False)


@dataclass
class RunningCloud:
    """A localcloud in a process of its own. `url` is http://127.0.0.1:PORT."""

    process: "subprocess.Popen[str]"
    port: int
    url: str
    data: Path
    log: Path
    options: tuple[str, ...] = ()
    key: str = KEY
    secret: str = KEY
    _opened: list[IO[str]] = field(default_factory=list[IO[str]])

    def config(self, **changes: Any) -> Config:
        """The configuration of an SDK client that talks to it."""
        values: dict[str, Any] = {
            "endpoint": f"127.0.0.1:{self.port}",
            "protocol": "HTTP",
            "region_id": REGION,
            "access_key_id": self.key,
            "access_key_secret": self.secret,
        }
        return Config(**{**values, **changes})

    def log_client(
        self, access_key_id: str = KEY, access_key: str = KEY, **options: Any
    ) -> LogClient:
        """An official Log Service client: `log_client(auth_version="v4", region=...)`."""
        client: Any = LogClient(self.url, access_key_id, access_key, source="127.0.0.1", **options)
        # the project goes into the Host header, the connection to 127.0.0.1 all the same
        client._isRowIp = True
        return client

    def own(self, path: str, method: str = "GET") -> dict[str, Any]:
        """What one of localcloud's own paths answers (`health`, `requests?after=3`)."""
        status, _, body = self.send(method, f"/_localcloud/{path}", {"x-localcloud": "1"})
        assert status < 300, body
        return json.loads(body)

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """The requests that it received, oldest first."""
        return self.own(f"requests?after={after}")["requests"]

    def send(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One raw HTTP request: status, headers with lower-case names, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return response.status, found, response.read()
        finally:
            connection.close()

    def stop(self, timeout: float = 20) -> int:
        """SIGTERM, and wait until it is gone; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._gone(timeout)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        self._gone(20)

    def restart(self) -> None:
        """Start it again on the same data folder and port, after `stop` or `kill`."""
        self.process, self.port, self.url = _start(
            self.port, self.data, self.log, self.options, self._opened
        )

    def stderr(self) -> str:
        """What it has written to standard error so far."""
        return self.log.read_text()

    def _gone(self, timeout: float) -> int:
        code = self.process.wait(timeout)
        assert self.process.stdout
        self.process.stdout.close()
        return code


def _start(
    port: int, data: Path, log: Path, options: tuple[str, ...], opened: list[IO[str]]
) -> tuple["subprocess.Popen[str]", int, str]:
    stderr = log.open("a")
    opened.append(stderr)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in PROXY_VARIABLES and not name.startswith("LOCALCLOUD_")
    }
    command = [sys.executable, "-m", "localcloud", "serve", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data", str(data), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=environment,
    )
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], 20)
    line = process.stdout.readline() if readable else ""
    ready = _READY.match(line)
    if ready is None:
        process.kill()
        process.wait()
        raise RuntimeError(f"localcloud did not start: {line!r}\n{log.read_text()}")
    return process, int(ready[2]), ready[1]


@contextmanager
def running_cloud(folder: Path, *options: str, port: int = 0) -> Generator[RunningCloud]:
    """Start localcloud with its data in `folder`/data; stop it at the end, and see it gone."""
    log = folder / "localcloud.log"
    opened: list[IO[str]] = []
    process, at, url = _start(port, folder / "data", log, options, opened)
    cloud = RunningCloud(process, at, url, folder / "data", log, options, _opened=opened)
    try:
        yield cloud
    finally:
        code = cloud.stop() if cloud.process.poll() is None else 0
        for stream in opened:
            stream.close()
        left = processes_with(str(cloud.data))
        assert not left, f"processes left behind: {left}"
        assert code == 0, f"localcloud ended with {code}:\n{log.read_text()}"


def processes_with(text: str) -> list[str]:
    """The command lines of running processes that name `text`, but for this one."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    )
    return [
        line
        for line in listing.stdout.splitlines()
        if text in line and int(line.split()[0]) != os.getpid() and " ps " not in line
    ]
