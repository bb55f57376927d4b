"""The index configuration of a logstore: which fields a search may look at, cut into which words.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-createindex
https://www.alibabacloud.com/help/en/sls/user-guide/create-indexes
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.sls import logstores
from localcloud.store import logstores as store
from localcloud.store.database import Transaction

KEY_TYPES = ("text", "long", "double", "json")
_MOST_KEYS = 500

_PARTS = (
    "line", "keys", "ttl", "max_text_len", "log_reduce", "log_reduce_white_list",
    "log_reduce_black_list", "lastModifyTime", "index_mode", "storage",
)  # fmt: skip
_PARTS_OF_LINE = ("token", "caseSensitive", "chn", "include_keys", "exclude_keys")
_PARTS_OF_KEY = (
    "type", "token", "caseSensitive", "chn", "doc_value", "alias", "json_keys", "index_all",
    "max_depth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WordRules:
    """How text is cut into words: at each of the `delimiters` (none: it is one word whole)."""

    delimiters: str = ""
    case_sensitive: bool = False
    chinese: bool = False


EXACT = WordRules(case_sensitive=True)
"""The rules of __topic__ and __source__: the whole value, as it is."""


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The index of one field. `json_keys` gives the types of paths inside a field of type json."""

    kind: str
    rules: WordRules
    json_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    index_all: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the field is searched by number."""
        return self.kind in ("long", "double")


@dataclass(frozen=True, slots=True)
class LineIndex:
    """The full-text index, over all fields or the included or not the excluded ones."""

    rules: WordRules
    include_keys: frozenset[str] = frozenset()
    exclude_keys: frozenset[str] = frozenset()

    def covers(self, key: str) -> bool:
        """Whether full-text search looks at this field; never at tags."""
        if key.startswith(("__tag__:", "__time_ns_part__")) or key in self.exclude_keys:
            return False
        return not self.include_keys or key in self.include_keys


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """What can be searched; either part may be missing, not both."""

    line: LineIndex | None
    keys: Mapping[str, KeyIndex]


def create_index(tx: Transaction, project: str, logstore: str, config: str, now: int) -> None:
    """Give a logstore its index; `config` is JSON, and is given back as it is.

    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexAlreadyExist, IndexInfoInvalid.
    """
    row = logstores.find(tx, project, logstore)
    if row.index_config is not None:
        raise Refusal(
            "IndexAlreadyExist", f"logstore {logstore} has an index already: update that one"
        )
    _parse(config)
    store.update_logstore(tx, row.number, row.ttl, row.settings, config, now)


def update_index(tx: Transaction, project: str, logstore: str, config: str, now: int) -> None:
    """Put another index configuration in the place of the one there is.

    It counts for the logs already written too, where Log Service asks for a reindexing (ours).
    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexConfigNotExist, IndexInfoInvalid.
    """
    row = _indexed(tx, project, logstore)
    _parse(config)
    store.update_logstore(tx, row.number, row.ttl, row.settings, config, now)


def get_index(tx: Transaction, project: str, logstore: str) -> str:
    """The index configuration as it was put.

    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexConfigNotExist.
    """
    return _indexed(tx, project, logstore).index_config or ""


def delete_index(tx: Transaction, project: str, logstore: str, now: int) -> None:
    """Take the index away: the logs stay, and cannot be searched.

    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexConfigNotExist.
    """
    row = _indexed(tx, project, logstore)
    store.update_logstore(tx, row.number, row.ttl, row.settings, None, now)


def searchable(row: store.LogstoreRow) -> IndexConfig:
    """What a search in this logstore may look at. Raises Refusal IndexConfigNotExist."""
    if row.index_config is None:
        raise Refusal(
            "IndexConfigNotExist",
            f"logstore without index config: create an index for {row.name} to search it",
        )
    return _parse(row.index_config)


def _indexed(tx: Transaction, project: str, logstore: str) -> store.LogstoreRow:
    row = logstores.find(tx, project, logstore)
    if row.index_config is None:
        raise Refusal(
            "IndexConfigNotExist", f"index config doesn't exist in logstore {logstore}", 404
        )
    return row


@lru_cache(maxsize=256)
def _parse(config: str) -> IndexConfig:
    try:
        document = read_json(config)
    except ValueError as error:
        raise _invalid(f"it is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise _invalid("it is not a JSON object")
    document = cast("dict[str, Any]", document)
    _check_parts("it", document, _PARTS)
    line = document.get("line")
    keys = document.get("keys") or {}
    if not isinstance(keys, dict):
        raise _invalid("keys is not an object")
    keys = cast("dict[str, Any]", keys)
    if line is None and not keys:
        raise _invalid("it has neither line nor keys: give at least one of them")
    if len(keys) > _MOST_KEYS:
        raise _invalid(f"it has {len(keys)} keys, and may have {_MOST_KEYS}")
    return IndexConfig(
        None if line is None else _line(line),
        {name: _key(name, value) for name, value in keys.items()},
    )


def _line(value: object) -> LineIndex:
    line = _object("line", value)
    _check_parts("line", line, _PARTS_OF_LINE)
    include = _names("line.include_keys", line.get("include_keys"))
    exclude = _names("line.exclude_keys", line.get("exclude_keys"))
    if include and exclude:
        raise _invalid("line has include_keys and exclude_keys: give one of them")
    return LineIndex(_rules("line", line, needed=True), include, exclude)


def _key(name: str, value: object) -> KeyIndex:
    at = f"keys.{name}"
    if not name:
        raise _invalid("keys has a field with an empty name")
    key = _object(at, value)
    _check_parts(at, key, _PARTS_OF_KEY)
    kind = key.get("type", "text")
    if kind not in KEY_TYPES:
        raise _invalid(f"{at}.type is {kind!r}, and can be {', '.join(KEY_TYPES)}")
    paths: dict[str, str] = {}
    for path, told in _object(f"{at}.json_keys", key.get("json_keys") or {}).items():
        inner = _object(f"{at}.json_keys.{path}", told).get("type", "text")
        if inner not in KEY_TYPES[:3]:
            raise _invalid(
                f"{at}.json_keys.{path}.type is {inner!r}, and can be text, long, double"
            )
        paths[path] = inner
    return KeyIndex(
        kind=kind,
        rules=_rules(at, key, needed=kind in ("text", "json")),
        json_keys=paths,
        index_all=_flag(at, key, "index_all"),
    )


def _rules(at: str, document: Mapping[str, Any], *, needed: bool) -> WordRules:
    tokens = document.get("token")
    if tokens is None:
        if needed:
            raise _invalid(f"{at}.token is missing: a list of delimiters, or an empty list")
        tokens = []
    if not isinstance(tokens, list) or not all(
        isinstance(token, str) and len(token) == 1 for token in cast("list[Any]", tokens)
    ):
        raise _invalid(f"{at}.token is {tokens!r}, and should be a list of single characters")
    return WordRules(
        delimiters="".join(cast("list[str]", tokens)),
        case_sensitive=_flag(at, document, "caseSensitive"),
        chinese=_flag(at, document, "chn"),
    )


def _check_parts(at: str, document: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name, value in document.items():
        if value and name not in known:  # what is false or empty asks for nothing
            raise _invalid(
                f"localcloud does nothing with {name!r} in {at}; it knows {', '.join(known)}"
            )


def _flag(at: str, document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _invalid(f"{at}.{name} is {value!r}, and should be true or false")
    return value


def _names(at: str, value: object) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(
        isinstance(name, str) for name in cast("list[Any]", value)
    ):
        raise _invalid(f"{at} is {value!r}, and should be a list of field names")
    return frozenset(cast("list[str]", value))


def _object(at: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(f"{at} is {value!r}, and should be an object")
    return cast("dict[str, Any]", value)


def _invalid(what: str) -> Refusal:
    return Refusal("IndexInfoInvalid", f"the index configuration cannot be used: {what}")
