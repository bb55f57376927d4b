"""Reading a code package: a zip from outside, unpacked only when all of it is harmless."""

import binascii
import lzma
import os
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from localcloud.refusal import Refusal

MOST_PACKED_BYTES = 75 * 1024 * 1024  # 100 MB in Base64, as FC counts it
MOST_UNPACKED_BYTES = 500 * 1024 * 1024
MOST_ENTRIES = 50_000  # ours: keeps a package of nothing but names from filling the disk
MOST_DEPTH = 100  # ours, as the next two: room for any package that somebody has made
MOST_PATH_BYTES = 1000  # with the data folder's own path, systems take 4096, macOS 1024
MOST_NAME_BYTES = 255  # what disks take
_CHUNK = 1 << 16

_CRC64_ONLY = [
    {
        "id": lzma.FILTER_LZMA2,
        "dict_size": 4096,
        "mode": lzma.MODE_FAST,
        "mf": lzma.MF_HC3,
        "nice_len": 8,
        "depth": 1,
    }
]


def crc64(data: bytes) -> str:
    """CRC-64 (ECMA-182, as OSS and FC give it) in decimal digits.

    The standard library computes it only inside the xz format, which keeps it after its one block.
    """
    xz = lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC64, filters=_CRC64_ONLY)
    footer = 12
    index = (int.from_bytes(xz[-8:-4], "little") + 1) * 4
    end = len(xz) - footer - index
    return str(int.from_bytes(xz[end - 8 : end], "little")) if data else "0"


def decode(encoded: str) -> bytes:
    """The bytes of a base64 text; raises Refusal InvalidArgument for any other, or too large."""
    if len(encoded) // 4 * 3 > MOST_PACKED_BYTES + 3:
        raise _bad(f"has {len(encoded) // 4 * 3} bytes: it must have at most {MOST_PACKED_BYTES}")
    try:
        data = binascii.a2b_base64(encoded)
    except (ValueError, binascii.Error) as error:
        raise _bad(f"is not base64: {error}") from None
    if len(data) > MOST_PACKED_BYTES:
        raise _bad(
            f"has {len(data)} bytes: it must have at most {MOST_PACKED_BYTES} (75 MB, which is"
            " 100 MB in Base64)"
        )
    return data


def _bad(reason: str) -> Refusal:
    return Refusal("InvalidArgument", f"the code package {reason}")


@dataclass(frozen=True, slots=True)
class _Entry:
    info: zipfile.ZipInfo
    path: PurePosixPath
    mode: int
    is_link: bool
    is_folder: bool


