"""The folder of code packages: each unpacked once, by the hash of its bytes, and kept while used.

A package lies beside its folder as `<hash>.zip`. Both come into being under other names and are
renamed when they are whole, so that a half unpacked folder is never anyone's code.
"""

import asyncio
import hashlib
import os
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

from localcloud.fc import archive
from localcloud.fc.checks import missing
from localcloud.refusal import Refusal
from localcloud.removal import remove_or_warn

_UNFINISHED = ".unpacking-"


@dataclass(frozen=True, slots=True)
class CodePackage:
    """An unpacked package: its folder's name, packed size in bytes, CRC-64 in decimal digits."""

    name: str
    size: int
    checksum: str

    def columns(self) -> tuple[str, int, str]:
        """As the store keeps it."""
        return self.name, self.size, self.checksum


NO_CODE = CodePackage("", 0, "")


class CodeFolder:
    """The unpacked packages of one data folder. Its methods may run on any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arriving: Counter[str] = Counter()  # unpacked, but no function refers to them yet
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def arriving(self, code: Mapping[str, Any]) -> AsyncGenerator[CodePackage, None]:
        """Unpack a request's `code` (zipFile, checksum); within `with`, `collect` leaves it alone.

        Raises Refusal InvalidArgument (400): OSS, no zip, unsafe, too large, another checksum; and
        DiskFull (400), with nothing left behind.
        """
        name, data = await asyncio.to_thread(_named_bytes_of, code)
        with self._lock:
            self._arriving[name] += 1
        try:
            yield await asyncio.to_thread(self._arrive, name, data, code.get("checksum", ""))
        finally:
            with self._lock:
                self._arriving[name] -= 1
                if not self._arriving[name]:
                    del self._arriving[name]

    def package_path(self, name: str) -> Path:
        """Where the zip of a package is."""
        return self._folder / f"{name}.zip"

    def collect(self, in_use: Callable[[], Collection[str]]) -> list[str]:
        """Remove what is neither in use nor arriving; returns the names of what went.

        `in_use` is asked again before each removal: a package that has just arrived is in use by
        then. Raises OSError when the folder cannot be read.
        """
        gone: list[str] = []
        for name in sorted(self._names() - set(in_use())):
            with self._lock:
                if name in self._arriving or name in in_use():
                    continue
                self.package_path(name).unlink(missing_ok=True)
                aside = self._folder / f"{_UNFINISHED}gone-{name}"
                if (self._folder / name).exists():
                    # under another name first: nobody ever finds a half removed folder
                    (self._folder / name).rename(aside)
            remove_or_warn(aside)
            gone.append(name)
        return gone

    def _names(self) -> set[str]:
        names = {path.name.removesuffix(".zip") for path in self._folder.iterdir()}
        return {name for name in names if not name.startswith(_UNFINISHED)}

    def clear_unfinished(self) -> None:
        """Remove what a killed localcloud left half unpacked. Only before anything else runs."""
        for path in self._folder.glob(f"{_UNFINISHED}*"):
            remove_or_warn(path)

    def _arrive(self, name: str, data: bytes, expected: str) -> CodePackage:
        checksum = archive.crc64(data)
        if expected and expected != checksum:
            raise Refusal(
                "InvalidArgument",
                f"code.checksum is {expected}, but the package's CRC-64 is {checksum}: it was "
                "changed on its way, or the checksum is of another package",
            )
        if not (self._folder / name).is_dir():
            self._unpack(name, data)
        return CodePackage(name, len(data), checksum)

    def _unpack(self, name: str, data: bytes) -> None:
        aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._folder))
        try:
            package = aside / "package.zip"
            with package.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unpacked = aside / "code"
            unpacked.mkdir()
            archive.unpack(data, unpacked)
            package.replace(self.package_path(name))
            try:
                unpacked.rename(self._folder / name)
            except OSError:
                if not (self._folder / name).is_dir():  # else another request was quicker
                    raise
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):
                raise
            raise Refusal(
                "DiskFull",
                f"the code package ({len(data)} bytes) does not fit on the disk of the data folder "
                f"when unpacked: {error.strerror}; make room there and try again",
            ) from None
        finally:
            remove_or_warn(aside)


def _named_bytes_of(code: Mapping[str, Any]) -> tuple[str, bytes]:
    for field in ("ossBucketName", "ossObjectName"):
        if code.get(field):
            raise Refusal(
                "InvalidArgument",
                f"code.{field} is {code[field]!r}: localcloud has no OSS; send the package itself "
                "as code.zipFile, base64-encoded",
            )
    if not code.get("zipFile"):
        raise missing("code.zipFile")
    data = archive.decode(code["zipFile"])
    return hashlib.sha256(data).hexdigest(), data
