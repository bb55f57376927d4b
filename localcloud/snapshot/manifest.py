"""What a snapshot says about itself: the first member of the file, so that it is read first."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.server.folder import DATABASE
from localcloud.store.schema import VERSION

FORMAT = 1
NAME = "manifest.json"
PACKAGES = "code/"
STATE = "pulumi/"
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
    try:
        values: dict[str, Any] = json.loads(data)
        manifest = Manifest(**values)
        names = list(manifest.sha256)
    except (ValueError, TypeError, AttributeError):
        raise CannotRestore("its manifest can't be read: it is no snapshot of localcloud") from None
    if manifest.format != FORMAT:
        raise CannotRestore(
            f"it has format {manifest.format}, this localcloud reads {FORMAT}: use the localcloud "
            f"that wrote it ({manifest.localcloud}) or a newer one"
        )
    if manifest.data_version > VERSION:
        raise CannotRestore(
            f"its data has version {manifest.data_version}, this localcloud knows up to {VERSION}: "
            f"use localcloud {manifest.localcloud} or newer"
        )
    for name in names:
        if not _MEMBER.fullmatch(name) or ".." in name.split("/"):
            raise CannotRestore(f"it has a member {name!r}, which no snapshot has")
    return manifest
