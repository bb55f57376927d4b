"""Who is let in: every signature scheme as the official SDKs compute it, and what else is told.

Each case calls something that localcloud does not implement, or that does not exist, so that "the
signature was right" shows as an answer that only a caller who was let in gets.
"""

import types
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import aliyun.log.auth
import mns.mns_client
import pytest
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_ram20150501.models import CreateUserRequest
from alibabacloud_tea_openapi.utils import Utils
from aliyun.log.logexception import LogException
from darabonba.exceptions import DaraException
from mns.account import Account
from mns.mns_exception import MNSServerException

from tests.running_cloud import REGION, LogClientFactory, RunningCloud

Call = Callable[["Caller"], tuple[int, str, str]]
"""Makes one call; HTTP status, code and message of the refusal it gets (0 where unknown)."""


class Caller:
    """Who calls which cloud, with what."""

    def __init__(self, cloud: RunningCloud, log_client: LogClientFactory) -> None:
        self.cloud = cloud
        self.log_client = log_client
        self.key = "localcloud"
        self.secret = "localcloud"
        self.token = ""

    def config(self, **changes: Any) -> Any:
        return self.cloud.config(
            access_key_id=self.key,
            access_key_secret=self.secret,
            **({"security_token": self.token} if self.token else {}),
            **changes,
        )


def rpc_acs3(caller: Caller) -> tuple[int, str, str]:
    return _tea(lambda: RamClient(caller.config()).create_user(CreateUserRequest(user_name="u")))


def rpc_hmac_sha1(caller: Caller) -> tuple[int, str, str]:
    client = RamClient(caller.config(signature_algorithm="v2"))
    return _tea(lambda: client.create_user(CreateUserRequest(user_name="ü +*~/&=%")))


def roa_acs3(caller: Caller) -> tuple[int, str, str]:
    return _tea(lambda: FunctionClient(caller.config()).get_custom_domain("a.example"))


def roa_hmac_sha1(caller: Caller) -> tuple[int, str, str]:
    client = FunctionClient(caller.config(signature_algorithm="v2"))
    return _tea(lambda: client.get_custom_domain("a.example"))


def smq(caller: Caller) -> tuple[int, str, str]:
    account = Account(caller.cloud.url, caller.key, caller.secret, caller.token)
    try:
        account.get_queue("no-such-queue").delete_message("no-such-handle")
    except MNSServerException as error:
        return 0, error.type, error.message
    raise AssertionError("the call was not refused")


def log_v1(caller: Caller) -> tuple[int, str, str]:
    return _log(caller, _list_logstores)


def log_v1_with_a_body(caller: Caller) -> tuple[int, str, str]:
    return _log(caller, _get_log)


def log_v4(caller: Caller) -> tuple[int, str, str]:
    return _log(caller, _list_logstores, auth_version="v4", region=REGION)


def log_v4_with_a_body(caller: Caller) -> tuple[int, str, str]:
    return _log(caller, _get_log, auth_version="v4", region=REGION)


def _list_logstores(client: Any) -> None:
    client.list_logstore("no-such-project", "a b+ü*~/&=%")


def _get_log(client: Any) -> None:
    client.get_log("no-such-project", "a-logstore", 0, 1, query="a b: 'ü' *")


def _log(caller: Caller, call: Callable[[Any], None], **options: Any) -> tuple[int, str, str]:
    if caller.token:
        options["securityToken"] = caller.token
    client = caller.log_client(caller.key, caller.secret, **options)
    try:
        call(client)
    except LogException as refused:
        error: Any = refused
        return error.resp_status, error.get_error_code(), error.get_error_message()
    raise AssertionError("the call was not refused")


def _tea(call: Callable[[], Any]) -> tuple[int, str, str]:
    try:
        call()
    except DaraException as error:
        found: Any = error
        return found.status_code, found.code, found.message
    raise AssertionError("the call was not refused")


LET_IN: dict[Call, str] = {
    rpc_acs3: "NotImplemented",
    rpc_hmac_sha1: "NotImplemented",
    roa_acs3: "NotImplemented",
    roa_hmac_sha1: "NotImplemented",
    smq: "QueueNotExist",
    log_v1: "ProjectNotExist",
    log_v1_with_a_body: "ProjectNotExist",
    log_v4: "ProjectNotExist",
    log_v4_with_a_body: "ProjectNotExist",
}
WRONG_SECRET: dict[Call, str] = {
    rpc_acs3: "SignatureDoesNotMatch",
    rpc_hmac_sha1: "SignatureDoesNotMatch",
    roa_acs3: "SignatureNotMatch",
    roa_hmac_sha1: "SignatureNotMatch",
    smq: "SignatureDoesNotMatch",
    log_v1: "SignatureNotMatch",
    log_v1_with_a_body: "SignatureNotMatch",
    log_v4: "SignatureNotMatch",
    log_v4_with_a_body: "SignatureNotMatch",
}
UNKNOWN_KEY: dict[Call, str] = {
    rpc_acs3: "InvalidAccessKeyId.NotFound",
    rpc_hmac_sha1: "InvalidAccessKeyId.NotFound",
    roa_acs3: "InvalidAccessKeyID",
    roa_hmac_sha1: "InvalidAccessKeyID",
    smq: "InvalidAccessKeyId",
    log_v1: "Unauthorized",
    log_v1_with_a_body: "Unauthorized",
    log_v4: "Unauthorized",
    log_v4_with_a_body: "Unauthorized",
}
SKEWED: dict[Call, str] = {
    rpc_acs3: "InvalidTimeStamp.Expired",
    rpc_hmac_sha1: "InvalidTimeStamp.Expired",
    roa_acs3: "RequestTimeTooSkewed",
    roa_hmac_sha1: "RequestTimeTooSkewed",
    smq: "TimeExpired",
    log_v1: "RequestTimeExpired",
    log_v1_with_a_body: "RequestTimeExpired",
    log_v4: "RequestTimeExpired",
    log_v4_with_a_body: "RequestTimeExpired",
}
WITH_NONCE: tuple[Call, ...] = (rpc_acs3, rpc_hmac_sha1, roa_acs3, roa_hmac_sha1)


