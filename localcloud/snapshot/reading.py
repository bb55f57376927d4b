"""Restore a snapshot into a data folder that holds nothing yet."""

import hashlib
import tarfile
import tempfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from localcloud.fc import archive
from localcloud.fc.resolution import CODE_FOLDER
from localcloud.refusal import Refusal
from localcloud.removal import remove_or_warn
from localcloud.server.folder import DATABASE, LOCK, FolderRefused, hold
from localcloud.snapshot import manifest, on_disk
from localcloud.snapshot.manifest import STATE, CannotRestore, Manifest

_CHUNK = 1 << 20
_MOST_MANIFEST_BYTES = 64 * 1024 * 1024


def restore(source: Path, data: Path) -> Manifest:
    """Make `data` what the exported folder was; what the snapshot said about itself.

    `data` must hold nothing (but its lock and Pulumi's empty folder); it does so still when the
    restoring fails. Every member is checked against its SHA-256, and on the disk before it has its
    name. Raises CannotRestore.
    """
    try:
        held = hold(data)
    except FolderRefused as refused:
        raise CannotRestore(str(refused)) from None
    try:
        there = sorted(path.name for path in data.iterdir() if not _is_nothing(path))
        if there:
            raise CannotRestore(
                f"{data} holds something already ({', '.join(there[:3])}): empty it with "
                "`localcloud reset`, or name another folder with --data"
            )
        with tempfile.TemporaryDirectory(prefix=".import-", dir=data) as scratch:
            about = _unpack(source, Path(scratch))
            on_disk.keep(Path(scratch))
            _move(Path(scratch), data)
        return about
    except OSError as error:
        raise CannotRestore(
            f"{error.filename or source} could not be used: {error.strerror or error}"
        ) from None
    finally:
        held.release()


def _is_nothing(path: Path) -> bool:
    return path.name == LOCK or (
        path.name == STATE.rstrip("/") and path.is_dir() and not any(path.iterdir())
    )


def _move(unpacked: Path, data: Path) -> None:
    """Move all that was unpacked into `data`, or nothing; the database last, which makes it whole.

    Raises OSError.
    """
    names = sorted((path.name for path in unpacked.iterdir()), key=lambda name: name == DATABASE)
    with ExitStack() as undo:
        for name in names:
            was_there = (data / name).exists()
            (unpacked / name).replace(data / name)
            if was_there:
                undo.callback((data / name).mkdir)
            undo.callback((data / name).replace, unpacked / name)
        on_disk.keep_names(data)
        undo.pop_all()


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source, "r:gz") as tar:
            about = _manifest(tar)
            left = dict(about.sha256)
            while (member := tar.next()) is not None:
                expected = left.pop(member.name, None)
                content = tar.extractfile(member) if member.isreg() else None
                if expected is None or content is None:
                    raise CannotRestore(f"it has a member {member.name!r} that it does not list")
                _write(content, folder / member.name, expected)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise CannotRestore(f"{source} is no whole snapshot of localcloud: {error}") from None
    if left:
        raise CannotRestore(f"{source} is cut off: {next(iter(left))} is missing")
    _unpack_code(folder / CODE_FOLDER)
    return about


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.isreg() else None
    if first is None or content is None or first.name != manifest.NAME:
        raise CannotRestore("it does not begin with a manifest: it is no snapshot of localcloud")
    return manifest.read(content.read(_MOST_MANIFEST_BYTES))


def _write(content: IO[bytes], target: Path, expected: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = hashlib.sha256()
    with target.open("xb") as file:
        while piece := content.read(_CHUNK):
            found.update(piece)
            file.write(piece)
    target.chmod(0o600)
    if found.hexdigest() != expected:
        raise CannotRestore(f"{target.name} is damaged: it has another SHA-256 than was written")


def _unpack_code(folder: Path) -> None:
    """Unpack each package beside itself, with the care that a package from outside gets."""
    for package in sorted(folder.glob("*.zip")):
        unpacked = package.with_suffix("")
        unpacked.mkdir()
        try:
            archive.unpack(package.read_bytes(), unpacked)
        except Refusal as refusal:
            remove_or_warn(unpacked)
            raise CannotRestore(f"the code package {package.name}: {refusal.message}") from None
