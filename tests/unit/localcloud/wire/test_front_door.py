"""What the front door makes of answers, and of what goes wrong behind it."""

import asyncio
import json
import logging
from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest

from localcloud.account import ROOT, Caller
from localcloud.refusal import Refusal
from localcloud.wire.body_memory import SMALL, BodyMemory
from localcloud.wire.exchange import Answer, Call, Operation, Route, json_answer
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

    def __init__(self, operation: Operation, most_held: int = 0) -> None:
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
            bodies=BodyMemory(most_held),
        )

    async def send(
        self, target: str = "/queues/q", body: Sequence[bytes] = (), **more: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request whose body comes in these parts; its answer."""
        headers = {"host": "localhost", "date": DATE, "x-mns-version": "2015-06-06", **more}
        path, _, query = target.partition("?")
        request = Request("GET", path, query, "", headers)
        headers["authorization"] = f"MNS key:{smq_hmac_sha1.sign(request, 'secret')}"
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            TARGET: target.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[MutableMapping[str, Any]] = []
        parts = [*body, b""]

        async def receive() -> MutableMapping[str, Any]:
            await asyncio.sleep(0)  # others get their turn between two parts
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.front(scope, receive, send)
        start, end = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], found, end["body"]


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


def test_an_answer_in_json_can_hold_what_json_can_write() -> None:
    said = json_answer({"half": "\ud800", "whole": "\U0001f600"}).body
    assert json.loads(said) == {"half": "\ud800", "whole": "\U0001f600"}


LARGE = [bytes(SMALL)] * 4
CHUNKED = {"transfer-encoding": "chunked"}


async def sent_at_once(door: Door, *bodies: Sequence[bytes]) -> list[int]:
    """The statuses of requests with these bodies that arrive at the same time, part by part."""
    answers = await asyncio.gather(*(door.send(body=body, **CHUNKED) for body in bodies))
    return sorted(status for status, _, _ in answers)


def measuring(sizes: list[int], most_held: int) -> Door:
    async def operation(call: Call) -> Answer:
        sizes.append(len(call.body))
        await asyncio.sleep(0)
        return Answer()

    return Door(operation, most_held)


def test_large_bodies_that_arrive_at_once_share_their_room() -> None:
    sizes: list[int] = []
    door = measuring(sizes, 2 * len(LARGE) * SMALL)
    for _ in range(3):  # what the ones took, the next have again
        assert asyncio.run(sent_at_once(door, LARGE, LARGE, LARGE)) == [200, 200, 503]
    assert sizes == [len(LARGE) * SMALL] * 6


def test_who_finds_no_room_for_a_body_is_told_when_there_is_some() -> None:
    door = measuring([], 1 << 20)
    status, headers, body = asyncio.run(door.send(body=[bytes(2 << 20)], **CHUNKED))
    assert status == 503
    assert headers["connection"] == "close"
    assert b"ServiceUnavailable" in body
    assert b"fill the 1 MB that localcloud has for them" in body


def test_a_small_body_always_finds_room() -> None:
    sizes: list[int] = []
    door = measuring(sizes, len(LARGE) * SMALL)
    small = [b"x", bytes(SMALL - 1)]
    assert asyncio.run(sent_at_once(door, LARGE, *[small] * 50)) == [200] * 51
    assert sizes.count(SMALL) == 50


def test_bodies_that_are_refused_for_their_size_hold_nothing_either() -> None:
    door = measuring([], 5 << 20)
    too_large = [bytes(3 << 20), bytes(3 << 20)]  # SMQ takes 4 MB
    for _ in range(3):
        assert asyncio.run(sent_at_once(door, too_large)) == [413]
    assert asyncio.run(sent_at_once(door, [bytes(4 << 20)])) == [200]
