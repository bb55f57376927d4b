"""Write a snapshot: of a folder at rest, or of one that a localcloud is serving right now."""

import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from localcloud.fc.resolution import CODE_FOLDER
from localcloud.removal import remove_or_warn
from localcloud.server.folder import DATABASE, is_data_folder
from localcloud.snapshot import manifest, on_disk
from localcloud.store import in_use
from localcloud.store.database import Transaction, connect

_SCRATCH = ".export-"
_TRIES = 5  # what changes while it is copied is rare, and rarer twice


class CannotExport(Exception):
    """Why no snapshot was written: a sentence that says what to do."""


def export(data: Path, target: Path, *, now: int, version: str) -> int:
    """Write the snapshot of the data folder to `target`, which must not exist; its size in bytes.

    The database is copied as one transaction sees it, Pulumi's state as it is between two updates:
    while one is under way, nothing is exported. The file appears under its name when it is whole,
    readable for its owner alone: functions' environment variables are in it. `now` is ms since
    1970, `version` localcloud's. Raises CannotExport.
    """
    if not is_data_folder(data) or not (data / DATABASE).is_file():
        raise CannotExport(f"{data} is no data folder of localcloud: name one with --data")
    if target.exists():
        raise CannotExport(f"{target} exists: name another file, or remove it first")
    if not target.parent.is_dir():
        raise CannotExport(f"there is no folder {target.parent}: make it, or name another file")
    try:
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=target.parent) as scratch:
            members = _collect(data, Path(scratch))
            unfinished = Path(scratch) / "snapshot"
            _pack(unfinished, members, now, version)
            unfinished.chmod(0o600)
            unfinished.replace(target)
            on_disk.keep_names(target.parent)
    except OSError as error:
        at = Path(error.filename or target)
        if at.name.startswith(_SCRATCH):
            at = target.parent  # the person has named that one, and it is what cannot be written
        raise CannotExport(f"{at} could not be used: {error.strerror}") from None
    except sqlite3.Error as error:
        raise CannotExport(f"the database in {data} could not be copied: {error}") from None
    return target.stat().st_size


def _collect(data: Path, scratch: Path) -> dict[str, Path]:
    """The files of the snapshot by their names in it: database, code packages, Pulumi's state."""
    always_absent: set[Path] | None = None
    for _ in range(_TRIES):
        before = _state(data)
        database = scratch / DATABASE
        database.unlink(missing_ok=True)
        packages = {
            f"{manifest.PACKAGES}{name}.zip": data / CODE_FOLDER / f"{name}.zip"
            for name in _copy_database(data / DATABASE, database)
        }
        state = _copy_state(data, scratch, before)
        # the state belongs to what the database holds: it must not have changed since before it
        absent = {path for path in packages.values() if not path.is_file()}
        if not absent and _state(data) == before:
            return {DATABASE: database, **packages, **state}
        always_absent = absent if always_absent is None else always_absent & absent
    if always_absent:
        raise CannotExport(
            f"the code package {min(always_absent)} is missing, though a function, a version or a "
            "layer has it for its code: deploy that again, or delete it, and export then"
        )
    raise CannotExport(
        f"code packages or Pulumi's state in {data} change while they are copied: stop localcloud "
        "and Pulumi, and try again"
    )


def _copy_database(source: Path, target: Path) -> list[str]:
    """Copy the database; the names of the code packages that the copy refers to."""
    with closing(connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)
        # one file, without a log beside it
        to.execute("PRAGMA journal_mode=DELETE")
        to.row_factory = sqlite3.Row
        return sorted(in_use.code_folders(Transaction(to)))


def _state(data: Path) -> dict[str, tuple[int, int]]:
    """Pulumi's state, where it is kept in the data folder: size and mtime in ns by name in it.

    Raises CannotExport while a lock says that a stack is being changed.
    """
    folder = data / "pulumi"
    found: dict[str, tuple[int, int]] = {}
    for path in _files(folder):
        inside = path.relative_to(folder)
        if inside.parts[:2] == (".pulumi", "locks"):
            stack = path.parent.name
            raise CannotExport(
                f"Pulumi is changing the stack {stack} right now ({path}): export when that has "
                "ended; if it was killed, bring the stack back first: `localcloud exec -- python "
                f"-m fc_async_tasks.recovery --stack {stack}`"
            )
        with contextlib.suppress(FileNotFoundError):  # the second look tells
            about = path.lstat()
            if stat.S_ISREG(about.st_mode):
                found[inside.as_posix()] = about.st_size, about.st_mtime_ns
    return found


def _files(folder: Path) -> Iterator[Path]:
    """All that is in a folder and in those in it, and is none; links are not followed."""

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # what has gone is not there
            raise error

    for at, folders, names in os.walk(folder, onerror=failed):
        folders.sort()
        yield from (Path(at) / name for name in sorted(names))


def _copy_state(data: Path, scratch: Path, names: Iterable[str]) -> dict[str, Path]:
    """Copy the files of Pulumi's state; the copies by their names in the snapshot."""
    remove_or_warn(scratch / "pulumi")
    copies: dict[str, Path] = {}
    for name in names:
        copy = scratch / "pulumi" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # the second look tells
            shutil.copyfile(data / "pulumi" / name, copy)
            copies[f"{manifest.STATE}{name}"] = copy
    return copies


def _pack(target: Path, members: dict[str, Path], now: int, version: str) -> None:
    sums = {name: _sha256(path) for name, path in members.items()}
    about = manifest.Manifest(now, version, sums).encoded()
    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        first = tarfile.TarInfo(manifest.NAME)
        first.size = len(about)
        tar.addfile(first, io.BytesIO(about))
        for name, path in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(entry, file)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
