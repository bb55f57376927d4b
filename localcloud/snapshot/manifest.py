"""What a snapshot says about itself: the first member of the file, so that it is read first."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from localcloud.server.folder import DATABASE
from localcloud.store.schema import VERSION

FORMAT = 1
NAME = "manifest.json"
PACKAGES = "code/"
STATE = "pulumi/"
_VERSION = re.compile(r"[\w.+-]{1,100}", re.ASCII)
_MEMBER = re.compile(rf"{re.escape(DATABASE)}|{PACKAGES}[0-9a-f]+\.zip|{STATE}[^\0]+")


class CannotRestore(Exception):
    """Why a file was not taken for a snapshot, or not restored: a sentence that says what to do."""


@dataclass(frozen=True)
class Manifest:
    """`created` is ms since 1970; `data_version` the database's; `sha256` in hex by member name."""

    created: int
    localcloud: str
    sha256: Mapping[str, str]
    data_version: int = VERSION
    format: int = FORMAT

    def encoded(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), indent=2).encode()


def read(data: bytes) -> Manifest:
    """The manifest of a snapshot.

    Raises CannotRestore for another format, a newer data version and names that could not be ours:
    absolute ones and those that lead out of the folder among them.
    """
    values = _object(data)
    writer = values.get("localcloud")
    if not isinstance(writer, str) or not _VERSION.fullmatch(writer):
        raise _no_snapshot("names no version of localcloud")
    # before anything else, as another format may say other things
    if (format_ := _number(values, "format")) != FORMAT:
        raise CannotRestore(
            f"it has format {format_}, this localcloud reads {FORMAT}: use the localcloud "
            f"that wrote it ({writer}) or a newer one"
        )
    manifest = Manifest(
        _number(values, "created"), writer, _sums(values), _number(values, "data_version")
    )
    if others := values.keys() - asdict(manifest).keys():
        raise _no_snapshot(f"has {sorted(others)[0]!r}, which none has")
    if manifest.data_version > VERSION:
        raise CannotRestore(
            f"its data has version {manifest.data_version}, this localcloud knows up to {VERSION}: "
            f"use localcloud {manifest.localcloud} or newer"
        )
    for name in manifest.sha256:
        if not _MEMBER.fullmatch(name) or ".." in name.split("/"):
            raise CannotRestore(f"it has a member {name!r}, which no snapshot has")
    return manifest


def _object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        raise _no_snapshot("is no JSON") from None
    if not isinstance(values, dict):
        raise _no_snapshot("is no object")
    return cast("dict[str, Any]", values)


def _number(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _no_snapshot(f"has no whole number for {name!r}")
    return value


def _sums(values: Mapping[str, Any]) -> dict[str, str]:
    sums = values.get("sha256")
    if not isinstance(sums, dict):
        raise _no_snapshot("has no names with their SHA-256")
    found = cast("dict[str, Any]", sums)
    if not all(isinstance(each, str) for each in found.values()):
        raise _no_snapshot("has a SHA-256 that is no text")
    return found


def _no_snapshot(why: str) -> CannotRestore:
    return CannotRestore(f"its manifest {why}: it is no snapshot of localcloud")
