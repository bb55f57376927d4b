"""What a call to Log Service says: its JSON, its query, and the ARN of what it is about."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.clock import Clock
from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.sls.permissions import permit
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call

T = TypeVar("T")

_LARGEST_NUMBER = 1 << 53
_MOST_IN_A_PAGE = 500


def arn(project: str, logstore: str | None = None) -> str:
    """The ARN by which policies name a project, or a logstore in it."""
    name = f"acs:log:{REGION}:{ACCOUNT_ID}:project/{project}"
    return name if logstore is None else f"{name}/logstore/{logstore}"


def logstore_arn(call: Call) -> str:
    """The ARN of the logstore in the call's path."""
    return arn(call.project, call.variables["logstore"])


def body_text(call: Call) -> str:
    """The body as text. Raises Refusal PostBodyInvalid where it is not UTF-8."""
    try:
        return call.body.decode()
    except UnicodeDecodeError:
        raise Refusal("PostBodyInvalid", "the body is not UTF-8") from None


def json_object(text: str, what: str = "the body") -> dict[str, Any]:
    """A JSON object. Raises Refusal PostBodyInvalid where the text is none."""
    try:
        document = read_json(text or "{}")
    except ValueError as error:
        raise Refusal("PostBodyInvalid", f"{what} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Refusal("PostBodyInvalid", f"{what} is not a JSON object")
    return cast("dict[str, Any]", document)


def text_of(document: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text. Raises Refusal ParameterInvalid when it is something else."""
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a text")
    return value


def texts_of(document: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, empty where there is none. Raises Refusal ParameterInvalid."""
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(
        isinstance(one, str) for one in cast("list[Any]", value)
    ):
        raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a list of texts")
    return cast("list[str]", value)


def whole_of(document: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number, or a text of one. Raises Refusal ParameterInvalid, also where there is none.

    `default` stands for one that is not given.
    """
    value = document.get(name)
    if value is None or value == "":
        if default is None:
            raise Refusal("ParameterInvalid", f"{name} is missing: a whole number")
        return default
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) < 20:
            value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_NUMBER:
        return value
    raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a whole number")


def flag_of(document: Mapping[str, Any], name: str) -> bool:
    """True or false, also as a text; false where it is not given.

    Raises Refusal InvalidReverse for `reverse`, ParameterInvalid for others.
    """
    value = document.get(name)
    if value is None or value == "":
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    code = "InvalidReverse" if name == "reverse" else "ParameterInvalid"
    raise Refusal(code, f"{name} is {value!r}, and should be true or false")


def page_of(found: list[T], query: Mapping[str, str]) -> list[T]:
    """The part of a list that `offset` and `size` (default 100, at most 500) ask for."""
    offset = whole_of(query, "offset", 0)
    size = whole_of(query, "size", 100)
    if not 0 <= size <= _MOST_IN_A_PAGE or offset < 0:
        raise Refusal(
            "ParameterInvalid",
            f"offset is {offset} and size {size}: size can be 0 to {_MOST_IN_A_PAGE}, offset 0 or"
            " more",
        )
    return found[offset : offset + size]


def refuse_unknown(document: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Raise Refusal ParameterInvalid for a member that nothing is done with."""
    for name in document:
        if name not in known:
            raise Refusal(
                "ParameterInvalid",
                f"localcloud does nothing with {name!r} here; it knows {', '.join(known)}",
            )


class Door:
    """Lets a call at the database, where its caller may do what it asks for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self.now = clock

    async def write(
        self, call: Call, action: str, resource: str, work: Callable[[Transaction], None]
    ) -> Answer:
        """Do `work` durably and answer without a body. Raises Refusal Unauthorized."""

        def allowed(tx: Transaction) -> None:
            permit(tx, call.caller, action, resource)
            work(tx)

        await self._database.write(allowed)
        return Answer()

    def read(self, call: Call, action: str, resource: str, work: Callable[[Transaction], T]) -> T:
        """What `work`, which is quick, finds. Raises Refusal Unauthorized."""

        def allowed(tx: Transaction) -> T:
            permit(tx, call.caller, action, resource)
            return work(tx)

        return self._database.read(allowed)

    async def read_aside(
        self, call: Call, action: str, resource: str, work: Callable[[Transaction], T]
    ) -> T:
        """What `work`, which may take long, finds. Raises Refusal Unauthorized."""

        def allowed(tx: Transaction) -> T:
            permit(tx, call.caller, action, resource)
            return work(tx)

        return await self._database.read_aside(allowed)
