"""The dialect of SMQ's data plane: methods and paths, XML in and out."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from localcloud.refusal import Refusal
from localcloud.request_ids import hexadecimal_request_id
from localcloud.wire.exchange import Answer, Call, Route
from localcloud.wire.journal import Entry
from localcloud.wire.request import Request, decode_path, decode_query
from localcloud.wire.routes import Routes
from localcloud.wire.signatures import Fault, Faults, Gate, smq_hmac_sha1

VERSION = "2015-06-06"
CONTENT_TYPE = "text/xml;charset=utf-8"

# https://www.alibabacloud.com/help/en/mns/developer-reference/syntax-of-error-responses
FAULTS = Faults(
    missing=Fault("InvalidDateHeader", 400),
    malformed=Fault("InvalidAuthorizationHeader", 400),
    unknown_key=Fault("InvalidAccessKeyId", 403),
    bad_token=Fault("InvalidSecurityToken", 403),
    mismatch=Fault("SignatureDoesNotMatch", 403),
    skewed=Fault("TimeExpired", 408),
    replayed=Fault("SignatureNonceUsed", 400),
    wrong_digest=Fault("InvalidDegist", 400),
)


class SmqDialect:
    """Answers SMQ's routes."""

    name = "smq"
    # 16 messages of 64 KB in base64 and their XML are under 2 MB
    largest_body = 4 * 1024 * 1024
    too_large = "InvalidArgument"
    bad_request = "InvalidRequestURL"

    def __init__(self, routes: Iterable[Route], gate: Gate) -> None:
        self._routes = Routes(routes)
        self._gate = gate

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Check who calls, and let the route answer."""
        found = self._routes.find(request.method, request.path)
        if found is not None:
            entry.operation = found[0].operation
        headers = request.headers
        if "authorization" not in headers:
            raise Refusal("MissingAuthorizationHeader", "Authorization header is required.")
        version = headers.get("x-mns-version", "")
        if not version:
            raise Refusal("MissingVersionHeader", "The header x-mns-version is required.")
        if version != VERSION:
            raise Refusal(
                "InvalidVersion", f"x-mns-version is {version!r}, localcloud has {VERSION}"
            )
        caller = smq_hmac_sha1.check(request, self._gate)
        if found is None:
            raise Refusal(
                "NotImplemented",
                f"localcloud does not implement {request.method} {request.path} of SMQ {VERSION}",
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
                departed=request.departed,
            )
        )
        answer.headers["x-mns-request-id"] = entry.request_id
        answer.headers["x-mns-version"] = VERSION
        return answer

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """<Error> with Code, Message, RequestId and HostId: the SDKs want all four."""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Error xmlns="http://mns.aliyuncs.com/doc/v1/">'
            f"<Code>{_text(refusal.code)}</Code><Message>{_text(refusal.message)}</Message>"
            f"<RequestId>{request_id}</RequestId><HostId>http://{_text(host)}</HostId></Error>"
        )
        ids = {"x-mns-request-id": request_id, "x-mns-version": VERSION}
        return Answer(refusal.status, body.encode(), CONTENT_TYPE, ids)

    def new_request_id(self) -> str:
        """24 hexadecimal digits."""
        return hexadecimal_request_id()


def _text(value: str) -> str:
    """As XML 1.0 text, which has no place for control characters."""
    return escape("".join(c if c >= " " and c.isprintable() else "?" for c in value))
