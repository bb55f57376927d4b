"""Whatever bytes arrive, in any dialect: a 4xx in that dialect's shape, no traceback, no hang.

Half of the requests are rightly signed, so that what is behind the door gets its share. Some are
right but for one field, so that what is behind the checks of the others gets its share too.
"""

import http.client
import io
import json
import time
import zipfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import pytest
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_fc20230330.models import (
    CreateFunctionInput,
    CreateFunctionRequest,
    InputCodeLocation,
)
from aliyun.log import IndexConfig, IndexLineConfig, LogClient, LogItem, PutLogsRequest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mns.account import Account
from mns.queue import QueueMeta

from localcloud.wire.request import Request, decode_pairs
from localcloud.wire.signatures import log_v1, roa_hmac_sha1, rpc_hmac_sha1, smq_hmac_sha1
from tests.running_cloud import RunningCloud

SECRET = "localcloud"
PROJECT = "a-project"
DATE_FORM = "%a, %d %b %Y %H:%M:%S GMT"


def encoded(text: str) -> str:
    """Percent-encoded, where it is not already."""
    return "".join(
        c if c.isascii() and c.isprintable() and c not in ' ?#"<>\\^`{|}' else _escape(c)
        for c in text.encode("utf-8", "replace").decode()
    )


def _escape(c: str) -> str:
    return "".join(f"%{byte:02X}" for byte in c.encode())


def query_of(parameters: dict[str, str]) -> str:
    return "&".join(
        f"{quote(k, safe='', errors='replace')}={quote(v, safe='', errors='replace')}"
        for k, v in parameters.items()
    )


segments = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["..", ".", "%00", "a" * 300, "LATEST", "invocations", "async-tasks", "q", ""]),
)
FUNCTION_PATHS = [
    "functions",
    "functions/{}",
    "functions/{}/invocations",
    "functions/{}/async-tasks",
    "functions/{}/code",
    "functions/{}/async-tasks/{}",
    "functions/{}/async-tasks/{}/stop",
    "functions/{}/async-invoke-config",
    "functions/{}/versions",
    "functions/{}/versions/{}",
    "functions/{}/aliases",
    "functions/{}/aliases/{}",
    "functions/{}/triggers",
    "functions/{}/triggers/{}",
    "functions/{}/concurrency",
    "tags-v2",
    "layers",
    "async-invoke-configs",
    "layers/{}/versions",
    "layers/{}/versions/{}",
    "resource-groups",
]
QUEUE_PATHS = [
    "queues",
    "queues/{}",
    "queues/{}/messages",
    "topics",
    "topics/{}",
    "topics/{}/messages",
    "topics/{}/subscriptions",
    "topics/{}/subscriptions/{}",
]
LOG_PATHS = [
    "",
    "logstores",
    "logstores/{}",
    "logstores/{}/index",
    "logstores/{}/shards",
    "logstores/{}/shards/lb",
    "logstores/{}/logs",
    "logstores/{}/meteringmode",
    "tags",
    "tag",
    "untag",
    "policy",
    "resourcegroup",
]
THERE = "there"  # the name of a function, a queue and a logstore that exist


def paths(known: list[str]) -> st.SearchStrategy[str]:
    """Mostly paths of the API with names in them that may exist, and some of anything."""
    name = st.one_of(st.just(THERE), segments.map(encoded))
    filled = st.tuples(st.sampled_from(known), name, name).map(
        lambda drawn: drawn[0].replace("{}", drawn[1], 1).replace("{}", drawn[2])
    )
    return st.one_of(filled, filled, st.lists(segments.map(encoded), max_size=5).map("/".join))


header_values = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"),
    max_size=30,
)
halves = st.sampled_from(["\ud800", "a\udfff", "\udc00\ud800"])  # of surrogate pairs
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | halves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=12) | halves, inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    documents.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
            b'<Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageBody>&b;</MessageBody>'
            b"</Message>",
            b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><Message><MessageBody>&x;'
            b"</MessageBody></Message>",
            b"<Message><MessageBody>",
            b"[" * 16_000,
            b'{"a":' * 10_000,
            b'{"functionName":"f","functionName":1e999,"code":{"zipFile":"====","x":NaN}}',
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            b'{"a":"\xed\xa0\x80"}',
        ]
    ),
)
queries = st.dictionaries(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "qualifier",
                "limit",
                "nextToken",
                "status",
                "waitseconds",
                "numOfMessages",
                "peekonly",
                "ReceiptHandle",
                "from",
                "to",
                "line",
                "offset",
                "query",
                "type",
                "resourceId",
                "resourceType",
                "prefix",
                "startedTimeBegin",
            ]
        ),
    ),
    st.one_of(st.text(max_size=12), st.integers().map(str), st.just("9" * 40)),
    max_size=4,
)


