"""Send, receive and delete of one message after another, over 16 connections, to any queue."""

import asyncio
import base64
import functools
import hmac
import json
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Protocol

import uvloop

from bench.http_connection import HttpConnection
from bench.signed_requests import KEY
from bench.sqs_requests import sqs_request

BODY = "m" * 1024  # bytes
CLIENTS = 16
VISIBILITY = 30  # seconds, the same everywhere


class Dialect(Protocol):
    """How one kind of queue is asked."""

    def create(self) -> bytes: ...
    def send(self) -> bytes: ...
    def receive(self) -> bytes: ...
    def delete(self, answer: bytes) -> bytes:
        """`answer` is the body of what a receive gave."""
        ...


class Smq:
    """SMQ's own protocol; every request is signed as it is made, as its server demands it."""

    def __init__(self) -> None:
        self._second = 0
        self._message = f"<Message><MessageBody>{BODY}</MessageBody></Message>".encode()

    def create(self) -> bytes:
        return self._signed("PUT", "/queues/bench", b"<Queue></Queue>")

    def list_queues(self) -> bytes:
        """What a server is asked to see whether it is ready."""
        return self._signed("GET", "/queues")

    def send(self) -> bytes:
        return self._signed("POST", "/queues/bench/messages", self._message)

    def receive(self) -> bytes:
        return self._signed("GET", "/queues/bench/messages")

    def delete(self, answer: bytes) -> bytes:
        handle = answer.partition(b"<ReceiptHandle>")[2].partition(b"<")[0].decode()
        return self._signed("DELETE", f"/queues/bench/messages?ReceiptHandle={handle}")

    def _signed(self, method: str, target: str, body: bytes = b"") -> bytes:
        date = _date(int(time.time()))
        kind = "text/xml" if body else ""
        text = f"{method}\n\n{kind}\n{date}\nx-mns-version:2015-06-06\n{target}"
        signature = base64.b64encode(hmac.digest(KEY.encode(), text.encode(), "sha1")).decode()
        content = f"content-type: {kind}\r\n" if kind else ""
        head = (
            f"{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ndate: {date}\r\n{content}"
            f"x-mns-version: 2015-06-06\r\nauthorization: MNS {KEY}:{signature}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@functools.lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


class Sqs:
    """SQS's JSON protocol, as AWS's SDKs speak it, unsigned: ElasticMQ and moto check nothing."""

    def __init__(self, port: int, account: str) -> None:
        self._queue = f"http://127.0.0.1:{port}/{account}/bench"
        self._send = sqs_request("SendMessage", {"QueueUrl": self._queue, "MessageBody": BODY})
        self._receive = sqs_request(
            "ReceiveMessage", {"QueueUrl": self._queue, "MaxNumberOfMessages": 1}
        )

    def create(self) -> bytes:
        attributes = {"VisibilityTimeout": str(VISIBILITY)}
        return sqs_request("CreateQueue", {"QueueName": "bench", "Attributes": attributes})

    def send(self) -> bytes:
        return self._send

    def receive(self) -> bytes:
        return self._receive

    def delete(self, answer: bytes) -> bytes:
        handle = json.loads(answer)["Messages"][0]["ReceiptHandle"]
        return sqs_request("DeleteMessage", {"QueueUrl": self._queue, "ReceiptHandle": handle})


@dataclass(frozen=True)
class Queue:
    """A queue under measurement."""

    port: int
    dialect: Dialect

    def create(self) -> None:
        """Make the queue."""

        async def ask() -> None:
            connection = HttpConnection(self.port)
            await _expected(connection, self.dialect.create())
            connection.close()

        uvloop.run(ask())

    def cycles_per_second(self, seconds: float) -> float:
        """The rate of whole cycles for so many seconds."""
        return uvloop.run(_cycles(self.port, self.dialect, seconds))


async def _cycles(port: int, dialect: Dialect, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds

    async def client() -> int:
        connection = HttpConnection(port)
        done = 0
        while loop.time() < until:
            await _expected(connection, dialect.send())
            answer = await _expected(connection, dialect.receive())
            await _expected(connection, dialect.delete(answer))
            done += 1
        connection.close()
        return done

    began = loop.time()
    done = sum(await asyncio.gather(*(client() for _ in range(CLIENTS))))
    return done / (loop.time() - began)


async def _expected(connection: HttpConnection, request: bytes) -> bytes:
    status, body = await connection.ask(request)
    if not 200 <= status < 300:
        raise RuntimeError(f"{request[:300]!r} was answered {status}: {body[:500]!r}")
    return body
