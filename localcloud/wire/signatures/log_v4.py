"""Log Service, version 4: SLS4-HMAC-SHA256 with a key derived for day and region.

https://www.alibabacloud.com/help/en/sls/developer-reference/request-signatures
"""

import hashlib
import hmac
import re
from urllib.parse import quote

from localcloud.account import Caller
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.signatures import Gate, utc_time

SCHEME = "SLS4-HMAC-SHA256"

_AUTHORIZATION = re.compile(
    SCHEME + r" Credential=([^,/\s]+)/(\d{8})/([^,/\s]*)/sls/aliyun_v4_request,"
    r" ?Signature=([0-9a-f]{64})"
)


def sign(request: Request, day: str, region: str, secret: str) -> str:
    """The signature for a day (YYYYMMDD) and a region."""
    return _signature(_string_to_sign(request, day, region), day, region, secret)


def check(request: Request, gate: Gate) -> Caller:
    """Who signed this request. Raises Log Service's Refusal where it is not rightly signed.

    This scheme has no nonce.
    """
    headers = request.headers
    parts = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if parts is None:
        raise gate.faults.malformed.refusal(
            f"the Authorization header is not of the form '{SCHEME} Credential=<access key id>/"
            "<YYYYMMDD>/<region>/sls/aliyun_v4_request,Signature=<64 hex digits>'"
        )
    access_key_id, day, region, signature = parts.groups()
    moment = headers.get("x-log-date", "")
    try:
        signed_at = utc_time(moment, "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise gate.faults.missing.refusal(
            f"x-log-date is {moment!r}, YYYYMMDDThhmmssZ is needed"
        ) from None
    if not moment.startswith(day):
        raise gate.faults.malformed.refusal("the day in Credential is not that of x-log-date")
    secret, caller = gate.key(access_key_id, headers.get("x-acs-security-token"))
    text = _string_to_sign(request, day, region)
    gate.match(signature, _signature(text, day, region, secret), _canonical_request(request))
    if hashlib.sha256(request.body).hexdigest() != headers.get("x-log-content-sha256"):
        raise gate.faults.wrong_digest.refusal(
            "x-log-content-sha256 is not the SHA-256 of the body that arrived"
        )
    gate.fresh(signed_at)
    return caller


def _canonical_request(request: Request) -> str:
    headers = request.headers
    names = [
        name
        for name in sorted(headers)
        if (name.startswith(("x-log-", "x-acs-")) and not name.startswith("x-log-meta-"))
        or name in ("host", "content-type")
    ]
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    values = decode_query(request.query)
    query = "&".join(
        f"{name}={quote(values[name], safe='~')}" if values[name] else name
        for name in sorted(values)
    )
    return (
        f"{request.method}\n{decode_path(request.path)}\n{query}\n{lines}\n{';'.join(names)}\n"
        f"{headers.get('x-log-content-sha256', '')}"
    )


def _string_to_sign(request: Request, day: str, region: str) -> str:
    digest = hashlib.sha256(_canonical_request(request).encode()).hexdigest()
    return (
        f"{SCHEME}\n{request.headers.get('x-log-date', '')}\n"
        f"{day}/{region}/sls/aliyun_v4_request\n{digest}"
    )


def _signature(text: str, day: str, region: str, secret: str) -> str:
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "sls", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
