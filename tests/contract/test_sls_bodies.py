"""What PutLogs makes of bodies that are too large, lying or broken, sent as no client would."""

import struct
import zlib
from collections.abc import Generator
from typing import Any

import lz4.block
import pytest
from aliyun.log import IndexConfig, IndexLineConfig

from tests.refused import log_refused

PROJECT = "bodies"
STORE = "any"
NOON = 1_700_000_000
MB = 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def _store(log: Any) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    log.create_logstore(PROJECT, STORE)
    log.create_index(PROJECT, STORE, IndexConfig(line_config=IndexLineConfig(token_list=[" "])))
    yield
    log.delete_project(PROJECT)


def varint(number: int) -> bytes:
    parts: list[int] = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def log_of(*pairs: tuple[bytes, bytes], time: bytes = b"\x08" + varint(NOON)) -> bytes:
    contents = b"".join(field(2, field(1, key) + field(2, value)) for key, value in pairs)
    return field(1, time + contents)


GROUP = log_of((b"id", b"a word"))


def put(
    log: Any, body: bytes, *, path: str = "/shards/lb", query: str = "", **headers: str
) -> None:
    client: Any = log
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {"Content-Type": "application/x-protobuf", **named}
    params = dict([query.split("=")]) if query else {}
    client._send("POST", PROJECT, body, f"/logstores/{STORE}{path}", params, named)


def refusal(log: Any, body: bytes, **more: Any) -> str:
    code, status = log_refused(lambda: put(log, body, **more))
    assert status == 400
    return code


def sent(kind: str, size: int) -> dict[str, str]:
    return {"x_log_compresstype": kind, "x_log_bodyrawsize": str(size)}


def pack(kind: str, raw: bytes) -> bytes:
    return lz4.block.compress(raw, store_size=False) if kind == "lz4" else zlib.compress(raw)


def count(log: Any) -> int:
    return log.get_log(PROJECT, STORE, NOON, NOON + 1, query="*").get_count()


@pytest.mark.parametrize("path", ["", "/shards/lb"])
@pytest.mark.parametrize("kind", ["lz4", "deflate"])
def test_both_compressions_and_both_paths_write(log: Any, path: str, kind: str) -> None:
    before = count(log)
    put(log, pack(kind, GROUP), path=path, **sent(kind, len(GROUP)))
    assert count(log) == before + 1


@pytest.mark.parametrize("kind", ["lz4", "deflate"])
@pytest.mark.parametrize("lie", [-1, 1, 1000])
def test_a_size_that_is_not_true_is_refused(log: Any, kind: str, lie: int) -> None:
    before = count(log)
    headers = sent(kind, len(GROUP) + lie)
    assert refusal(log, pack(kind, GROUP), **headers) == "PostBodyUncompressError"
    assert count(log) == before


@pytest.mark.parametrize("kind", ["lz4", "deflate"])
@pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"\0"])
def test_what_is_not_compressed_so_is_refused(log: Any, kind: str, body: bytes) -> None:
    assert refusal(log, body, **sent(kind, 100)) == "PostBodyUncompressError"


def test_deflate_with_something_after_it_is_refused(log: Any) -> None:
    body = pack("deflate", GROUP) + b"more"
    headers = sent("deflate", len(GROUP))
    assert refusal(log, body, **headers) == "PostBodyUncompressError"


@pytest.mark.parametrize("kind", ["lz4", "deflate"])
def test_a_bomb_is_refused_by_its_size_and_by_its_lie(log: Any, kind: str) -> None:
    bomb = pack(kind, b"\0" * (64 * MB))
    assert refusal(log, bomb, **sent(kind, 64 * MB)) == "PostBodyTooLarge"
    assert refusal(log, bomb, **sent(kind, 9 * MB)) == "PostBodyUncompressError"


@pytest.mark.parametrize("size", ["x", "-1", "1.5", "0x10"])
def test_a_size_that_is_no_number_is_refused(log: Any, size: str) -> None:
    headers = {"x_log_compresstype": "lz4", "x_log_bodyrawsize": size}
    assert refusal(log, pack("lz4", GROUP), **headers) == "InvalidBodyRawSize"


def test_a_compressed_body_needs_its_size(log: Any) -> None:
    code = refusal(log, pack("lz4", GROUP), x_log_compresstype="lz4")
    assert code == "MissingBodyRawSize"


def test_a_compression_that_is_not_known_is_refused(log: Any) -> None:
    assert refusal(log, GROUP, **sent("zstd", len(GROUP))) == "InvalidCompressType"


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xff\xff",
        GROUP[:-1],
        field(1, b"\x08"),
        log_of((b"k", b"v"), time=b""),
        field(1, b"\x08" + varint(NOON) + field(2, field(1, b"only a key"))),
        log_of((b"k", b"v" * (MB + 1))),
        b'{"__logs__": []}',
    ],
    ids=["noise", "cut", "half a time", "no time", "no value", "long value", "JSON"],
)
def test_what_is_no_group_of_logs_is_refused(log: Any, body: bytes) -> None:
    before = count(log)
    assert refusal(log, body) == "PostBodyInvalid"
    assert count(log) == before


@pytest.mark.parametrize("key", [b"", b"k" * 129])
def test_a_key_that_is_none_is_refused(log: Any, key: bytes) -> None:
    assert refusal(log, log_of((key, b"v"))) == "InvalidKey"


def test_too_many_logs_at_once_are_refused(log: Any) -> None:
    assert refusal(log, log_of() * 40_961) == "PostBodyTooLarge"


def test_the_largest_group_is_taken(log: Any) -> None:
    value = b"v" * (MB - 100)
    group = log_of((b"k", value)) * 9
    assert len(group) > 9 * MB - 1000
    before = count(log)
    put(log, group)
    put(log, pack("lz4", group), **sent("lz4", len(group)))
    assert count(log) == before + 18


def test_text_that_is_not_utf_8_is_kept_as_well_as_it_can_be(log: Any) -> None:
    put(log, field(1, b"\x08" + varint(NOON + 5) + field(2, field(1, b"k") + field(2, b"a\xffb"))))
    [found] = log.get_log(PROJECT, STORE, NOON + 5, NOON + 6, query="*").get_logs()
    assert found.get_contents()["k"] == "a\ufffdb"


def test_fields_that_nobody_knows_are_passed_over(log: Any) -> None:
    before = count(log)
    put(log, GROUP + field(2, b"category") + field(5, b"machine") + field(99, b"later"))
    put(log, GROUP + varint(7 << 3 | 5) + struct.pack("<I", 7))
    assert count(log) == before + 2


def test_an_empty_group_writes_nothing(log: Any) -> None:
    before = count(log)
    put(log, b"")
    assert count(log) == before


def test_a_key_for_a_shard_is_an_md5(log: Any) -> None:
    before = count(log)
    put(log, GROUP, path="/shards/route", query="key=" + "0A" * 16)
    assert count(log) == before + 1
    assert refusal(log, GROUP, path="/shards/route", query="key=xyz") == "ParameterInvalid"
    assert refusal(log, GROUP, path="/shards/route") == "ParameterInvalid"
