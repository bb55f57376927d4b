"""What SMQ's data plane makes of requests that no SDK would send."""

import base64
import email.utils
import hashlib
import hmac
import time
from xml.etree import ElementTree

import pytest
from mns.account import Account
from mns.queue import QueueMeta

from tests.running_cloud import RunningCloud

NAMESPACE = "{http://mns.aliyuncs.com/doc/v1/}"


@pytest.fixture(scope="module", autouse=True)
def _queue(smq: Account) -> None:  # pyright: ignore[reportUnusedFunction]
    smq.get_queue("raw").create(QueueMeta())


def send(
    cloud: RunningCloud, method: str, target: str, body: bytes = b""
) -> tuple[int, dict[str, str], ElementTree.Element | None]:
    """A signed request: status, headers and the document's root."""
    date = email.utils.formatdate(time.time(), usegmt=True)
    text = f"{method}\n\ntext/xml\n{date}\nx-mns-version:2015-06-06\n{target}"
    signature = hmac.new(cloud.secret.encode(), text.encode(), hashlib.sha1).digest()
    headers = {
        "date": date,
        "content-type": "text/xml",
        "x-mns-version": "2015-06-06",
        "authorization": f"MNS {cloud.key}:{base64.b64encode(signature).decode()}",
    }
    status, answered, content = cloud.send(method, target, headers, body)
    root = ElementTree.fromstring(content) if content else None  # noqa: S314
    return status, answered, root


def code_of(root: ElementTree.Element | None) -> str | None:
    assert root is not None
    assert root.tag == f"{NAMESPACE}Error"
    assert {child.tag.removeprefix(NAMESPACE) for child in root} == {
        "Code",
        "Message",
        "RequestId",
        "HostId",
    }
    return root.findtext(f"{NAMESPACE}Code")


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Message><MessageBody>&c;</MessageBody></Message>"""
FILE = b"""<?xml version="1.0"?><!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<Message><MessageBody>&x;</MessageBody></Message>"""
BARE = b'<!DOCTYPE Message SYSTEM "http://127.0.0.1:1/x.dtd"><Message/>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        FILE,
        BARE,
        BOMB.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"),
        b"<Message><MessageBody>m</MessageBody>",
        b"not xml",
        b"\xff\xfe\xfd",
        b"<Message><MessageBody>&undefined;</MessageBody></Message>",
        b"<Message><MessageBody>\x01</MessageBody></Message>",
    ],
)
def test_xml_that_is_broken_or_dangerous_is_refused(cloud: RunningCloud, body: bytes) -> None:
    status, _, root = send(cloud, "POST", "/queues/raw/messages", body)
    assert (status, code_of(root)) == (400, "MalformedXML")


@pytest.mark.parametrize(
    "body",
    [
        b"<Queue/>",
        b"<Message/>",
        b"<Message><Body>m</Body></Message>",
        b"<Message><MessageBody></MessageBody></Message>",
        b"<Message><MessageBody>m</MessageBody><Priority>high</Priority></Message>",
        b"<Messages/>",
        b"<Messages><Other/></Messages>",
    ],
)
def test_xml_that_does_not_fit_the_operation_is_refused(cloud: RunningCloud, body: bytes) -> None:
    status, _, root = send(cloud, "POST", "/queues/raw/messages", body)
    assert (status, code_of(root)) == (400, "InvalidArgument")


def test_xml_with_comments_and_cdata_and_without_a_namespace_is_read(cloud: RunningCloud) -> None:
    body = b"<Message><!-- so --><MessageBody><![CDATA[<kept> & whole]]></MessageBody></Message>"
    status, _, _ = send(cloud, "POST", "/queues/raw/messages", body)
    assert status == 201
    status, _, root = send(cloud, "GET", "/queues/raw/messages")
    assert status == 200
    assert root is not None
    assert root.findtext(f"{NAMESPACE}MessageBody") == "<kept> & whole"


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("GET", "/queues/raw/messages?waitseconds=31", b"", 400, "InvalidArgument"),
        ("GET", "/queues/raw/messages?waitseconds=soon", b"", 400, "InvalidArgument"),
        ("GET", "/queues/raw/messages?numOfMessages=17", b"", 400, "InvalidArgument"),
        ("DELETE", "/queues/raw/messages", b"", 400, "MissingReceiptHandle"),
        ("PUT", "/queues/raw/messages?VisibilityTimeout=1", b"", 400, "MissingReceiptHandle"),
        ("PUT", "/queues/raw/messages?ReceiptHandle=x", b"", 400, "MissingVisibilityTimeout"),
        (
            "PUT",
            "/queues/raw/messages?ReceiptHandle=1-1-0&VisibilityTimeout=43201",
            b"",
            400,
            "InvalidArgument",
        ),
        ("PUT", "/queues/under_score", b"<Queue/>", 400, "InvalidArgument"),
        ("PUT", "/queues/q", b"<Queue><Unknown>1</Unknown></Queue>", 400, "InvalidArgument"),
        ("PUT", "/queues/none?metaoverride=true", b"<Queue/>", 404, "QueueNotExist"),
        ("GET", "/accounts", b"", 400, "NotImplemented"),
    ],
)
def test_a_request_that_is_not_valid_is_told_why(
    cloud: RunningCloud, method: str, target: str, body: bytes, status: int, code: str
) -> None:
    got, headers, root = send(cloud, method, target, body)
    assert (got, code_of(root)) == (status, code)
    assert headers["x-mns-request-id"]


def test_a_queue_is_made_with_an_empty_body_too(cloud: RunningCloud) -> None:
    status, headers, _ = send(cloud, "PUT", "/queues/bodiless")
    assert (status, headers["location"]) == (201, f"{cloud.url}/queues/bodiless")
    status, headers, _ = send(cloud, "PUT", "/queues/bodiless")
    assert (status, headers["location"]) == (204, f"{cloud.url}/queues/bodiless")


def test_a_deep_document_does_no_harm(cloud: RunningCloud) -> None:
    depth = 100_000
    body = b"<Message>" + b"<a>" * depth + b"</a>" * depth + b"</Message>"
    status, _, root = send(cloud, "POST", "/queues/raw/messages", body)
    assert (status, code_of(root)) == (400, "InvalidArgument")
    assert cloud.own("health")["status"] == "ok"
