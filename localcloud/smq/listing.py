"""SMQ's lists: what the x-mns- headers of a list request ask for, and the answer's document."""

from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.smq.attributes import Range
from localcloud.smq.message_xml import whole_number
from localcloud.smq.xml_writing import CONTENT_TYPE, document, element
from localcloud.wire.exchange import Answer, Call

_RET_NUMBER = Range("x-mns-ret-number", 1, 1000, 1000, "")


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Names that begin with `prefix`, behind the name `marker`, `most` of them."""

    prefix: str
    marker: str
    most: int
    meta: bool


def list_request(call: Call) -> ListRequest:
    """What a list request asks for. Raises Refusal InvalidArgument."""
    headers = call.headers
    most = _RET_NUMBER.default
    if "x-mns-ret-number" in headers:
        most = _RET_NUMBER.checked(whole_number(_RET_NUMBER.name, headers["x-mns-ret-number"]))
    return ListRequest(
        headers.get("x-mns-prefix", ""),
        headers.get("x-mns-marker", ""),
        most,
        headers.get("x-mns-with-meta", "").lower() == "true",
    )


def list_document(
    call: Call, kind: str, path: str, found: Sequence[tuple[str, str]], most: int
) -> Answer:
    """The answer: `kind` is Queue, Topic or Subscription; `found` names and their elements.

    One more than `most` in `found` says that there are more: the marker is the last one's name.
    """
    host = call.headers["host"]
    inner = "".join(
        f"<{kind}>{element(f'{kind}URL', f'http://{host}{path}/{name}')}{elements}</{kind}>"
        for name, elements in found[:most]
    )
    if len(found) > most:
        inner += element("NextMarker", found[most - 1][0])
    return Answer(200, document(f"{kind}s", inner), CONTENT_TYPE)
