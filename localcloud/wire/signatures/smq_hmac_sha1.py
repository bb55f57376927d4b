"""SMQ: `Authorization: MNS <access key id>:<HMAC-SHA1>`.

https://www.alibabacloud.com/help/en/mns/developer-reference/sign-requests
"""

import base64
import hashlib

from localcloud.account import Caller
from localcloud.wire.request import Request
from localcloud.wire.signatures import Gate, header_time, keyed_digest

SCHEME = "MNS"


def sign(request: Request, secret: str) -> str:
    """The signature of this request."""
    return _signature(_string_to_sign(request), secret)


def check(request: Request, gate: Gate) -> Caller:
    """Who signed this request. Raises SMQ's Refusal where it is not rightly signed.

    This scheme has no nonce: SMQ's own SDKs send a request again as it was.
    """
    headers = request.headers
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != SCHEME or not colon or not access_key_id:
        raise gate.faults.malformed.refusal(
            "The Authorization header format is invalid: 'MNS <access key id>:<signature>' is right"
        )
    date = headers.get("x-mns-date") or headers.get("date", "")
    try:
        signed_at = header_time(date)
    except ValueError:
        raise gate.faults.missing.refusal(
            f"The Date header format is invalid: it is {date!r}, "
            "'Thu, 06 Feb 2020 07:32:54 GMT' is a right one"
        ) from None
    secret, caller = gate.key(access_key_id, headers.get("security-token"))
    text = _string_to_sign(request)
    gate.match(signature, _signature(text, secret), text)
    digest = headers.get("content-md5")
    if digest and digest != _hex_md5(request.body):
        raise gate.faults.wrong_digest.refusal("The Content-MD5 you specified is invalid.")
    gate.fresh(signed_at)
    return caller


def _string_to_sign(request: Request) -> str:
    headers = request.headers
    mns_headers = "".join(
        f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-")
    )
    return (
        f"{request.method}\n{headers.get('content-md5', '')}\n{headers.get('content-type', '')}\n"
        f"{headers.get('date', '')}\n{mns_headers}{request.target}"
    )


def _signature(text: str, secret: str) -> str:
    return base64.b64encode(keyed_digest(secret.encode(), text, "sha1")).decode()


def _hex_md5(body: bytes) -> str:
    """SMQ's form of a digest: base64 of the hexadecimal digits."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).hexdigest().encode()).decode()