def _archive() -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", "def handler(event, context):\n    return event\n")
    return b64encode(archive.getvalue()).decode()


ARCHIVE = _archive()


class Sender:
    """Sends requests over one connection, and looks at the answers."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=20)
        self.nonce = 0

    def send(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        self.connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers.items():
            self.connection.putheader(name, value.encode("latin-1"))
        self.connection.putheader("content-length", str(len(request.body)))
        self.connection.endheaders(request.body)
        response = self.connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read()

    def check(self, request: Request, *, xml: bool, codes: tuple[str, ...]) -> None:
        status, headers, body = self.send(request)
        told = (request, status, body)
        assert status < 500, told
        assert b"Traceback" not in body, told
        if status < 400:
            return
        if xml:
            found: Any = {child.tag.rpartition("}")[2] for child in fromstring(body)}
        else:
            found = json.loads(body)
            assert all(isinstance(found[code], str) for code in codes), told
        assert set(codes) <= set(found), told
        assert "x-evil" not in headers, told

    def new_nonce(self) -> str:
        self.nonce += 1
        return f"{time.time_ns()}-{self.nonce}"


@pytest.fixture(scope="module")
def sender(cloud: RunningCloud, fc: FunctionClient, smq: Account, log: LogClient) -> Sender:
    function = CreateFunctionInput(
        function_name=THERE,
        handler="index.handler",
        runtime="python3",
        code=InputCodeLocation(zip_file=ARCHIVE),
    )
    fc.create_function(CreateFunctionRequest(body=function))
    smq.get_queue(THERE).create(QueueMeta())
    log.create_project(PROJECT, "fuzzed")
    log.create_logstore(PROJECT, THERE)
    log.create_index(PROJECT, THERE, IndexConfig(line_config=IndexLineConfig([" ", ","])))
    line = LogItem(contents=[("message", "a" * 131_000 + " b")])
    log.put_logs(PutLogsRequest(PROJECT, THERE, "", "", [line]))
    return Sender(cloud)


@pytest.fixture(autouse=True)
def journal_can_be_read_in_the_end(sender: Sender) -> Generator[None]:
    """What was sent, whatever it was, is shown to who asks."""
    before = sender.cloud.requests()[-1]["sequence"]
    yield
    assert sender.cloud.requests(before)


def fuzzed(examples: int) -> Any:
    def mark(test: Any) -> Any:
        return settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )(test)

    return mark


def signed_for_functions(sender: Sender, request: Request) -> Request:
    """A request with Function Compute's headers and its signature."""
    request.headers |= {
        "host": "fc.localcloud.invalid",
        "date": time.strftime(DATE_FORM, time.gmtime()),
        "x-acs-signature-nonce": sender.new_nonce(),
        "content-type": "application/json",
    }
    request.headers["authorization"] = f"acs localcloud:{roa_hmac_sha1.sign(request, SECRET)}"
    return request


RIGHT: dict[str, tuple[str, dict[str, Any]]] = {
    "functions": (
        "POST",
        {
            "functionName": "one-more",
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": {"zipFile": ARCHIVE},
            "description": "",
            "environmentVariables": {"A": "b"},
            "logConfig": {"project": PROJECT, "logstore": THERE},
            "nasConfig": {"mountPoints": []},
            "role": "",
            "tags": [{"Key": "a", "Value": "b"}],
        },
    ),
    f"functions/{THERE}/triggers": (
        "POST",
        {
            "triggerName": "one-more",
            "triggerType": "timer",
            "triggerConfig": {"cronExpression": "@every 60m", "enable": True, "payload": "x"},
            "description": "",
        },
    ),
    f"functions/{THERE}/async-invoke-config": (
        "PUT",
        {
            "maxAsyncRetryAttempts": 1,
            "destinationConfig": {"onSuccess": {"destination": "acs:fc:::functions/there"}},
        },
    ),
    "tags-v2": (
        "POST",
        {
            "ResourceType": "function",
            "ResourceId": [f"acs:fc:cn-hangzhou:1234567890123456:functions/{THERE}"],
            "Tag": [{"Key": "a", "Value": "b"}],
        },
    ),
}

NAMES = ("functionName", "triggerName")


