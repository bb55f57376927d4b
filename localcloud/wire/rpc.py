"""The RPC dialect: RAM, STS, ECS and SMQ's management, one operation to an `Action`.

In the older form Action, Version and the signature are parameters; in the newer one the headers
x-acs-action and x-acs-version name the operation and ACS3-HMAC-SHA256 signs the request.
"""

import json
from collections.abc import Mapping

from localcloud.account import Caller
from localcloud.refusal import Refusal
from localcloud.request_ids import uuid_request_id
from localcloud.wire.exchange import Answer, RpcOperation, json_answer
from localcloud.wire.journal import Entry
from localcloud.wire.request import BadRequest, Request, decode_pairs
from localcloud.wire.signatures import Fault, Faults, Gate, acs3_hmac_sha256, rpc_hmac_sha1

# Alibaba Cloud answers an unknown key with 404. The genuine provider takes any 404 for "this
# resource is gone" and would drop it from the stack's state, so here it is 403.
FAULTS = Faults(
    missing=Fault("MissingParameter", 400),
    malformed=Fault("IncompleteSignature", 400),
    unknown_key=Fault("InvalidAccessKeyId.NotFound", 403),
    bad_token=Fault("InvalidSecurityToken.Malformed", 403),
    mismatch=Fault("SignatureDoesNotMatch", 400),
    skewed=Fault("InvalidTimeStamp.Expired", 400),
    replayed=Fault("SignatureNonceUsed", 400),
    wrong_digest=Fault("InvalidContentSha256", 400),
)


class RpcDialect:
    """Answers the operations of several RPC services, told apart by their version."""

    name = "rpc"
    largest_body = 2 * 1024 * 1024
    too_large = "RequestEntityTooLarge"
    bad_request = "InvalidParameter"

    def __init__(
        self, services: Mapping[tuple[str, str], Mapping[str, RpcOperation]], gate: Gate
    ) -> None:
        self._services = {
            version: (product, operations) for (product, version), operations in services.items()
        }
        self._gate = gate

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Run the operation and put its object and the request id into a JSON body."""
        entry.keep_body(request.body)
        parameters = dict(decode_pairs(request.query))
        parameters.update(_form(request))
        headers = request.headers
        action = parameters.get("Action") or headers.get("x-acs-action", "")
        version = parameters.get("Version") or headers.get("x-acs-version", "")
        entry.operation = action
        if not action or not version:
            raise Refusal(
                "MissingParameter",
                "Action and Version are mandatory: localcloud speaks Alibaba Cloud's APIs, "
                "GET /_localcloud/health tells how it is",
            )
        caller = self._caller(request, parameters)
        if parameters.get("Format", "JSON").upper() != "JSON":
            raise Refusal("InvalidParameter.Format", "localcloud answers with Format=JSON only")
        service = self._services.get(version)
        if service is None:
            raise Refusal(
                "NotImplemented",
                f"localcloud implements no RPC service of version {version}, it has "
                + ", ".join(f"{name} {at}" for at, (name, _) in self._services.items()),
            )
        product, operations = service
        operation = operations.get(action)
        if operation is None:
            raise Refusal(
                "NotImplemented", f"localcloud does not implement {action} of {product} {version}"
            )
        own = {k: v for k, v in parameters.items() if k not in rpc_hmac_sha1.PROTOCOL_PARAMETERS}
        document = await operation(caller, own)
        return json_answer({"RequestId": entry.request_id, **document})

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """{"RequestId", "HostId", "Code", "Message"}: all four, or the provider crashes."""
        document = {
            "RequestId": request_id,
            "HostId": host,
            "Code": refusal.code,
            "Message": refusal.message,
        }
        return Answer(refusal.status, json.dumps(document).encode())

    def new_request_id(self) -> str:
        """An upper-case UUID."""
        return uuid_request_id()

    def _caller(self, request: Request, parameters: Mapping[str, str]) -> Caller:
        if request.method not in ("GET", "POST"):
            raise Refusal(
                "UnsupportedHTTPMethod", f"{request.method} is not an RPC method: use POST or GET"
            )
        if request.path.strip("/"):
            raise Refusal("InvalidParameter", "an RPC service has one path, which is /")
        authorization = request.headers.get("authorization", "")
        if authorization.startswith(acs3_hmac_sha256.SCHEME):
            return acs3_hmac_sha256.check(request, self._gate)
        if authorization and "Signature" not in parameters:
            raise FAULTS.malformed.refusal(
                f"the Authorization header does not begin with {acs3_hmac_sha256.SCHEME}"
            )
        return rpc_hmac_sha1.check(request.method, parameters, self._gate)


def _form(request: Request) -> list[tuple[str, str]]:
    content_type = request.headers.get("content-type", "")
    if not request.body or not content_type.startswith("application/x-www-form-urlencoded"):
        return []
    try:
        return decode_pairs(request.body.decode("ascii"))
    except UnicodeDecodeError:
        raise BadRequest("the form has bytes outside ASCII: percent-encode them") from None
