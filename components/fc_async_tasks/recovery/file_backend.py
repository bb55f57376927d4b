"""A backend in the file system, where Pulumi itself can't look at a stack any more.

Beside a checkpoint, and beside a lock, stands a file of attributes, which Pulumi writes in place.
Killed in the middle it leaves an empty one, and from then on every command ends in "failed to load
checkpoint: EOF", before it looks at the lock. Attributes hold only content types, and may be
missing.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fc_async_tasks.recovery.pulumi_stack import LockOwner


def folder_of_backend(address: str) -> "Path | None":
    """Give the folder of a `file:` backend; None for any other kind.

    `address` is the backend's, as `pulumi whoami --json` gives it.
    """
    parts = urlsplit(address)
    if parts.scheme != "file":
        return None
    return Path(os.path.expanduser(unquote(parts.netloc + parts.path)))  # noqa: PTH111 - `~` alone


def lock_owners(backend: Path, project: str, stack: str) -> list[LockOwner]:
    """Give who holds the locks of a stack, by the files that Pulumi keeps for them."""
    locks = (backend / ".pulumi" / "locks").glob(f"*/{project}/{stack}/*.json")
    return [_owner(file.read_text()) for file in sorted(locks)]


def _owner(text: str) -> LockOwner:
    try:
        told = json.loads(text)
        return LockOwner(told["username"], told["hostname"], int(told["pid"]), told["timestamp"])
    except (ValueError, KeyError, TypeError):
        # Cut off, or of another version: whoever it is may still run.
        return LockOwner("someone", "a machine that the lock does not name", 0, "an unknown time")


def remove_broken_attributes(backend: Path, project: str, stack: str) -> list[Path]:
    """Remove what can't be read of a stack's attributes; the files that went."""
    removed: list[Path] = []
    for path in _attributes(backend, project, stack):
        try:
            json.loads(path.read_text())
        except ValueError:
            path.unlink()
            removed.append(path)
    return removed


def _attributes(backend: Path, project: str, stack: str) -> Iterator[Path]:
    folder = backend / ".pulumi" / "stacks" / project
    for name in (f"{stack}.json", f"{stack}.json.gz"):
        for end in (".attrs", ".bak.attrs"):
            if (folder / (name + end)).is_file():
                yield folder / (name + end)
    yield from (backend / ".pulumi" / "locks").glob(f"*/{project}/{stack}/*.attrs")
