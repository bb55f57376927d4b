"""The ROA dialect of Function Compute 3.0: methods and paths, JSON in and out."""

import json
from collections.abc import Iterable

from localcloud.account import Caller
from localcloud.refusal import Refusal
from localcloud.request_ids import function_request_id
from localcloud.wire.exchange import Answer, Call, Route
from localcloud.wire.journal import Entry
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.routes import Routes
from localcloud.wire.signatures import Fault, Faults, Gate, acs3_hmac_sha256, roa_hmac_sha1

# https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/error-codes
# has codes for a key and a signature; where it has none, the name is the other services'.
FAULTS = Faults(
    missing=Fault("MissingRequiredHeader", 400),
    malformed=Fault("InvalidArgument", 400),
    unknown_key=Fault("InvalidAccessKeyID", 403),
    bad_token=Fault("InvalidSecurityToken", 403),
    mismatch=Fault("SignatureNotMatch", 403),
    skewed=Fault("RequestTimeTooSkewed", 403),
    replayed=Fault("SignatureNonceUsed", 400),
    wrong_digest=Fault("InvalidArgument", 400),
)


class RoaDialect:
    """Answers Function Compute's routes."""

    name = "fc"
    # a code archive is at most 100 MB in Base64; a synchronous payload is 32 MB at most
    largest_body = 104 * 1024 * 1024
    too_large = "EntityTooLarge"
    bad_request = "InvalidArgument"

    def __init__(self, routes: Iterable[Route], gate: Gate) -> None:
        self._routes = Routes(routes)
        self._gate = gate

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Check who calls, and let the route answer."""
        found = self._routes.find(request.method, request.path)
        if found is not None:
            entry.operation = found[0].operation
        if not request.path.endswith("/invocations"):  # whose bodies are the user's own
            entry.keep_body(request.body)
        caller = self._caller(request)
        if found is None:
            raise Refusal(
                "NotImplemented",
                f"localcloud does not implement '{request.method}' against '{request.path}' of "
                "Function Compute 3.0 (2023-03-30)",
            )
        route, variables = found
        answer = await route.answer(
            Call(
                operation=route.operation,
                caller=caller,
                request_id=entry.request_id,
                method=request.method,
                host=request.host,
                path=decode_path(request.path),
                query=decode_query(request.query),
                headers=request.headers,
                body=request.body,
                variables=variables,
            )
        )
        answer.headers.setdefault("x-fc-request-id", entry.request_id)
        answer.headers.setdefault("x-acs-request-id", entry.request_id)
        return answer

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """{"RequestId", "Code", "Message"}."""
        del host
        document = {"RequestId": request_id, "Code": refusal.code, "Message": refusal.message}
        ids = {"x-fc-request-id": request_id, "x-acs-request-id": request_id}
        return Answer(refusal.status, json.dumps(document).encode(), "application/json", ids)

    def new_request_id(self) -> str:
        """`1-<seconds>-<8 digits>-<12 digits>`."""
        return function_request_id()

    def _caller(self, request: Request) -> Caller:
        authorization = request.headers.get("authorization")
        if not authorization:
            raise FAULTS.missing.refusal("required HTTP header Authorization was not specified")
        if authorization.startswith(acs3_hmac_sha256.SCHEME):
            return acs3_hmac_sha256.check(request, self._gate)
        return roa_hmac_sha1.check(request, self._gate)
