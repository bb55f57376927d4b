"""Compressed bodies: what PutLogs takes, and what PullLogs gives.

https://www.alibabacloud.com/help/en/sls/developer-reference/common-request-headers. The lz4 library
is loaded at the first use.
"""

import zlib

from localcloud.refusal import Refusal

LARGEST_RAW = 10 * 1024 * 1024  # bytes, of a LogGroup
LARGEST_COMPRESSED = 5 * 1024 * 1024  # bytes
COMPRESSIONS = ("lz4", "deflate")


def uncompressed(body: bytes, compression: str, raw_size: str | None) -> bytes:
    """The body of PutLogs as it was before compression.

    `compression` is the header x-log-compresstype (lz4, deflate, or "" for none), `raw_size` the
    header x-log-bodyrawsize: what it says must be true. No more than 10 MB is ever made of a body.
    Raises Refusal PostBodyTooLarge, PostBodyUncompressError, InvalidCompressType,
    MissingBodyRawSize, InvalidBodyRawSize.
    """
    if not compression:
        _check_size("the body", len(body), LARGEST_RAW)
        return body
    if compression not in COMPRESSIONS:
        raise Refusal(
            "InvalidCompressType",
            f"x-log-compresstype is {compression!r}: localcloud knows {', '.join(COMPRESSIONS)},"
            " and bodies that are not compressed",
        )
    if raw_size is None:
        raise Refusal(
            "MissingBodyRawSize",
            "x-log-bodyrawsize is missing: a compressed body needs its size before compression",
        )
    if not (raw_size.isascii() and raw_size.isdecimal()):
        raise Refusal("InvalidBodyRawSize", f"x-log-bodyrawsize is {raw_size!r}, and no number")
    size = int(raw_size[:20])
    _check_size("the compressed body", len(body), LARGEST_COMPRESSED)
    _check_size("the body before compression", size, LARGEST_RAW)
    raw = _from_lz4(body, size) if compression == "lz4" else _from_deflate(body, size)
    if raw is None or len(raw) != size:
        raise Refusal(
            "PostBodyUncompressError",
            f"the body cannot be uncompressed: it is not {compression} of the {size} bytes that"
            " x-log-bodyrawsize says",
        )
    return raw


def compressed(raw: bytes, accepted: str) -> tuple[bytes, str]:
    """`raw` in the first way of Accept-Encoding that we know, and that way's name, "" for none."""
    ways = [way.split(";")[0].strip() for way in accepted.split(",")]
    if "lz4" in ways:
        import lz4.block

        return lz4.block.compress(raw, store_size=False), "lz4"
    if "deflate" in ways:
        return zlib.compress(raw), "deflate"
    return raw, ""


def _from_lz4(body: bytes, size: int) -> bytes | None:
    import lz4.block

    try:
        return lz4.block.decompress(body, uncompressed_size=size)
    except (lz4.block.LZ4BlockError, ValueError):
        return None


def _from_deflate(body: bytes, size: int) -> bytes | None:
    reader = zlib.decompressobj()
    try:
        raw = reader.decompress(body, size + 1)
    except zlib.error:
        return None
    return raw if reader.eof and not reader.unused_data else None


def _check_size(what: str, size: int, largest: int) -> None:
    if size > largest:
        raise Refusal("PostBodyTooLarge", f"{what} has {size} bytes, and may have {largest}")
