"""The protobuf form of logs: what PutLogs takes and PullLogs gives.

https://www.alibabacloud.com/help/en/sls/developer-reference/data-encoding-method describes the
messages. Text is declared as bytes here: writers send what is not UTF-8, and a log must not be lost
for it. The protobuf library is loaded at the first use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from localcloud.refusal import Refusal
from localcloud.sls.logs import NANOSECONDS, Log, lines_of, nanoseconds_of
from localcloud.store.logs import GroupRow

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto

_MOST_LOGS = 40_960
_LONGEST_KEY = 128  # bytes
_LONGEST_VALUE = 1024 * 1024  # bytes
_TAG = "__tag__:"

# message: fields as (name, number, label, type); a type with a capital is a message
_MESSAGES: dict[str, tuple[tuple[str, int, str, str], ...]] = {
    "Content": (("Key", 1, "required", "bytes"), ("Value", 2, "required", "bytes")),
    "Log": (
        ("Time", 1, "required", "uint32"),
        ("Contents", 2, "repeated", "Content"),
        ("TimeNs", 4, "optional", "fixed32"),
    ),
    "LogTag": (("Key", 1, "required", "bytes"), ("Value", 2, "required", "bytes")),
    "LogGroup": (
        ("Logs", 1, "repeated", "Log"),
        ("Topic", 3, "optional", "bytes"),
        ("Source", 4, "optional", "bytes"),
        ("LogTags", 6, "repeated", "LogTag"),
    ),
    "LogGroupList": (("LogGroups", 1, "repeated", "LogGroup"),),
}


@dataclass(frozen=True, slots=True)
class LogGroup:
    """What one PutLogs writes."""

    logs: list[Log]
    topic: str
    source: str


def decode(body: bytes) -> LogGroup:
    """The logs of a LogGroup; its tags become fields `__tag__:name` of every log.

    Raises Refusal PostBodyInvalid, PostBodyTooLarge, InvalidKey.
    """
    from google.protobuf.message import DecodeError

    group = _class_of("LogGroup")()
    try:
        group.ParseFromString(body)
    except DecodeError:
        raise Refusal("PostBodyInvalid", "the body is no LogGroup in protobuf") from None
    if not group.IsInitialized():
        missing = group.FindInitializationErrors()[0]
        raise Refusal("PostBodyInvalid", f"the LogGroup in the body has no {missing}")
    if len(group.Logs) > _MOST_LOGS:
        raise Refusal(
            "PostBodyTooLarge", f"the body has {len(group.Logs)} logs, and may have {_MOST_LOGS}"
        )
    tags = [(_TAG + _text(tag.Key), _text(tag.Value)) for tag in group.LogTags]
    logs: list[Log] = []
    for log in group.Logs:
        contents = [(_key(content.Key), _value(content.Value)) for content in log.Contents]
        if log.HasField("TimeNs"):
            contents.append((NANOSECONDS, str(log.TimeNs)))
        logs.append(Log(log.Time, contents + tags))
    return LogGroup(logs, _text(group.Topic), _text(group.Source))


def encode(groups: Iterable[GroupRow]) -> bytes:
    """A LogGroupList of stored logs; fields `__tag__:name` become tags where all logs have them."""
    found = _class_of("LogGroupList")()
    for row in groups:
        group = found.LogGroups.add(Topic=row.topic.encode(), Source=row.source.encode())
        lines = [list(zip(line[::2], line[1::2], strict=True)) for line in lines_of(row)]
        shared = {pair for pair in lines[0] if pair[0].startswith(_TAG)}.intersection(*lines)
        for key, value in sorted(shared):
            group.LogTags.add(Key=key[len(_TAG) :].encode(), Value=value.encode())
        for line in lines:
            log = group.Logs.add(Time=row.time_s)
            for pair in line:
                part = nanoseconds_of(pair[1]) if pair[0] == NANOSECONDS else None
                if part is not None:
                    log.TimeNs = part
                elif pair not in shared:
                    log.Contents.add(Key=pair[0].encode(), Value=pair[1].encode())
    return found.SerializeToString()


def _text(data: bytes) -> str:
    # Log Service takes any bytes; what is not UTF-8 is shown with replacement characters
    return data.decode("utf-8", "replace")


def _key(data: bytes) -> str:
    if not 1 <= len(data) <= _LONGEST_KEY:
        raise Refusal(
            "InvalidKey", f"a key has {len(data)} bytes, and may have 1 to {_LONGEST_KEY}"
        )
    return _text(data)


def _value(data: bytes) -> str:
    if len(data) > _LONGEST_VALUE:
        raise Refusal(
            "PostBodyInvalid", f"a value has {len(data)} bytes, and may have {_LONGEST_VALUE}"
        )
    return _text(data)


@lru_cache
def _class_of(message: str) -> Any:
    return _classes()[message]


@lru_cache
def _classes() -> dict[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="log_service.proto", syntax="proto2")
    for message, fields in _MESSAGES.items():
        described: DescriptorProto = file.message_type.add(name=message)
        for name, number, label, kind in fields:
            field = described.field.add(name=name, number=number)
            field.label = getattr(field, f"LABEL_{label.upper()}")
            if kind[0].isupper():
                field.type = field.TYPE_MESSAGE
                field.type_name = kind
            else:
                field.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()  # our own: an SDK in the process has one like it
    pool.Add(file)
    return {
        message: message_factory.GetMessageClass(pool.FindMessageTypeByName(message))
        for message in _MESSAGES
    }