def _cases(expected: dict[Call, str]) -> Any:
    return pytest.mark.parametrize(
        ("call", "code"), [pytest.param(c, code, id=c.__name__) for c, code in expected.items()]
    )


@pytest.fixture
def caller(cloud: RunningCloud, log_client: LogClientFactory) -> Caller:
    return Caller(cloud, log_client)


@_cases(LET_IN)
def test_a_right_signature_is_let_in(caller: Caller, call: Call, code: str) -> None:
    assert call(caller)[1] == code


@_cases(WRONG_SECRET)
def test_a_wrong_secret_is_refused_in_the_dialects_own_words(
    caller: Caller, call: Call, code: str
) -> None:
    caller.secret = "not-the-secret"
    status, found, message = call(caller)
    assert found == code
    assert status in (0, 400, 403)
    assert "signature" in message.lower()
    assert "not-the-secret" not in message
    assert "localcloud" not in message.replace("localcloud.invalid", "").split("string to sign")[0]


@_cases(UNKNOWN_KEY)
def test_an_unknown_access_key_is_refused_and_never_with_404(
    caller: Caller, call: Call, code: str
) -> None:
    caller.key = "LTAIunknown"
    status, found, message = call(caller)
    assert found == code
    assert status in (0, 401, 403)
    assert message


@_cases(UNKNOWN_KEY)
def test_a_security_token_that_was_never_given_out_is_refused(
    caller: Caller, call: Call, code: str
) -> None:
    caller.key = "STS.unknown"
    caller.token = "CAISmadeup"
    _, found, message = call(caller)
    assert found.startswith(("Invalid", "Unauthorized", "SecurityToken")), found
    assert caller.token not in message
    assert found != LET_IN[call], code


@_cases(SKEWED)
@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_over_15_minutes_off_is_refused(
    caller: Caller, call: Call, code: str, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _move_clocks(monkeypatch, minutes)
    _, found, message = call(caller)
    assert found == code
    assert "clock" in message


@_cases(LET_IN)
@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_under_15_minutes_off_is_let_in(
    caller: Caller, call: Call, code: str, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _move_clocks(monkeypatch, minutes)
    assert call(caller)[1] == code


@pytest.mark.parametrize("call", WITH_NONCE, ids=lambda call: call.__name__)
def test_a_nonce_is_taken_once(caller: Caller, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Utils, "get_nonce", staticmethod(lambda: f"used-by-{call.__name__}"))
    assert call(caller)[1] == "NotImplemented"
    status, code, _ = call(caller)
    assert (status, code) == (400, "SignatureNonceUsed")


@pytest.mark.parametrize("call", WITH_NONCE, ids=lambda call: call.__name__)
def test_a_refused_signature_uses_up_no_nonce(
    caller: Caller, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Utils, "get_nonce", staticmethod(lambda: f"guessed-{call.__name__}"))
    caller.secret = "not-the-secret"
    assert call(caller)[1] == WRONG_SECRET[call]
    caller.secret = "localcloud"
    assert call(caller)[1] == "NotImplemented"


def _move_clocks(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """Set the SDKs' clocks, and no other."""
    moved = timedelta(minutes=minutes)
    stamp, text = "%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"

    class Moved(datetime):
        @classmethod
        def utcnow(cls) -> datetime:
            return datetime.now(timezone.utc).replace(tzinfo=None) + moved

    def formatted(form: str) -> Any:
        return staticmethod(lambda: Moved.utcnow().strftime(form))

    monkeypatch.setattr(Utils, "get_timestamp", formatted(stamp))
    monkeypatch.setattr(Utils, "get_date_utcstring", formatted(text))
    monkeypatch.setattr(aliyun.log.auth, "datetime", Moved)
    clock = types.SimpleNamespace(
        gmtime=lambda: Moved.utcnow().timetuple(), strftime=mns.mns_client.time.strftime
    )
    monkeypatch.setattr(mns.mns_client, "time", clock)
