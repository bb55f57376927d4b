"""Each scheme takes what it signed itself, and nothing that was changed after signing.

That it signs as the official SDKs do is shown in tests/contract, with the SDKs.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.account import ROOT, Caller
from localcloud.refusal import Refusal
from localcloud.wire.nonces import Nonces
from localcloud.wire.request import Request
from localcloud.wire.rpc import FAULTS
from localcloud.wire.signatures import (
    Gate,
    acs3_hmac_sha256,
    header_time,
    log_v1,
    log_v4,
    roa_hmac_sha1,
    rpc_hmac_sha1,
    smq_hmac_sha1,
    utc_time,
)

NOW = 1_580_974_374_000  # Thu, 06 Feb 2020 07:32:54 GMT
DATE = "Thu, 06 Feb 2020 07:32:54 GMT"
SECRET = "a secret"


def secret_of(access_key_id: str, security_token: str | None) -> tuple[str, Caller]:
    if access_key_id != "key":
        raise Refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    if security_token not in (None, "token"):
        raise Refusal("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.", 403)
    return SECRET, ROOT


def gate() -> Gate:
    return Gate(FAULTS, secret_of, Nonces(), lambda: NOW)


def request(body: bytes = b'{"a":1}', **headers: str) -> Request:
    named = {"host": "fc.localcloud.invalid", "content-type": "application/json"}
    named.update({name.replace("_", "-"): value for name, value in headers.items()})
    return Request("POST", "/a/b%20c", "x=1&y=%C3%BC&z=", "fc.localcloud.invalid", named, body)


def acs3() -> Request:
    made = request(
        x_acs_date="2020-02-06T07:32:54Z",
        x_acs_signature_nonce="n",
        x_acs_action="A",
        x_acs_content_sha256=hashlib.sha256(b'{"a":1}').hexdigest(),
    )
    names = ";".join(sorted(made.headers))
    signature = acs3_hmac_sha256.sign(made, names, SECRET)
    made.headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential=key,SignedHeaders={names},Signature={signature}"
    )
    return made


def roa() -> Request:
    made = request(date=DATE, accept="application/json", x_acs_signature_nonce="n")
    made.headers["authorization"] = f"acs key:{roa_hmac_sha1.sign(made, SECRET)}"
    return made


def smq() -> Request:
    made = request(date=DATE, x_mns_version="2015-06-06")
    made.headers["authorization"] = f"MNS key:{smq_hmac_sha1.sign(made, SECRET)}"
    return made


def log(method: str) -> Request:
    made = request(
        date=DATE,
        x_log_apiversion="0.6.0",
        x_log_signaturemethod=method,
        content_md5=hashlib.md5(b'{"a":1}', usedforsecurity=False).hexdigest().upper(),
    )
    made.headers["authorization"] = f"LOG key:{log_v1.sign(made, SECRET)}"
    return made


def log4() -> Request:
    made = request(
        x_log_apiversion="0.6.0",
        x_log_date="20200206T073254Z",
        x_log_content_sha256=hashlib.sha256(b'{"a":1}').hexdigest(),
    )
    signature = log_v4.sign(made, "20200206", "cn-hangzhou", SECRET)
    made.headers["authorization"] = (
        "SLS4-HMAC-SHA256 Credential=key/20200206/cn-hangzhou/sls/aliyun_v4_request,"
        f"Signature={signature}"
    )
    return made


Check = Callable[[Request, Gate], Caller]
SCHEMES: dict[str, tuple[Callable[[], Request], Check]] = {
    "acs3": (acs3, acs3_hmac_sha256.check),
    "roa": (roa, roa_hmac_sha1.check),
    "smq": (smq, smq_hmac_sha1.check),
    "log sha1": (lambda: log("hmac-sha1"), log_v1.check),
    "log sha256": (lambda: log("hmac-sha256"), log_v1.check),
    "log v4": (log4, log_v4.check),
}
each_scheme = pytest.mark.parametrize(("signed", "check"), SCHEMES.values(), ids=SCHEMES.keys())


@each_scheme
def test_what_was_signed_is_taken(signed: Callable[[], Request], check: Check) -> None:
    assert check(signed(), gate()) is ROOT


SIGNED_HEADERS = (
    "content-type",
    "date",
    "accept",
    "x-acs-date",
    "x-acs-action",
    "x-acs-signature-nonce",
    "x-mns-version",
    "x-log-apiversion",
    "x-log-date",
    "x-log-signaturemethod",
    "content-md5",
    "x-acs-content-sha256",
    "x-log-content-sha256",
)


@each_scheme
def test_no_part_of_it_can_be_changed(signed: Callable[[], Request], check: Check) -> None:
    good = signed()
    changed = [
        replace(good, method="PUT"),
        replace(good, path="/a/b%20d"),
        replace(good, query="x=2&y=%C3%BC&z="),
        replace(good, query="x=1&y=%C3%BC&z=&more=1"),
    ]
    for name in SIGNED_HEADERS:
        if name in good.headers:
            changed.append(replace(good, headers={**good.headers, name: good.headers[name] + "x"}))
    if any(name.endswith(("md5", "sha256")) for name in good.headers):
        changed.append(replace(good, body=b'{"a":2}'))
    for other in changed:
        with pytest.raises(Refusal):
            check(other, gate())


@each_scheme
def test_a_header_cannot_be_slipped_in(signed: Callable[[], Request], check: Check) -> None:
    prefix = {"smq": "x-mns-", "log": "x-log-"}.get(check.__module__.split(".")[-1][:3], "x-acs-")
    good = signed()
    with pytest.raises(Refusal):
        check(replace(good, headers={**good.headers, prefix + "added": "1"}), gate())


@each_scheme
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=90))
def test_any_authorization_is_refused_or_right(
    signed: Callable[[], Request], check: Check, text: str
) -> None:
    good = signed()
    scheme = good.headers["authorization"].split(" ")[0]
    for authorization in (text, f"{scheme} {text}", f"{scheme} key:{text}"):
        with pytest.raises(Refusal) as refused:
            check(replace(good, headers={**good.headers, "authorization": authorization}), gate())
        assert refused.value.status < 500


@each_scheme
def test_an_unknown_key_and_a_bad_token_are_told_apart(
    signed: Callable[[], Request], check: Check
) -> None:
    good = signed()
    authorization = good.headers["authorization"]
    other = authorization.replace("key", "other", 1)
    with pytest.raises(Refusal) as refused:
        check(replace(good, headers={**good.headers, "authorization": other}), gate())
    assert (refused.value.code, refused.value.status) == ("InvalidAccessKeyId.NotFound", 403)


def rpc(**changes: str) -> dict[str, str]:
    parameters = {
        "Action": "GetRole",
        "AccessKeyId": "key",
        "SignatureNonce": "n",
        "Timestamp": "2020-02-06T07:32:54Z",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "RoleName": "ü +*~/&=%",
    }
    parameters["Signature"] = rpc_hmac_sha1.sign("POST", parameters, SECRET)
    return {**parameters, **changes}


def test_rpc_parameters_are_taken_as_signed_and_not_otherwise() -> None:
    assert rpc_hmac_sha1.check("POST", rpc(), gate()) is ROOT
    for name in rpc():
        with pytest.raises(Refusal):
            rpc_hmac_sha1.check("POST", rpc(**{name: "x"}), gate())
        without = {key: value for key, value in rpc().items() if key != name}
        with pytest.raises(Refusal):
            rpc_hmac_sha1.check("POST", without, gate())
    with pytest.raises(Refusal):
        rpc_hmac_sha1.check("GET", rpc(), gate())
    with pytest.raises(Refusal):
        rpc_hmac_sha1.check("POST", rpc(Added="1"), gate())


def test_a_security_token_is_never_told_back() -> None:
    with pytest.raises(Refusal) as refused:
        rpc_hmac_sha1.check("POST", rpc(SecurityToken="token"), gate())
    assert refused.value.code == "SignatureDoesNotMatch"
    assert "SecurityToken" in refused.value.message
    assert "token%" not in refused.value.message
    good = acs3()
    names = good.headers["authorization"]
    changed = names.replace("x-acs-signature-nonce", "x-acs-security-token;x-acs-signature-nonce")
    with pytest.raises(Refusal) as refused:
        acs3_hmac_sha256.check(
            replace(
                good,
                headers={
                    **good.headers,
                    "x-acs-security-token": "token",
                    "authorization": changed,
                },
            ),
            gate(),
        )
    assert "x-acs-security-token:***" in refused.value.message


def test_times_are_read_in_both_forms() -> None:
    assert header_time(DATE) == NOW
    assert utc_time("2020-02-06T07:32:54Z") == NOW
    for wrong in ("", "yesterday", "2020-02-30T00:00:00Z", "Thu, 99 Feb 2020 07:32:54 GMT"):
        with pytest.raises(ValueError):  # noqa: PT011
            utc_time(wrong)
        with pytest.raises(ValueError):  # noqa: PT011
            header_time(wrong)
