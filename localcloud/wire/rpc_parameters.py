"""The flat parameters of an RPC operation, read by name and type.

Lists and maps come in two forms: flattened (`Tag.1.Key`, `Tag.1.Value`) and as JSON in one
parameter (`Tag`), depending on the API and the SDK.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.whole_number import whole_number

ANYWHERE = frozenset(("RegionId", "SourceIp", "SecureTransport", "ClientToken"))
"""What clients add to any call, beside what the dialect takes out."""


class RpcParameters:
    """The parameters of one call to `operation`.

    `known` names all that the operation understands; a parameter beside them is refused with
    NotImplemented, for a setting must not be taken in silence.
    """

    __slots__ = ("_given", "_operation")

    def __init__(self, operation: str, given: Mapping[str, str], known: Iterable[str]) -> None:
        self._operation = operation
        self._given = given
        allowed = {*known, *ANYWHERE}
        for name in given:
            if name.partition(".")[0] not in allowed:
                raise Refusal(
                    "NotImplemented",
                    f"localcloud does not implement the parameter {name} of {operation}; it knows"
                    f" {', '.join(sorted(allowed - ANYWHERE)) or 'none'}.",
                )

    def text(self, name: str) -> str:
        """A parameter that must be there. Raises Refusal MissingParameter.<name>."""
        value = self._given.get(name)
        if not value:
            raise Refusal(f"MissingParameter.{name}", f"{self._operation} needs {name}.")
        return value

    def maybe(self, name: str) -> str | None:
        """A parameter that may be there; empty is what was sent empty."""
        return self._given.get(name)

    def whole_number(self, name: str) -> int | None:
        """A whole number, if it is there. Raises Refusal InvalidParameter.<name>."""
        value = self._given.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except ValueError:
            raise self.invalid(name, f"it is {value!r}, which is no whole number") from None

    def flag(self, name: str) -> bool | None:
        """true or false, if it is there. Raises Refusal InvalidParameter.<name>."""
        value = self._given.get(name)
        if value is None or value == "":
            return None
        if value.lower() not in ("true", "false"):
            raise self.invalid(name, f"it is {value!r}, and must be true or false")
        return value.lower() == "true"

    def texts(self, name: str) -> list[str]:
        """A list of strings, flattened (`<name>.1`) or as JSON; [] where it is not there."""
        raw = self._given.get(name)
        if raw:
            values: Any = self._json(name, raw)
            if not isinstance(values, list):
                raise self.invalid(name, "it must be a JSON list of strings")
            found = cast("list[Any]", values)
            if not all(isinstance(one, str) for one in found):
                raise self.invalid(name, "it must be a JSON list of strings")
            return [str(one) for one in found]
        return [value for _, value in sorted(self._numbered(name, ""))]

    def tags(self, name: str = "Tag") -> dict[str, str]:
        """Tags by key, flattened (`Tag.1.Key`) or as JSON (`[{"Key": .., "Value": ..}]`)."""
        raw = self._given.get(name)
        if raw:
            values: Any = self._json(name, raw)
            if not isinstance(values, list):
                raise self.invalid(name, 'it must be a JSON list of {"Key", "Value"}')
            pairs = [
                (one.get("Key"), one.get("Value", ""))
                for one in cast("list[Any]", values)
                if isinstance(one, dict)
            ]
        else:
            texts = dict(self._numbered(name, ".Value"))
            pairs = [(key, texts.get(at, "")) for at, key in sorted(self._numbered(name, ".Key"))]
        tags: dict[str, str] = {}
        for key, value in pairs:
            if not isinstance(key, str) or not 1 <= len(key) <= 128:
                raise self.invalid(name, "a tag's Key is a string of 1 to 128 characters")
            if not isinstance(value, str) or len(value) > 128:
                raise self.invalid(name, "a tag's Value is a string of up to 128 characters")
            tags[key] = value
        return tags

    def invalid(self, name: str, why: str) -> Refusal:
        """The refusal of a parameter's value."""
        return Refusal(f"InvalidParameter.{name}", f"The parameter {name} is not valid: {why}.")

    def _numbered(self, name: str, suffix: str) -> list[tuple[int, str]]:
        start = name + "."
        found: list[tuple[int, str]] = []
        for given, value in self._given.items():
            if given.startswith(start) and given.endswith(suffix):
                place = whole_number(given[len(start) : len(given) - len(suffix)])
                if place is not None:
                    found.append((place, value))
        return found

    def _json(self, name: str, raw: str) -> Any:
        try:
            return read_json(raw)
        except ValueError as error:
            raise self.invalid(name, f"it is not JSON: {error}") from None
