"""The body of PutLogs: a LogGroup in protobuf, compressed or not.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-putlogs
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.refusal import Refusal
from localcloud.sls.logs import Log

LARGEST = 10 * 1024 * 1024
"""Bytes that a group of logs may have when it is not compressed."""
_MOST_LOGS = 40_960


@dataclass(frozen=True, slots=True)
class LogGroup:
    """What one PutLogs writes."""

    logs: list[Log]
    topic: str
    source: str


def read_log_group(headers: Mapping[str, str], body: bytes) -> LogGroup:
    """The group of logs in a body; `headers` say how it is compressed and how long it really is.

    Raises Refusal PostBodyInvalid, PostBodyTooLarge, PostBodyUncompressError, InvalidParameter.
    """
    raw = _uncompressed(headers, body)
    return _parsed(raw)


def _uncompressed(headers: Mapping[str, str], body: bytes) -> bytes:
    told = headers.get("x-log-bodyrawsize", "")
    if told and not (told.isascii() and told.isdigit() and len(told) < 12):
        raise Refusal("InvalidParameter", f"x-log-bodyrawsize is {told!r}, and should be a number")
    kind = headers.get("x-log-compresstype", "")
    size = int(told) if told else len(body)
    if size > LARGEST:
        raise Refusal(
            "PostBodyTooLarge", f"the body has {size} bytes, and may have {LARGEST} of logs"
        )
    if not kind:
        return body
    if not told:
        raise Refusal("InvalidParameter", "a compressed body needs the header x-log-bodyrawsize")
    if kind == "lz4":
        raw = _lz4(body, size)
    elif kind == "deflate":
        raw = _deflate(body, size)
    else:
        raise Refusal(
            "InvalidParameter",
            f"x-log-compresstype is {kind!r}; localcloud reads lz4, deflate, and plain bodies",
        )
    if len(raw) != size:
        raise _bad_compression(f"it holds {len(raw)} bytes, and x-log-bodyrawsize says {size}")
    return raw


def _lz4(body: bytes, size: int) -> bytes:
    import lz4.block

    try:
        return lz4.block.decompress(body, uncompressed_size=size)
    except (lz4.block.LZ4BlockError, ValueError, MemoryError) as error:
        raise _bad_compression(f"it is no lz4 block of {size} bytes: {error}") from None


def _deflate(body: bytes, size: int) -> bytes:
    import zlib

    reader = zlib.decompressobj()
    try:
        # one byte more than told shows that there is more, without unpacking a bomb
        return reader.decompress(body, size + 1)
    except zlib.error as error:
        raise _bad_compression(f"it is no deflate stream: {error}") from None


def _bad_compression(why: str) -> Refusal:
    return Refusal("PostBodyUncompressError", f"the body cannot be uncompressed: {why}")


def _parsed(raw: bytes) -> LogGroup:
    from google.protobuf.message import DecodeError

    group: Any = _message_class()()
    try:
        group.ParseFromString(raw)
    except DecodeError as error:
        raise Refusal("PostBodyInvalid", f"the body is no LogGroup in protobuf: {error}") from None
    if len(group.Logs) > _MOST_LOGS:
        raise Refusal(
            "PostBodyTooLarge", f"the body has {len(group.Logs)} logs, and may have {_MOST_LOGS}"
        )
    tags = [(f"__tag__:{_text(tag.Key)}", _text(tag.Value)) for tag in group.LogTags]
    logs = [
        Log(log.Time, [*((_text(one.Key), _text(one.Value)) for one in log.Contents), *tags])
        for log in group.Logs
    ]
    return LogGroup(logs, _text(group.Topic), _text(group.Source))


def _text(data: bytes) -> str:
    # Log Service takes any bytes; what is not UTF-8 is shown with replacement characters
    return data.decode("utf-8", "replace")


_group_class: Any = None


def _message_class() -> Any:
    """The LogGroup message, built from its published fields when first used.

    Texts are read as bytes: writers send what is not UTF-8, and a log must not be lost for it.
    """
    global _group_class
    if _group_class is not None:
        return _group_class
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="localcloud/log_group.proto", package="localcloud", syntax="proto2"
    )

    def message(name: str, *fields: tuple[str, int, int, bool, str]) -> None:
        found = file.message_type.add(name=name)
        for field, number, kind, repeated, of in fields:
            found.field.add(
                name=field,
                number=number,
                type=kind,  # pyright: ignore[reportArgumentType] - an int of the enum
                label=field_type.LABEL_REPEATED if repeated else field_type.LABEL_OPTIONAL,
                type_name=of or None,
            )

    data, whole, fixed, part = (
        field_type.TYPE_BYTES,
        field_type.TYPE_UINT32,
        field_type.TYPE_FIXED32,
        field_type.TYPE_MESSAGE,
    )
    message("Pair", ("Key", 1, data, False, ""), ("Value", 2, data, False, ""))
    message(
        "Log",
        ("Time", 1, whole, False, ""),
        ("Contents", 2, part, True, ".localcloud.Pair"),
        ("TimeNs", 4, fixed, False, ""),
    )
    message(
        "LogGroup",
        ("Logs", 1, part, True, ".localcloud.Log"),
        ("Category", 2, data, False, ""),
        ("Topic", 3, data, False, ""),
        ("Source", 4, data, False, ""),
        ("MachineUUID", 5, data, False, ""),
        ("LogTags", 6, part, True, ".localcloud.Pair"),
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    _group_class = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("localcloud.LogGroup")
    )
    return _group_class
