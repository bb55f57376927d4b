"""The files of attributes beside the checkpoints of a backend in the file system.

Pulumi writes them in place. Killed in the middle, it leaves an empty one, and from then on every
command ends in "failed to load checkpoint: EOF". They hold only content types, and may be missing.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit


def remove_broken_attributes(backend: str | None) -> list[Path]:
    """Remove what can't be read of the attributes of a `file:` backend; the files that went.

    `backend` is the backend's address, as PULUMI_BACKEND_URL has it; any other kind is left alone.
    """
    removed: list[Path] = []
    for path in _attributes(backend or ""):
        try:
            json.loads(path.read_text())
        except ValueError:
            path.unlink()
            removed.append(path)
    return removed


def _attributes(backend: str) -> Iterator[Path]:
    address = urlsplit(backend)
    if address.scheme == "file":
        folder = Path(os.path.expanduser(unquote(address.netloc + address.path)))  # noqa: PTH111 - `~` alone
        yield from (folder / ".pulumi" / "stacks").rglob("*.attrs")
