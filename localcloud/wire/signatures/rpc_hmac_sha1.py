"""RPC, signature version 1.0: HMAC-SHA1 over query and form parameters.

The Go provider sends it, and the older SDKs: `Signature` and its companions stand in the query,
the API's own parameters in the query or in a form in the body.
https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from localcloud.account import Caller
from localcloud.wire.signatures import Gate, utc_time

PROTOCOL_PARAMETERS = frozenset(
    (
        "Action",
        "Version",
        "Format",
        "Timestamp",
        "AccessKeyId",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
    )
)
"""What belongs to the signature and the dialect, and to no operation."""

_NEEDED = ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp")


def sign(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """The signature of these parameters (`Signature` itself is left out)."""
    return _signature(string_to_sign(method, parameters), secret)


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """Method, path and sorted parameters, as both sides must write them down."""
    canonical = "&".join(
        f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}"
        for name in sorted(parameters)
        if name != "Signature"
    )
    return f"{method}&%2F&{quote(canonical, safe='~')}"


def check(method: str, parameters: Mapping[str, str], gate: Gate) -> Caller:
    """Who signed these parameters. Raises the dialect's Refusal where they are not rightly signed.

    `parameters` are query and form together.
    """
    for name in _NEEDED:
        if not parameters.get(name):
            raise gate.faults.missing.refusal(f"{name} is mandatory for this action.")
    if parameters.get("SignatureMethod", "HMAC-SHA1") != "HMAC-SHA1":
        raise gate.faults.malformed.refusal(
            f"SignatureMethod is {parameters['SignatureMethod']!r}, only HMAC-SHA1 is supported"
        )
    if parameters.get("SignatureVersion", "1.0") != "1.0":
        raise gate.faults.malformed.refusal(
            f"SignatureVersion is {parameters['SignatureVersion']!r}, only 1.0 is supported"
        )
    try:
        signed_at = utc_time(parameters["Timestamp"])
    except ValueError:
        raise gate.faults.malformed.refusal(
            f"Timestamp is {parameters['Timestamp']!r}, YYYY-MM-DDThh:mm:ssZ is needed"
        ) from None
    access_key_id = parameters["AccessKeyId"]
    secret, caller = gate.key(access_key_id, parameters.get("SecurityToken"))
    text = string_to_sign(method, parameters)
    if not hmac.compare_digest(
        parameters["Signature"].encode("utf-8", "replace"), _signature(text, secret).encode()
    ):
        shown = {k: "***" if k == "SecurityToken" else v for k, v in parameters.items()}
        raise gate.mismatch(string_to_sign(method, shown))
    gate.fresh(signed_at)
    gate.first_use(access_key_id, parameters["SignatureNonce"])
    return caller


def _signature(text: str, secret: str) -> str:
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()
