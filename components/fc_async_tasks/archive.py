"""The code archive: the same files give the same bytes on every machine.

So a preview shows a change of code when the code has changed, and at no other time. Times are
fixed, names are sorted and in one Unicode form, and all modes are alike. Files are stored as they
are, since compressed bytes differ between implementations of zlib; only what would then be over
Function Compute's limit is compressed.
"""

import io
import unicodedata
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi

from .limits import CODE_ARCHIVE_MB, CODE_MB

LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".idea", ".vscode", ".DS_Store", "Thumbs.db"}
    | {".venv", "venv", "__pycache__"}
    | {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
)
"""Names of files and folders that are no part of a function's code."""

_LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".swp")

# File systems disagree about modes (and Windows has none): one mode for all, under which the
# bootstrap script of a custom runtime can run.
_MODE = 0o100755
_MB = 1024 * 1024
_TIME = (1980, 1, 1, 0, 0, 0)


def code_archive(folder: Path, dependencies: "Mapping[str, bytes] | None" = None) -> bytes:
    """Give the zip archive of a folder's files, and of its dependencies by their names.

    Symbolic links within the folder are followed. Raises pulumi.RunError with one sentence if the
    folder is missing or empty, holds a link that leaves it or a file that cannot be read, has a
    file that a dependency has too, or if the files or the archive in Base64 are over FC's limits
    (CODE_MB, CODE_ARCHIVE_MB) for code sent with the function.
    """
    files = code_files(folder)
    if not files:
        raise pulumi.RunError(f"codePath is {str(folder)!r}: this folder holds no code.")
    added = dict(dependencies or {})
    if both := sorted(files.keys() & added.keys()):
        raise pulumi.RunError(
            f"codePath is {str(folder)!r} and has {both[0]}, which its requirements install too: "
            "remove one of the two."
        )
    try:
        size = sum(path.stat().st_size for path in files.values())
        size += sum(map(len, added.values()))
        if size > CODE_MB * _MB:
            raise pulumi.RunError(_too_large(folder, size, f"its files may have {CODE_MB} MB"))
        data = {name: path.read_bytes() for name, path in files.items()}
    except OSError as error:
        raise pulumi.RunError(
            f"codePath is {str(folder)!r}: {error.filename} cannot be read ({error.strerror})."
        ) from error
    archive = write_archive({**data, **added})
    if not _fits(archive):
        archive = write_archive({**data, **added}, zipfile.ZIP_DEFLATED)
    if not _fits(archive):
        packed = f"it is {len(archive) / _MB:.1f} MB packed, where {CODE_ARCHIVE_MB} MB in Base64"
        most = f"{packed}, which is {CODE_ARCHIVE_MB * 3 // 4} MB, is the most"
        raise pulumi.RunError(_too_large(folder, size, most))
    return archive


def write_archive(data: "Mapping[str, bytes]", compression: int = zipfile.ZIP_STORED) -> bytes:
    """Give the zip archive of files by their names: the same bytes for the same files.

    compression is zipfile's; anything but ZIP_STORED depends on the implementation of zlib.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zip_file:
        for name in sorted(data, key=str.encode):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.compress_type = compression
            entry.create_system = 3  # Unix: what the mode is written for
            entry.external_attr = _MODE << 16
            zip_file.writestr(entry, data[name])
    return archive.getvalue()


def code_archive_base64(folder: Path, dependencies: "Mapping[str, bytes] | None" = None) -> str:
    """Give the archive as Function Compute takes it in `code.zipFile`: Base64 in one line."""
    return b64encode(code_archive(folder, dependencies)).decode("ascii")


def code_files(folder: Path) -> "dict[str, Path]":
    """Give the files of a code folder by their names in the archive.

    Raises pulumi.RunError with one sentence if the folder is missing, or holds a link that leaves
    it or something that is no file.
    """
    if not folder.exists():
        raise pulumi.RunError(
            f"codePath is {str(folder)!r}: there is no such folder; it must be the folder of the "
            "function's code, relative to the project's own."
        )
    if not folder.is_dir():
        raise pulumi.RunError(f"codePath is {str(folder)!r}: it must be a folder.")
    root = folder.resolve()
    return dict(_walk(folder, root, "", (root,)))


def _walk(
    folder: Path, root: Path, prefix: str, above: "tuple[Path, ...]"
) -> "Iterator[tuple[str, Path]]":
    for path in folder.iterdir():
        if path.name in LEFT_OUT or path.name.endswith(_LEFT_OUT_SUFFIXES):
            continue
        name = prefix + _archive_name(path)
        target = path.resolve()
        if path.is_symlink() and not target.is_relative_to(root):
            raise pulumi.RunError(
                f"codePath has the link {name} to {target}, outside the code folder: "
                "put the file itself there, as Function Compute has only this folder."
            )
        if target in above:
            raise pulumi.RunError(f"codePath has the link {name}, which leads back to {target}.")
        if path.is_dir():
            yield from _walk(path, root, f"{name}/", (*above, target))
        elif path.is_file():
            yield name, path
        elif path.is_symlink():
            raise pulumi.RunError(f"codePath has the link {name} to {target}, which is missing.")
        else:
            raise pulumi.RunError(f"codePath has {name}, which is neither a file nor a folder.")


def _archive_name(path: Path) -> str:
    # macOS may give names in decomposed form, other systems as they were written.
    name = unicodedata.normalize("NFC", path.name)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise pulumi.RunError(
            f"codePath has the file {path.name!r}, whose name is not UTF-8: rename it."
        ) from error
    return name


def _fits(archive: bytes) -> bool:
    return -(-len(archive) // 3) * 4 <= CODE_ARCHIVE_MB * _MB


def _too_large(folder: Path, size: int, most: str) -> str:
    return (
        f"codePath is {str(folder)!r} and holds {size / _MB:.1f} MB: {most}, for code that is sent "
        "with the function. Put larger code into OSS: codeFromOss."
    )
