"""What the front door makes of answers, and of what goes wrong behind it."""

import asyncio
import json
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest

from localcloud.account import ROOT, Caller
from localcloud.refusal import Refusal
from localcloud.wire.exchange import Answer, Call, Operation, Route
from localcloud.wire.front_door import TARGET, Dialects, FrontDoor
from localcloud.wire.journal import Journal
from localcloud.wire.log_service import FAULTS as LOG_FAULTS
from localcloud.wire.log_service import LogDialect
from localcloud.wire.nonces import Nonces
from localcloud.wire.own import OwnDialect
from localcloud.wire.request import Request
from localcloud.wire.roa import FAULTS as ROA_FAULTS
from localcloud.wire.roa import RoaDialect
from localcloud.wire.rpc import FAULTS as RPC_FAULTS
from localcloud.wire.rpc import RpcDialect
from localcloud.wire.signatures import Faults, Gate, smq_hmac_sha1
from localcloud.wire.smq import FAULTS as SMQ_FAULTS
from localcloud.wire.smq import SmqDialect

NOW = 1_580_974_374_000
DATE = "Thu, 06 Feb 2020 07:32:54 GMT"


def secret_of(_: str, __: str | None) -> tuple[str, Caller]:
    return "secret", ROOT


def gate(faults: Faults) -> Gate:
    return Gate(faults, secret_of, Nonces(), lambda: NOW)


class Door:
    """A front door whose only route, SMQ's GET /queues/{name}, is answered by `operation`."""

    def __init__(self, operation: Operation) -> None:
        self.journal = Journal()
        route = Route("GET", "/queues/{name}", "GetQueueAttributes", operation)
        self.front = FrontDoor(
            Dialects(
                rpc=RpcDialect({}, gate(RPC_FAULTS)),
                fc=RoaDialect([], gate(ROA_FAULTS)),
                smq=SmqDialect([route], gate(SMQ_FAULTS)),
                log=LogDialect([], gate(LOG_FAULTS)),
                own=OwnDialect(dict, _no_counts, self.journal, lambda: None),
            ),
            self.journal,
            lambda: NOW,
        )
        self.sent: list[MutableMapping[str, Any]] = []

    async def send(self, target: str = "/queues/q") -> tuple[int, dict[str, str], bytes]:
        headers = {"host": "localhost", "date": DATE, "x-mns-version": "2015-06-06"}
        path, _, query = target.partition("?")
        request = Request("GET", path, query, "", headers)
        headers["authorization"] = f"MNS key:{smq_hmac_sha1.sign(request, 'secret')}"
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            TARGET: target.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.sent.clear()
        await self.front(scope, self._receive, self._send)
        start, end = self.sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], found, end["body"]

    async def _receive(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)


async def _no_counts() -> dict[str, int]:
    return {}


def answering(answer: Answer) -> Door:
    async def operation(_: Call) -> Answer:
        return answer

    return Door(operation)


def raising(error: BaseException) -> Door:
    async def operation(_: Call) -> Answer:
        raise error

    return Door(operation)


def test_what_breaks_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, headers, body = asyncio.run(raising(KeyError("inner-detail")).send())
    assert status == 500
    assert b"InternalError" in body
    assert b"inner-detail" not in body
    assert b"Traceback" not in body
    assert "inner-detail" in caplog.text
    assert headers["x-mns-request-id"] in caplog.text
    assert headers["x-mns-request-id"].encode() in body


def test_a_refusal_keeps_its_code_and_status() -> None:
    refusal = Refusal("QueueNotExist", "no queue <q> & none \x00", 404)
    status, headers, body = asyncio.run(raising(refusal).send())
    assert status == 404
    assert b"<Code>QueueNotExist</Code>" in body
    assert b"no queue &lt;q&gt; &amp; none ?" in body
    assert headers["content-length"] == str(len(body))


def test_a_request_that_is_cut_off_by_the_servers_end_is_told_so() -> None:
    status, headers, body = asyncio.run(raising(asyncio.CancelledError()).send())
    assert status == 503
    assert headers["connection"] == "close"
    assert b"ServiceUnavailable" in body


def test_headers_of_an_answer_cannot_end_a_line() -> None:
    answer = Answer(200, b"x", headers={"Location": "http://q/a\r\nX-Evil: ü"})
    _, headers, _ = asyncio.run(answering(answer).send())
    assert headers["Location"] == "http://q/a%0D%0AX-Evil: %C3%BC"


def test_204_has_no_body() -> None:
    status, headers, body = asyncio.run(answering(Answer(204, b"left out")).send())
    assert (status, body) == (204, b"")
    assert "content-length" not in headers
    assert "content-type" not in headers


def test_the_call_has_everything_decoded() -> None:
    calls: list[Call] = []

    async def operation(call: Call) -> Answer:
        calls.append(call)
        return Answer()

    door = Door(operation)
    asyncio.run(door.send("/queues/a%20b?x=%C3%BC&y&x=2"))
    (call,) = calls
    assert call.variables == {"name": "a b"}
    assert call.path == "/queues/a b"
    assert call.query == {"x": "2", "y": ""}
    assert call.operation == "GetQueueAttributes"
    assert call.caller is ROOT
    assert call.headers["date"] == DATE
    assert len(call.request_id) == 24


def test_the_journal_has_what_was_answered() -> None:
    door = answering(Answer(201))
    asyncio.run(door.send("/queues/q?peekonly=true"))
    (entry,) = door.journal.after(0)
    assert entry["status"] == 201
    assert entry["operation"] == "GetQueueAttributes"
    assert entry["dialect"] == "smq"
    assert entry["parameters"] == {"peekonly": "true"}
    assert json.dumps(entry)
