"""ACS3-HMAC-SHA256: what today's SDKs send, for RPC and for ROA services alike.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from urllib.parse import quote

from localcloud.account import Caller
from localcloud.wire.request import Request, decode_pairs
from localcloud.wire.signatures import Gate, keyed_digest, utc_time

SCHEME = "ACS3-HMAC-SHA256"

_AUTHORIZATION = re.compile(
    SCHEME + r" Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})"
)
_SIGNED_AT_LEAST = frozenset(
    ("host", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce")
)


def sign(request: Request, signed_headers: str, secret: str) -> str:
    """The signature over these headers (names in lower case, joined with ";")."""
    text = _string_to_sign(_canonical_request(request, signed_headers))
    return keyed_digest(secret.encode(), text, "sha256").hex()


def check(request: Request, gate: Gate) -> Caller:
    """Who signed this request. Raises the dialect's Refusal where it is not rightly signed."""
    headers = request.headers
    parts = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if parts is None:
        raise gate.faults.malformed.refusal(
            f"the Authorization header is not of the form '{SCHEME} Credential=<access key id>,"
            "SignedHeaders=<names>,Signature=<64 hex digits>'"
        )
    access_key_id, signed_headers, signature = parts.groups()
    names = frozenset(signed_headers.split(";"))
    for name in sorted(_SIGNED_AT_LEAST | names):
        if name not in headers:
            raise gate.faults.missing.refusal(f"the header {name} is missing")
    # a header that says what is asked for, or by whom, must not be changed on the way
    for name in headers:
        if name not in names and (name in _SIGNED_AT_LEAST or name.startswith("x-acs-")):
            raise gate.faults.malformed.refusal(f"the header {name} is not among SignedHeaders")
    try:
        signed_at = utc_time(headers["x-acs-date"])
    except ValueError:
        raise gate.faults.malformed.refusal(
            f"x-acs-date is {headers['x-acs-date']!r}, YYYY-MM-DDThh:mm:ssZ is needed"
        ) from None
    secret, caller = gate.key(access_key_id, headers.get("x-acs-security-token"))
    canonical = _canonical_request(request, signed_headers)
    text = _string_to_sign(canonical)
    expected = keyed_digest(secret.encode(), text, "sha256").hex()
    if not hmac.compare_digest(signature, expected):
        raise gate.mismatch(canonical)
    if hashlib.sha256(request.body).hexdigest() != headers["x-acs-content-sha256"]:
        raise gate.faults.wrong_digest.refusal(
            "x-acs-content-sha256 is not the SHA-256 of the body that arrived"
        )
    gate.fresh(signed_at)
    gate.first_use(access_key_id, headers["x-acs-signature-nonce"])
    return caller


def _canonical_request(request: Request, signed_headers: str) -> str:
    headers = request.headers
    lines = "".join(f"{name}:{headers[name]}\n" for name in signed_headers.split(";"))
    # the Python SDK signs names as they are: no API has one that needs encoding
    query = "&".join(
        f"{name}={quote(value, safe='~')}" for name, value in sorted(decode_pairs(request.query))
    )
    return (
        f"{request.method}\n{request.path}\n{query}\n{lines}\n{signed_headers}\n"
        f"{headers['x-acs-content-sha256']}"
    )


def _string_to_sign(canonical_request: str) -> str:
    return f"{SCHEME}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
