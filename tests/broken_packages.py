"""Code packages that are no sound zip files, for tests of each room."""

import zipfile
from io import BytesIO


def broken_bzip2() -> bytes:
    """A package with a byte of its one compressed file turned."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("index.py", "x" * 1000)
    broken = bytearray(buffer.getvalue())
    broken[broken.index(b"BZh") + 20] ^= 0xFF
    return bytes(broken)
