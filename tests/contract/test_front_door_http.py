"""What comes over the wire, well formed or not, and what goes back: never a 5xx, never a hang."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_ram20150501.models import CreateUserRequest
from aliyun.log import LogClient
from aliyun.log.logexception import LogException
from darabonba.exceptions import DaraException
from defusedxml.ElementTree import fromstring

from tests.running_cloud import RunningCloud

MB = 1024 * 1024

RPC: dict[str, str] = {}
FC: dict[str, str] = {}
SMQ = {"x-mns-version": "2015-06-06"}
LOG = {"x-log-apiversion": "0.6.0", "x-log-bodyrawsize": "0"}


def _rpc_refusal(_: dict[str, str], body: bytes) -> str:
    document = json.loads(body)
    assert set(document) == {"Code", "Message", "RequestId", "HostId"}
    assert all(isinstance(value, str) for value in document.values())
    assert document["RequestId"]
    assert document["Message"]
    return document["Code"]


def _fc_refusal(headers: dict[str, str], body: bytes) -> str:
    document = json.loads(body)
    assert set(document) == {"Code", "Message", "RequestId"}
    assert document["Message"]
    assert headers["x-fc-request-id"] == document["RequestId"]
    assert headers["x-acs-request-id"] == document["RequestId"]
    return document["Code"]


def _smq_refusal(headers: dict[str, str], body: bytes) -> str:
    error = fromstring(body)
    space = "{http://mns.aliyuncs.com/doc/v1/}"
    assert error.tag == space + "Error"
    found = {child.tag.removeprefix(space): child.text for child in error}
    assert set(found) == {"Code", "Message", "RequestId", "HostId"}
    assert found["Message"]
    assert headers["x-mns-request-id"] == found["RequestId"]
    assert headers["x-mns-version"] == "2015-06-06"
    assert headers["content-type"].startswith("text/xml")
    return found["Code"] or ""


def _log_refusal(headers: dict[str, str], body: bytes) -> str:
    document = json.loads(body)
    assert set(document) == {"errorCode", "errorMessage"}
    assert document["errorMessage"]
    assert headers["x-log-requestid"]
    return document["errorCode"]


Reader = Callable[[dict[str, str], bytes], str]
DIALECTS = [
    pytest.param("/", RPC, _rpc_refusal, id="rpc"),
    pytest.param("/2023-03-30/functions", FC, _fc_refusal, id="fc"),
    pytest.param("/queues/q/messages", SMQ, _smq_refusal, id="smq"),
    pytest.param("/logstores", LOG, _log_refusal, id="log"),
]
each_dialect = pytest.mark.parametrize(("path", "speaks", "read_refusal"), DIALECTS)


@each_dialect
def test_an_unsigned_request_is_refused_in_the_dialects_shape(
    cloud: RunningCloud, path: str, speaks: dict[str, str], read_refusal: Reader
) -> None:
    status, headers, body = cloud.send("POST", path, speaks, b"")
    assert 400 <= status < 500
    assert status != 404
    assert read_refusal(headers, body)


NOT_OURS = [
    "ram.aliyuncs.com",
    "example.com",
    "localcloud.invalid.example.com",
    "127.0.0.1.example.com",
    "notlocalcloud.invalid",
    "169.254.169.254",
    "user@example.com",
]


@each_dialect
@pytest.mark.parametrize("host", NOT_OURS)
def test_it_is_no_proxy_to_other_hosts(
    cloud: RunningCloud, path: str, speaks: dict[str, str], read_refusal: Reader, host: str
) -> None:
    for target, name in ((path, host), (f"http://{host}{path}", "127.0.0.1")):
        status, headers, body = cloud.send("POST", target, {**speaks, "Host": name}, b"")
        assert status == 403
        assert read_refusal(headers, body) == "Forbidden"
        assert b"no proxy" in body


OURS = ["127.0.0.1", "127.0.0.1:8321", "localhost", "LOCALHOST:1", "ram.localcloud.invalid"]


@each_dialect
@pytest.mark.parametrize("host", [*OURS, "a-project.127.0.0.1", "p.http-sls.localcloud.invalid"])
def test_its_own_names_are_answered_in_both_forms_of_the_request_line(
    cloud: RunningCloud, path: str, speaks: dict[str, str], read_refusal: Reader, host: str
) -> None:
    for target, name in ((path, host), (f"http://{host}{path}", host), (f"HTTP://{host}", host)):
        status, headers, body = cloud.send("POST", target, {**speaks, "Host": name}, b"")
        assert 400 <= status < 500, target
        if not target.endswith(host):  # without its path it may be another dialect's
            assert read_refusal(headers, body) != "Forbidden"


def test_connect_is_refused(cloud: RunningCloud) -> None:
    answer = _raw(cloud, b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\nHost: ram.aliyuncs.com\r\n\r\n")
    assert b" 403 " in answer.split(b"\r\n", 1)[0] or b" 400 " in answer.split(b"\r\n", 1)[0]


def test_an_sdk_reaches_it_by_name_through_http_proxy(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", cloud.url)
    client = RamClient(cloud.config(endpoint="ram.localcloud.invalid"))
    with pytest.raises(DaraException) as refused:
        client.create_user(CreateUserRequest(user_name="u"))
    error: Any = refused.value
    assert error.code == "NotImplemented"
    assert cloud.requests()[-1]["host"] == "ram.localcloud.invalid"


def test_an_sdk_that_asks_the_proxy_for_the_real_cloud_is_refused(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", cloud.url)
    client = RamClient(cloud.config(endpoint="ram.aliyuncs.com"))
    with pytest.raises(DaraException) as refused:
        client.create_user(CreateUserRequest(user_name="u"))
    error: Any = refused.value
    assert (error.status_code, error.code) == (403, "Forbidden")


def test_log_services_project_comes_in_the_host_name_through_the_proxy(
    cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", cloud.url)
    client = LogClient(
        "http://http-sls.localcloud.invalid", "localcloud", "localcloud", source="127.0.0.1"
    )
    with pytest.raises(LogException) as refused:
        client.list_logstore("nowhere")
    assert refused.value.get_error_code() == "ProjectNotExist"
    assert "nowhere" in refused.value.get_error_message()
    assert cloud.requests()[-1]["host"] == "nowhere.http-sls.localcloud.invalid"


def _raw(cloud: RunningCloud, request: bytes, *, end: bool = False) -> bytes:
    """What comes back for these bytes until the server closes, or has answered and is silent."""
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=10) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            head, gap, body = answer.partition(b"\r\n\r\n")
            if gap and len(body) >= _length(head):
                return answer
            part = connection.recv(65536)
            if not part:
                return answer
            answer += part


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _request(line: bytes, *headers: bytes, body: bytes = b"", host: bytes = b"127.0.0.1") -> bytes:
    return b"\r\n".join([line, b"Host: " + host, *headers, b"", body])


MALFORMED = {
    "percent without digits": _request(b"GET /queues/%zz HTTP/1.1", b"x-mns-version: 2015-06-06"),
    "percent at the end": _request(b"POST /?Action=Get%2 HTTP/1.1"),
    "query not UTF-8": _request(b"POST /?Action=%ff%fe HTTP/1.1"),
    "path not UTF-8": _request(b"GET /2023-03-30/functions/%ff HTTP/1.1"),
    "path outside ASCII": _request("GET /2023-03-30/functions/ü HTTP/1.1".encode()),
    "NUL in the path": _request(b"GET /queues/%00 HTTP/1.1", b"x-mns-version: 2015-06-06"),
    "line ends in the path": _request(b"GET /queues/a%0d%0aX-Evil:1 HTTP/1.1", b"x-mns-version: 1"),
    "two hosts": _request(b"GET / HTTP/1.1", b"Host: localhost"),
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "empty host": _request(b"GET / HTTP/1.1", host=b""),
    "bad length": _request(b"POST / HTTP/1.1", b"Content-Length: ten"),
    "negative length": _request(b"POST / HTTP/1.1", b"Content-Length: -1"),
    "two lengths": _request(b"POST / HTTP/1.1", b"Content-Length: 0", b"Content-Length: 5"),
    "length and chunks": _request(
        b"POST / HTTP/1.1", b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "bad chunk": _request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked", body=b"zz\r\n\r\n"),
    "no method of HTTP": _request(b"BREW / HTTP/1.1"),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "NUL in a header": _request(b"GET / HTTP/1.1", b"x-acs-date: a\x00b"),
    "bare CR in a header": _request(b"GET / HTTP/1.1", b"x-acs-date: a\rb: c"),
    "folded header": _request(b"GET / HTTP/1.1", b"x-acs-date: a\r\n b"),
    "header outside ASCII": _request(b"GET / HTTP/1.1", "x-acs-date: ü".encode()),
    "form outside ASCII": _request(
        b"POST / HTTP/1.1",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Length: 2",
        body="ü".encode(),
    ),
    "asterisk form": _request(b"OPTIONS * HTTP/1.1"),
    "another scheme": _request(b"GET ftp://127.0.0.1/ HTTP/1.1"),
    "file URL": _request(b"GET file:///etc/passwd HTTP/1.1"),
    "port that is none": _request(b"GET http://127.0.0.1:99999999/ HTTP/1.1"),
    "up and out": _request(b"GET /2023-03-30/../../etc/passwd HTTP/1.1"),
    "head too long": _request(b"GET / HTTP/1.1", b"x-long: " + b"a" * 300_000),
    "URL too long": _request(b"GET /" + b"a" * 300_000 + b" HTTP/1.1"),
    "upgrade": _request(b"GET / HTTP/1.1", b"Connection: Upgrade", b"Upgrade: websocket"),
    "expectation": _request(b"GET / HTTP/1.1", b"Expect: the-unexpected"),
    "lz4 that is none": _request(
        b"POST /logstores/l/shards/lb HTTP/1.1",
        b"x-log-apiversion: 0.6.0",
        b"x-log-compresstype: lz4",
        b"x-log-bodyrawsize: 999999999999",
        b"Content-Length: 3",
        body=b"abc",
    ),
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_gets_a_4xx_and_no_traceback(
    cloud: RunningCloud, request_bytes: bytes
) -> None:
    answer = _raw(cloud, request_bytes, end=True)
    status = answer.split(b" ", 2)[1:2]
    assert status, "no answer"
    assert 400 <= int(status[0]) < 500, answer
    assert b"Traceback" not in answer
    assert cloud.own("health")["status"] == "ok"
    assert "Traceback" not in cloud.stderr()


def test_a_body_cut_short_is_no_request(cloud: RunningCloud) -> None:
    before = cloud.requests()[-1]["sequence"] if cloud.requests() else 0
    half = _request(b"POST /2023-03-30/functions HTTP/1.1", b"Content-Length: 100", body=b"half")
    _raw(cloud, half, end=True)
    assert cloud.own("health")["status"] == "ok"
    assert all(entry["status"] in (0, 400) for entry in cloud.requests(before))


def test_nothing_of_a_request_becomes_a_header_of_the_answer(cloud: RunningCloud) -> None:
    evil = "q%0d%0aX-Evil:%201"
    _, headers, body = cloud.send("GET", f"/queues/{evil}", SMQ)
    assert "x-evil" not in headers
    assert _smq_refusal(headers, body)


@pytest.mark.parametrize(
    ("path", "speaks", "read_refusal", "limit", "code"),
    [
        pytest.param("/", RPC, _rpc_refusal, 2 * MB, "RequestEntityTooLarge", id="rpc"),
        pytest.param("/2023-03-30/functions", FC, _fc_refusal, 104 * MB, "EntityTooLarge", id="fc"),
        pytest.param("/queues/q/messages", SMQ, _smq_refusal, 4 * MB, "InvalidArgument", id="smq"),
        pytest.param("/logstores/l", LOG, _log_refusal, 10 * MB, "PostBodyTooLarge", id="log"),
    ],
)
def test_a_body_over_the_dialects_limit_is_413(
    cloud: RunningCloud,
    path: str,
    speaks: dict[str, str],
    read_refusal: Reader,
    limit: int,
    code: str,
) -> None:
    status, headers, body = cloud.send("POST", path, speaks, bytes(limit + 1))
    assert (status, read_refusal(headers, body)) == (413, code)
    assert headers["connection"] == "close"


def test_a_body_in_chunks_is_held_to_the_same_limit(cloud: RunningCloud) -> None:
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    head = _request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked")
    answer = _raw(cloud, head + chunk * 40 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_code_archive_of_64_mb_is_read(cloud: RunningCloud) -> None:
    status, headers, body = cloud.send("POST", "/2023-03-30/functions", FC, bytes(64 * MB))
    assert (status, _fc_refusal(headers, body)) == (400, "MissingRequiredHeader")


def test_many_slow_clients_keep_nobody_else_waiting(cloud: RunningCloud) -> None:
    with ExitStack() as opened:
        for number in range(500):
            slow = opened.enter_context(socket.create_connection(("127.0.0.1", cloud.port)))
            slow.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le"[: 10 + number % 40])
        for _ in range(50):
            began = time.monotonic()
            assert cloud.own("health")["status"] == "ok"
            assert time.monotonic() - began < 2  # s


def test_own_paths_answer_to_this_machines_names_only(cloud: RunningCloud) -> None:
    for host in ("ram.localcloud.invalid", "rebound.127.0.0.1", "evil.example"):
        status, _, body = cloud.send("GET", "/_localcloud/health", {"Host": host})
        assert status == 403
        assert "data" not in json.loads(body)


def test_a_web_page_cannot_stop_it(cloud: RunningCloud) -> None:
    status, _, _ = cloud.send("POST", "/_localcloud/stop", {"Content-Type": "text/plain"}, b"")
    assert status == 403
    assert cloud.own("health")["status"] == "ok"


def test_an_unknown_own_path_says_which_there_are(cloud: RunningCloud) -> None:
    status, _, body = cloud.send("GET", "/_localcloud/nothing")
    assert status == 400
    assert "health" in json.loads(body)["message"]


def test_health_tells_what_runs_where(cloud: RunningCloud) -> None:
    health = cloud.own("health")
    assert health["status"] == "ok"
    assert health["data"] == str(cloud.data)
    assert health["pid"] == cloud.process.pid
    assert health["port"] == cloud.port
    assert (health["region"], health["accountId"]) == ("cn-hangzhou", "1234567890123456")