def leaves_of(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a document that has nothing in it."""
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    ways: list[tuple[Any, ...]] = []
    for step, value in inner:
        ways += leaves_of(value, (*at, step)) if isinstance(value, (dict, list)) else [(*at, step)]
    return ways


def with_another(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    """A document with something else at the end of a way."""
    if not way:
        return value
    copy = document.copy()
    copy[way[0]] = with_another(copy[way[0]], way[1:], value)
    return copy


def answered(sender: Sender, where: str, document: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body of what comes back for a document; what it made is taken away again."""
    method, _ = RIGHT[where]
    if isinstance(document.get("triggerConfig"), dict):
        document = {**document, "triggerConfig": json.dumps(document["triggerConfig"])}
    body = json.dumps(document).encode()
    request = Request(method, f"/2023-03-30/{where}", "", "", {}, body)
    status, _, told = sender.send(signed_for_functions(sender, request))
    assert status < 500, (request, told)
    made = next((document[name] for name in NAMES if name in document), "")
    if made and status < 300:
        gone = Request("DELETE", f"/2023-03-30/{where}/{made}", "", "", {}, b"")
        assert sender.send(signed_for_functions(sender, gone))[0] == 204
    return status, told


@pytest.mark.parametrize("where", sorted(RIGHT))
def test_the_right_requests_are_right(sender: Sender, where: str) -> None:
    status, told = answered(sender, where, RIGHT[where][1])
    assert status < 300, told


@fuzzed(300)
@given(data=st.data(), where=st.sampled_from(sorted(RIGHT)), wrong=halves | documents)
def test_one_wrong_field_of_a_right_request(
    sender: Sender, data: st.DataObject, where: str, wrong: Any
) -> None:
    right = RIGHT[where][1]
    way = data.draw(st.sampled_from(leaves_of(right)))
    answered(sender, where, with_another(right, way, wrong))


HUGE = ("9" * 25, "9" * 5000, "\u0663", "\u00b2")  # digits that are no number of a database
TOKENS = ("desc:{}:1", "asc:1:{}", "asc:1:-{}")


@pytest.mark.parametrize("number", HUGE, ids=["long", "endless", "arabic", "superscript"])
def test_numbers_that_are_none(sender: Sender, number: str) -> None:
    there = f"functions/{THERE}"
    wheres = [f"{where}?limit={quote(number)}" for where in ("functions", f"{there}/triggers")]
    wheres += [f"{there}/versions?nextToken={quote(number)}", f"{there}?qualifier={quote(number)}"]
    wheres += [f"layers/{THERE}/versions?startVersion={quote(number)}"]
    for token in TOKENS:
        order = token.partition(":")[0]
        told = quote(urlsafe_b64encode(token.format(number).encode()))
        wheres.append(f"{there}/async-tasks?sortOrderByTime={order}&nextToken={told}")
    for where in wheres:
        path, _, query = where.partition("?")
        request = Request("GET", f"/2023-03-30/{path}", query, "", {}, b"")
        signed_for_functions(sender, request)
        sender.check(request, xml=False, codes=("Code", "Message", "RequestId"))


patterns = st.lists(st.sampled_from(["a", "a*", "?", " ", "b", '"', "or"]), max_size=60)


@fuzzed(100)
@given(statement=patterns.map("".join) | st.text(max_size=20))
def test_log_searches(sender: Sender, statement: str) -> None:
    query = {"type": "log", "from": "0", "to": "4000000000", "query": f"a*{statement}"}
    headers = {
        "host": f"{PROJECT}.http-sls.localcloud.invalid",
        "date": time.strftime(DATE_FORM, time.gmtime()),
        "x-log-apiversion": "0.6.0",
        "x-log-signaturemethod": "hmac-sha1",
        "x-log-bodyrawsize": "0",
    }
    request = Request("GET", f"/logstores/{THERE}", query_of(query), "", headers, b"")
    headers["authorization"] = f"LOG localcloud:{log_v1.sign(request, SECRET)}"
    began = time.monotonic()
    sender.check(request, xml=False, codes=("errorCode", "errorMessage"))
    assert time.monotonic() - began < 10  # s; it took minutes once


JSON_TEXTS = [
    "{}",
    "[]",
    '{"a":',
    "-1",
    "1e9",
    "9" * 40,
    r'{"Enabled": true, "DeadLetterTargetQueue": "\ud800"}',
    r'[{"Key": "\ud800", "Value": "x"}]',
    '{"MaxReceiveCount": "' + "9" * 5000 + '"}',
    "[" * 3000,
]
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])


