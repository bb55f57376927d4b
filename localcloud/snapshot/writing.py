"""Write a snapshot: of a folder at rest, or of one that a localcloud is serving right now."""

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from localcloud.fc.resolution import CODE_FOLDER
from localcloud.server.folder import DATABASE, is_data_folder
from localcloud.snapshot import manifest
from localcloud.store import functions
from localcloud.store.database import Transaction, connect

_TRIES = 5  # code that a running localcloud removes meanwhile is rare, and rarer twice


class CannotExport(Exception):
    """Why no snapshot was written: a sentence that says what to do."""


def export(data: Path, target: Path, *, now: int, version: str) -> int:
    """Write the snapshot of the data folder to `target`, which must not exist; its size in bytes.

    The database is copied as one transaction sees it. The file appears under its name when it is
    whole, readable for its owner alone: functions' environment variables are in it. `now` is ms
    since 1970, `version` localcloud's. Raises CannotExport.
    """
    if not is_data_folder(data) or not (data / DATABASE).is_file():
        raise CannotExport(f"{data} is no data folder of localcloud: name one with --data")
    if target.exists():
        raise CannotExport(f"{target} exists: name another file, or remove it first")
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as scratch:
            members = _collect(data, Path(scratch))
            unfinished = Path(scratch) / "snapshot"
            _pack(unfinished, members, now, version)
            unfinished.chmod(0o600)
            unfinished.replace(target)
    except OSError as error:
        raise CannotExport(
            f"{error.filename or target} could not be used: {error.strerror}"
        ) from None
    except sqlite3.Error as error:
        raise CannotExport(f"the database in {data} could not be copied: {error}") from None
    return target.stat().st_size


def _collect(data: Path, scratch: Path) -> dict[str, Path]:
    """The files of the snapshot by their names in it: database, code packages, Pulumi's state."""
    for _ in range(_TRIES):
        database = scratch / DATABASE
        database.unlink(missing_ok=True)
        packages = {
            f"{manifest.PACKAGES}{name}.zip": data / CODE_FOLDER / f"{name}.zip"
            for name in _copy_database(data / DATABASE, database)
        }
        if all(path.is_file() for path in packages.values()):
            return {DATABASE: database, **packages, **dict(_state(data))}
    raise CannotExport(
        f"code packages in {data} vanish while they are copied: stop localcloud, and try again"
    )


def _copy_database(source: Path, target: Path) -> list[str]:
    """Copy the database; the names of the code packages that the copy refers to."""
    with closing(connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)
        # one file, without a log beside it
        to.execute("PRAGMA journal_mode=DELETE")
        to.row_factory = sqlite3.Row
        return sorted(functions.code_in_use(Transaction(to)) - {""})


def _state(data: Path) -> Iterator[tuple[str, Path]]:
    """Pulumi's state, where it is kept in the data folder; locks of updates under way are not."""
    folder = data / "pulumi"
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and "locks" not in inside.parts[:2]:
            yield f"{manifest.STATE}{inside.as_posix()}", path


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
