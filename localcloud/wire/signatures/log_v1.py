"""Log Service, version 1: `Authorization: LOG <access key id>:<HMAC>`, HMAC-SHA1 or HMAC-SHA256.

The Python SDK and the older Go SDK use HMAC-SHA1, the provider's new client HMAC-SHA256.
https://www.alibabacloud.com/help/en/sls/developer-reference/request-signatures
"""

import base64
import hashlib

from localcloud.account import Caller
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.signatures import Gate, header_time, keyed_digest

SCHEME = "LOG"

_METHODS = {"hmac-sha1": "sha1", "hmac-sha256": "sha256"}


def sign(request: Request, secret: str) -> str:
    """The signature of this request, with the method that its header names."""
    method = _METHODS[request.headers["x-log-signaturemethod"]]
    return _signature(_string_to_sign(request, ""), secret, method)


def check(request: Request, gate: Gate) -> Caller:
    """Who signed this request. Raises Log Service's Refusal where it is not rightly signed.

    This scheme has no nonce.
    """
    headers = request.headers
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != SCHEME or not colon or not access_key_id:
        raise gate.faults.malformed.refusal(
            "the Authorization header is not of the form 'LOG <access key id>:<signature>'"
        )
    method = _METHODS.get(headers.get("x-log-signaturemethod", ""))
    if method is None:
        raise gate.faults.malformed.refusal(
            f"x-log-signaturemethod is {headers.get('x-log-signaturemethod', '')!r}, "
            "hmac-sha1 and hmac-sha256 are supported"
        )
    date = headers.get("date") or headers.get("x-log-date", "")
    try:
        signed_at = header_time(date)
    except ValueError:
        raise gate.faults.missing.refusal(
            f"Date {date!r} must follow RFC822: 'Thu, 06 Feb 2020 07:32:54 GMT' is a right one"
        ) from None
    secret, caller = gate.key(access_key_id, headers.get("x-acs-security-token"))
    text = _string_to_sign(request, "")
    if signature != _signature(text, secret, method):
        # the Python SDK adds x-log-date when it has signed
        without_date = _string_to_sign(request, "x-log-date")
        gate.match(signature, _signature(without_date, secret, method), text)
    digest = headers.get("content-md5")
    if digest and digest.upper() != _hex_md5(request.body):
        raise gate.faults.wrong_digest.refusal("Content-MD5 is not that of the body that arrived")
    gate.fresh(signed_at)
    return caller


def _string_to_sign(request: Request, left_out: str) -> str:
    headers = request.headers
    log_headers = "".join(
        f"{name}:{headers[name]}\n"
        for name in sorted(headers)
        if name.startswith(("x-log-", "x-acs-"))
        and name != left_out
        and not name.startswith("x-log-meta-")
    )
    resource = decode_path(request.path)
    query = decode_query(request.query)
    if query:
        resource += "?" + "&".join(f"{name}={query[name]}" for name in sorted(query))
    return (
        f"{request.method}\n{headers.get('content-md5', '')}\n{headers.get('content-type', '')}\n"
        f"{headers.get('date', '')}\n{log_headers}{resource}"
    )


def _signature(text: str, secret: str, method: str) -> str:
    return base64.b64encode(keyed_digest(secret.encode(), text, method)).decode()


def _hex_md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
