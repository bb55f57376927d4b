"""Log Service's dialect: methods and paths with the project in the host name, JSON or protobuf."""

import json
from collections.abc import Iterable

from localcloud.account import Caller
from localcloud.refusal import Refusal
from localcloud.request_ids import hexadecimal_request_id
from localcloud.wire.exchange import Answer, Call, Route
from localcloud.wire.hosts import log_project
from localcloud.wire.journal import Entry
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.routes import Routes
from localcloud.wire.signatures import Fault, Faults, Gate, log_v1, log_v4

# https://www.alibabacloud.com/help/en/sls/developer-reference/error-codes
FAULTS = Faults(
    missing=Fault("InvalidDateFormat", 400),
    malformed=Fault("InvalidSignatureMethod", 400),
    unknown_key=Fault("Unauthorized", 401),
    bad_token=Fault("SecurityTokenInvalid", 401),
    mismatch=Fault("SignatureNotMatch", 403),
    skewed=Fault("RequestTimeExpired", 400),
    replayed=Fault("SignatureNonceUsed", 400),
    wrong_digest=Fault("InvalidContentMD5", 400),
)


class LogDialect:
    """Answers Log Service's routes."""

    name = "log"
    largest_body = 10 * 1024 * 1024  # PutLogs takes 10 MB
    too_large = "PostBodyTooLarge"
    bad_request = "InvalidParameter"

    def __init__(self, routes: Iterable[Route], gate: Gate) -> None:
        self._routes = Routes(routes)
        self._gate = gate

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Check who calls, and let the route answer. Success is status 200 and no other."""
        found = self._routes.find(request.method, request.path)
        if found is not None:
            entry.operation = found[0].operation
        headers = request.headers
        if headers.get("content-type", "").startswith("application/json"):
            entry.keep_body(request.body)
        caller = self._caller(request)
        if found is None:
            raise Refusal(
                "NotImplemented",
                f"localcloud does not implement {request.method} {request.path} of Log Service",
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
                headers=headers,
                body=request.body,
                variables=variables,
                project=log_project(request.host),
            )
        )
        if answer.status < 300:
            answer.status = 200  # the SDKs take 201 and 204 for errors
        answer.headers["x-log-requestid"] = entry.request_id
        return answer

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """{"errorCode", "errorMessage"}: without both the provider crashes."""
        del host
        document = {"errorCode": refusal.code, "errorMessage": refusal.message}
        ids = {"x-log-requestid": request_id}
        return Answer(refusal.status, json.dumps(document).encode(), "application/json", ids)

    def new_request_id(self) -> str:
        """24 hexadecimal digits."""
        return hexadecimal_request_id()

    def _caller(self, request: Request) -> Caller:
        authorization = request.headers.get("authorization")
        if not authorization:
            raise Refusal("MissAccessKeyId", "the request has no Authorization header")
        if "x-log-apiversion" not in request.headers:
            raise Refusal("MissingAPIVersion", "x-log-apiversion does not exist in http header.")
        if authorization.startswith(log_v4.SCHEME):
            return log_v4.check(request, self._gate)
        return log_v1.check(request, self._gate)
