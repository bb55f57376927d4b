"""ROA, signature version 1.0: `Authorization: acs <access key id>:<HMAC-SHA1>`.

The Go provider signs its Function Compute calls this way.
https://www.alibabacloud.com/help/en/sdk/product-overview/roa-mechanism
"""

import base64
import hashlib

from localcloud.account import Caller
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.signatures import Gate, header_time, keyed_digest

SCHEME = "acs"


def sign(request: Request, secret: str) -> str:
    """The signature of this request."""
    return _signature(_string_to_sign(request), secret)


def check(request: Request, gate: Gate) -> Caller:
    """Who signed this request. Raises the dialect's Refusal where it is not rightly signed."""
    headers = request.headers
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != SCHEME or not colon or not access_key_id:
        raise gate.faults.malformed.refusal(
            "the Authorization header is not of the form 'acs <access key id>:<signature>'"
        )
    for name in ("date", "x-acs-signature-nonce"):
        if not headers.get(name):
            raise gate.faults.missing.refusal(f"the header {name} is missing")
    if headers.get("x-acs-signature-method", "HMAC-SHA1") != "HMAC-SHA1":
        raise gate.faults.malformed.refusal(
            f"x-acs-signature-method is {headers['x-acs-signature-method']!r}, "
            "only HMAC-SHA1 is supported"
        )
    try:
        signed_at = header_time(headers["date"])
    except ValueError:
        raise gate.faults.malformed.refusal(
            f"Date is {headers['date']!r}, 'Thu, 06 Feb 2020 07:32:54 GMT' is a right one"
        ) from None
    secret, caller = gate.key(access_key_id, headers.get("x-acs-security-token"))
    text = _string_to_sign(request)
    gate.match(signature, _signature(text, secret), text)
    digest = headers.get("content-md5")
    if digest and digest != base64.b64encode(_md5(request.body)).decode():
        raise gate.faults.wrong_digest.refusal("Content-MD5 is not that of the body that arrived")
    gate.fresh(signed_at)
    gate.first_use(access_key_id, headers["x-acs-signature-nonce"])
    return caller


def _string_to_sign(request: Request) -> str:
    headers = request.headers
    acs_headers = "".join(
        f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-")
    )
    # both SDKs write path and query down as they are before encoding
    resource = decode_path(request.path)
    query = decode_query(request.query)
    if query:
        resource += "?" + "&".join(
            f"{name}={query[name]}" if query[name] else name for name in sorted(query)
        )
    return (
        f"{request.method}\n{headers.get('accept', '')}\n{headers.get('content-md5', '')}\n"
        f"{headers.get('content-type', '')}\n{headers['date']}\n{acs_headers}{resource}"
    )


def _signature(text: str, secret: str) -> str:
    return base64.b64encode(keyed_digest(secret.encode(), text, "sha1")).decode()


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()