@fuzzed(300)
@given(
    method=methods,
    path=paths(FUNCTION_PATHS),
    query=queries,
    extra=header_values,
    body=bodies,
    signed=st.booleans(),
)
def test_function_compute(
    sender: Sender,
    method: str,
    path: str,
    query: dict[str, str],
    extra: str,
    body: bytes,
    signed: bool,
) -> None:
    headers = {
        "host": "fc.localcloud.invalid",
        "date": time.strftime(DATE_FORM, time.gmtime()),
        "x-acs-signature-nonce": sender.new_nonce(),
        "content-type": "application/json",
        "x-fc-async-task-id": extra.strip(),
    }
    where = f"/2023-03-30/{path}"
    request = Request(method, where, query_of(query), "", headers, body)
    if signed and _can_be_signed(request):
        headers["authorization"] = f"acs localcloud:{roa_hmac_sha1.sign(request, SECRET)}"
    sender.check(request, xml=False, codes=("Code", "Message", "RequestId"))


@fuzzed(300)
@given(
    action=st.one_of(
        st.text(max_size=10),
        st.sampled_from(["CreateRole", "GetRole", "CreatePolicy", "CreateQueue", "TagResources"]),
    ),
    version=st.sampled_from(["2015-05-01", "2015-04-01", "2014-05-26", "2022-01-19", "x"]),
    parameters=st.dictionaries(
        st.one_of(
            st.text(max_size=8),
            st.sampled_from(
                [
                    "RoleName",
                    "PolicyName",
                    "PolicyDocument",
                    "AssumeRolePolicyDocument",
                    "QueueName",
                    "Tag.1.Key",
                    "Tag",
                    "DlqPolicy",
                    "VisibilityTimeout",
                    "MaxItems",
                    "Marker",
                    "ResourceNames",
                ]
            ),
        ),
        st.one_of(st.text(max_size=20), st.sampled_from(JSON_TEXTS)),
        max_size=5,
    ),
    signed=st.booleans(),
)
def test_rpc_services(
    sender: Sender, action: str, version: str, parameters: dict[str, str], signed: bool
) -> None:
    everything = {
        **parameters,
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": "localcloud",
        "SignatureNonce": sender.new_nonce(),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    everything = dict(decode_pairs(query_of(everything)))  # as they arrive
    everything["Signature"] = rpc_hmac_sha1.sign("POST", everything, SECRET if signed else "?")
    headers = {"host": "localhost", "content-type": "application/x-www-form-urlencoded"}
    request = Request("POST", "/", "", "", headers, query_of(everything).encode())
    sender.check(request, xml=False, codes=("Code", "Message", "RequestId", "HostId"))


@fuzzed(300)
@given(
    method=methods,
    path=paths(QUEUE_PATHS),
    query=queries,
    extra=header_values,
    body=bodies,
    signed=st.booleans(),
)
def test_smq(
    sender: Sender,
    method: str,
    path: str,
    query: dict[str, str],
    extra: str,
    body: bytes,
    signed: bool,
) -> None:
    query.pop("waitseconds", None)
    headers = {
        "host": "localhost",
        "date": time.strftime(DATE_FORM, time.gmtime()),
        "x-mns-version": "2015-06-06",
        "content-type": "text/xml",
        "x-mns-prefix": extra.strip(),
    }
    where = f"/{path}"
    request = Request(method, where, query_of(query), "", headers, body)
    if signed:
        headers["authorization"] = f"MNS localcloud:{smq_hmac_sha1.sign(request, SECRET)}"
    sender.check(request, xml=True, codes=("Code", "Message", "RequestId", "HostId"))


@fuzzed(300)
@given(
    method=methods,
    path=paths(LOG_PATHS),
    query=queries,
    size=st.one_of(header_values, st.integers().map(str)),
    body=bodies,
    compressed=st.sampled_from(["", "lz4", "deflate", "zstd", "?"]),
    signed=st.booleans(),
)
def test_log_service(
    sender: Sender,
    method: str,
    path: str,
    query: dict[str, str],
    size: str,
    body: bytes,
    compressed: str,
    signed: bool,
) -> None:
    headers = {
        "host": f"{PROJECT}.http-sls.localcloud.invalid",
        "date": time.strftime(DATE_FORM, time.gmtime()),
        "x-log-apiversion": "0.6.0",
        "x-log-signaturemethod": "hmac-sha1",
        "x-log-bodyrawsize": size.strip(),
        "content-type": "application/x-protobuf",
    }
    if compressed:
        headers["x-log-compresstype"] = compressed
    where = f"/{path}"
    request = Request(method, where, query_of(query), "", headers, body)
    if signed and _can_be_signed(request):
        headers["authorization"] = f"LOG localcloud:{log_v1.sign(request, SECRET)}"
    sender.check(request, xml=False, codes=("errorCode", "errorMessage"))


def _can_be_signed(request: Request) -> bool:
    """Whether its path and query can be decoded, which these schemes sign."""
    from localcloud.refusal import Refusal
    from localcloud.wire.request import decode_path

    try:
        decode_path(request.path)
        decode_pairs(request.query)
    except Refusal:
        return False
    return True
