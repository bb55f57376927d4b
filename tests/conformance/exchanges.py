"""What went over the wire: the last HTTP exchange that an official SDK made.

The SDKs drop what their models do not know, and each tells a refusal in its own way. What a service
really answered is seen where they hand a request to their HTTP library: `requests` in the clients
of Function Compute, RAM, STS, SMQ's management and Log Service, `MNSHttp` in the one of SMQ's data
plane.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from mns.mns_http import MNSHttp


@dataclass(frozen=True)
class Exchange:
    """One answer. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Recorder:
    """Holds the answers that came while it was listening, oldest first."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def keep(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Note one answer."""
        found = {name.lower(): value for name, value in headers.items()}
        self.exchanges.append(Exchange(status, found, body))


@contextmanager
def recording() -> Generator[Recorder]:
    """Record every answer that an official SDK gets in this process, until the end of the block."""
    recorder = Recorder()
    smq_http: Any = MNSHttp
    by_requests: Any = requests.Session.send
    by_smq = smq_http.send_request

    def send(session: requests.Session, request: Any, **settings: Any) -> requests.Response:
        response: requests.Response = by_requests(session, request, **settings)
        recorder.keep(response.status_code, response.headers, response.content)
        return response

    def send_request(http: Any, request: Any) -> Any:
        response = by_smq(http, request)
        recorder.keep(response.status, response.header, response.data.encode())
        return response

    requests.Session.send = send  # type: ignore[method-assign]
    smq_http.send_request = send_request
    try:
        yield recorder
    finally:
        requests.Session.send = by_requests
        smq_http.send_request = by_smq
