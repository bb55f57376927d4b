"""Every call of Function Compute with what its schema allows and what it does not (schemathesis):
no 5xx, no traceback, no hang, and an error in FC's shape."""

import time
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from alibabacloud_fc20230330.client import Client as FunctionClient
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode

from localcloud.fidelity import Fate
from localcloud.fidelity.function_compute import CALLS
from localcloud.wire.request import Request
from localcloud.wire.signatures import roa_hmac_sha1
from tests.contract.function_compute_openapi import document
from tests.contract.function_packages import code_of, create_request
from tests.running_cloud import KEY, RunningCloud

THERE = "there"
LONGEST_ANSWER = 20  # seconds; an invocation of the function that is there takes far less
OPERATIONS = frozenset(entry.thing for entry in CALLS.entries if entry.fate is Fate.ACTS)
SCHEMA: Any = schemathesis.openapi.from_dict(document(OPERATIONS, THERE))
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module")
def session() -> Generator[requests.Session, None, None]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def function(fc: FunctionClient) -> str:
    """A function that is there, also after a DeleteFunction was tried."""
    try:
        fc.create_function(create_request(THERE, code=code_of("def handler(e, c): return e")))
    except Exception as error:
        if getattr(error, "code", "") != "FunctionAlreadyExists":
            raise
    return THERE


def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The request as an SDK of the ROA style signs it."""
    body: Any = request.body or b""
    sent: bytes = body.encode() if isinstance(body, str) else body
    request.body = sent
    address = urlsplit(str(request.url))
    own = {
        "host": address.netloc,
        "date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
        "x-acs-signature-nonce": str(time.time_ns()),
    }
    request.headers.update(own)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    made = Request(str(request.method), address.path, address.query, "", headers, sent)
    request.headers["authorization"] = f"acs {KEY}:{roa_hmac_sha1.sign(made, KEY)}"
    return request


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@SCHEMA.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_call_ends_in_a_5xx(
    case: Any, cloud: RunningCloud, session: requests.Session, function: str
) -> None:
    assert function == THERE
    made = requests.Request(**case.as_transport_kwargs(base_url=cloud.url))
    answer = session.send(signed(session.prepare_request(made)), timeout=LONGEST_ANSWER)
    told = (case, answer.status_code, answer.text[:500])
    assert answer.status_code < 500, told
    assert "Traceback" not in answer.text or answer.headers.get("x-fc-error-type"), told
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert {"Code", "Message", "RequestId"} <= set(answer.json()), told