def unpack(data: bytes, into: Path) -> None:
    """Unpack a zip into the new, empty folder `into`, keeping its files' modes.

    Raises Refusal InvalidArgument (400), with `into` in any state, for what is no zip, holds names
    that lead out of the folder or stand twice, links that do, anything but files, folders and
    links, names longer than a disk takes or deeper than MOST_DEPTH, or more than
    MOST_UNPACKED_BYTES. Raises OSError for what the disk cannot take.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            entries = _checked_entries(package)
            for entry in entries:
                if not entry.is_link:
                    _write(package, entry, into)
            for entry in entries:  # last, so that nothing is ever written through a link
                if entry.is_link:
                    _link(package, entry, into)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
        raise _bad(f"is no sound zip file: {error}") from None
    except OSError as error:
        if error.errno is not None:  # else it is bzip2's word for a broken stream
            raise
        raise _bad(f"is no sound zip file: {error}") from None
    except (NotImplementedError, RuntimeError) as error:  # unknown compression; encrypted
        raise _bad(f"cannot be read: {error}") from None


def _checked_entries(package: zipfile.ZipFile) -> list[_Entry]:
    infos = package.infolist()
    if len(infos) > MOST_ENTRIES:
        raise _bad(f"has {len(infos)} entries: it must have at most {MOST_ENTRIES}")
    size = sum(info.file_size for info in infos)  # zipfile reads no more of an entry than that
    if size > MOST_UNPACKED_BYTES:
        raise _bad(f"unpacks to {size} bytes: it must be at most {MOST_UNPACKED_BYTES} (500 MB)")
    entries: dict[PurePosixPath, _Entry] = {}
    for info in infos:
        entry = _checked(info)
        if entry is None:
            continue
        if entry.path in entries:
            raise _bad(f"holds {info.filename!r} twice: each name must stand once")
        entries[entry.path] = entry
    for entry in entries.values():
        for parent in entry.path.parents:
            above = entries.get(parent)
            if above is not None and not above.is_folder:
                raise _bad(
                    f"holds {entry.info.filename!r} below {above.info.filename!r}, "
                    "which is no folder"
                )
    return list(entries.values())


def _checked(info: zipfile.ZipInfo) -> _Entry | None:
    name = info.filename
    if info.orig_filename != name or "\0" in name or "\\" in name:
        raise _bad(f"holds the name {info.orig_filename!r}: no name may have a NUL or backslash")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        raise _bad(f"holds {name!r}, which leads out of its folder")
    if not path.parts:  # "./" is the folder itself
        return None
    if too_long := _too_long(path):
        raise _bad(f"holds {_shown(name)}, {too_long}")
    if info.flag_bits & 0x1:
        raise _bad(f"holds {name!r} encrypted: it must not be")
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise _bad(f"holds {name!r}, a device or pipe: it must hold files, folders and links only")
    is_folder = info.is_dir() or kind == stat.S_IFDIR
    mode = (info.external_attr >> 16) & 0o777 if info.create_system == 3 else 0
    default = 0o755 if is_folder else 0o644
    # whoever runs localcloud must be able to read it, and to remove it again
    mode = (mode or default) | (0o700 if is_folder else 0o600)
    return _Entry(info, path, mode, kind == stat.S_IFLNK and not is_folder, is_folder)


def _write(package: zipfile.ZipFile, entry: _Entry, into: Path) -> None:
    target = into / entry.path
    if entry.is_folder:
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(entry.mode)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with package.open(entry.info) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file, _CHUNK)
    except FileExistsError:  # only where the disk takes names that differ in case for the same
        raise _bad(
            f"holds {entry.info.filename!r} and another name that this disk takes for the same"
        ) from None
    target.chmod(entry.mode)


def _link(package: zipfile.ZipFile, entry: _Entry, into: Path) -> None:
    name = entry.info.filename
    with package.open(entry.info) as source:
        target = source.read(MOST_PATH_BYTES + 1).decode("utf-8", "surrogateescape")
    if "\0" in target:
        raise _bad(f"holds the link {name!r} to {_shown(target)}: no target may have a NUL")
    if too_long := _too_long(PurePosixPath(target)):
        raise _bad(f"holds the link {name!r} to {_shown(target)}, {too_long}")
    link = into / entry.path
    link.parent.mkdir(parents=True, exist_ok=True)
    root = into.resolve()
    # resolved through the links made before this one, so that two links cannot climb together
    leads_to = (link.parent.resolve() / target).resolve()
    if not target or not leads_to.is_relative_to(root):
        raise _bad(f"holds the link {name!r} to {target!r}, out of its folder")
    link.symlink_to(target)


def _too_long(path: PurePosixPath) -> str:
    """What about a path a disk, or who removes it, does not take; "" for nothing."""
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    if longest > MOST_NAME_BYTES:
        return f"a name of {longest} bytes: it must have at most {MOST_NAME_BYTES}"
    if len(path.parts) > MOST_DEPTH:
        return f"which is {len(path.parts)} names deep: it must be at most {MOST_DEPTH}"
    if (size := len(os.fsencode(str(path)))) > MOST_PATH_BYTES:
        return f"a path of {size} bytes: it must have at most {MOST_PATH_BYTES}"
    return ""


def _shown(name: str) -> str:
    """A name that may be long, for a sentence."""
    return repr(name) if len(name) <= 100 else f"{name[:100]!r}..."
