"""Code packages: what is unpacked and how, what is refused and leaves nothing behind."""

import asyncio
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from localcloud.fc import archive
from localcloud.fc.code import CodeFolder, CodePackage
from localcloud.refusal import Refusal
from tests.broken_packages import broken_bzip2

from .conftest import encoded, package


@pytest.fixture
def folder(tmp_path: Path) -> CodeFolder:
    return CodeFolder(tmp_path / "code")


def arrive(folder: CodeFolder, code: Mapping[str, Any]) -> CodePackage:
    async def story() -> CodePackage:
        async with folder.arriving(code) as arrived:
            return arrived

    return asyncio.run(story())


def arrive_zip(folder: CodeFolder, data: bytes) -> CodePackage:
    return arrive(folder, {"zipFile": encoded(data)})


def names_in(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir()}


def _one(name: str, *, mode: int = 0, system: int = 3) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        entry = zipfile.ZipInfo("placeholder" if "\\" in name else name)
        entry.filename = name
        entry.create_system = system
        entry.external_attr = mode << 16
        made.writestr(entry, "x")
    return buffer.getvalue()


def _twice() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("a.py", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("a.py", "2")
    return buffer.getvalue()


def _encrypted() -> bytes:
    data = bytearray(package({"a.py": "1"}))
    struct.pack_into("<H", data, 6, 1)  # the flag in the local header
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, 1)  # and in the directory
    return bytes(data)


def _lying_about_its_size() -> bytes:
    data = bytearray(package({"a.py": "x" * 5000}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)
    return bytes(data)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: b"no zip at all", "no sound zip"),
        (lambda: package({"a.py": "1"})[:-10], "no sound zip"),
        (lambda: package({"../evil.py": "1"}), "leads out of its folder"),
        (lambda: package({"a/../../evil.py": "1"}), "leads out of its folder"),
        (lambda: package({"/etc/evil": "1"}), "leads out of its folder"),
        (lambda: _one("C:/evil"), "leads out of its folder"),
        (lambda: _one("..\\evil"), "backslash"),
        (_twice, "twice"),
        (lambda: package({"a": "1", "a/b": "2"}), "is no folder"),
        (lambda: package({}, {"out": "../../etc/passwd"}), "out of its folder"),
        (lambda: package({}, {"out": "/etc/passwd"}), "out of its folder"),
        (lambda: package({"sub/x": "1"}, {"a": "sub", "b": "a/../../.."}), "out of its folder"),
        (lambda: package({"link/evil.py": "1"}, {"link": "sub"}), "is no folder"),
        (lambda: _one("pipe", mode=stat.S_IFIFO | 0o644), "device or pipe"),
        (_encrypted, "encrypted"),
        (_lying_about_its_size, "no sound zip"),
        (broken_bzip2, "no sound zip"),
        (lambda: package({"a" * 256: "1"}), "a name of 256 bytes: it must have at most 255"),
        (lambda: package({"ü" * 128: "1"}), "a name of 256 bytes: it must have at most 255"),
        (lambda: package({"a/" * 100 + "x": "1"}), "101 names deep: it must be at most 100"),
        (lambda: package({"a/" * 30_000: ""}), "30000 names deep"),
        (lambda: package({"abcdefghijklm/" * 80: ""}), "a path of 1119 bytes"),
        (lambda: package({}, {"out": "x\0y"}), "may have a NUL"),
        (lambda: package({}, {"out": "y" * 256}), "a name of 256 bytes"),
        (lambda: package({}, {"out": "y/" * 101}), "101 names deep"),
        (lambda: package({}, {"out": "abcdefghijklm/" * 400}), "a path of 1001 bytes"),
    ],
)
def test_a_harmful_package_is_refused_and_nothing_of_it_stays(
    folder: CodeFolder, tmp_path: Path, made: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(Refusal) as refused:
        arrive_zip(folder, made())
    assert (refused.value.code, refused.value.status) == ("InvalidArgument", 400)
    assert words in refused.value.message
    assert names_in(tmp_path) == {"code"}
    assert names_in(tmp_path / "code") == set()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    folder: CodeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 1_200_000 - 1)
    bomb = package({f"{i}": b"\0" * 400_000 for i in range(3)})
    assert len(bomb) < 10_000
    with pytest.raises(Refusal, match="unpacks to 1200000 bytes: it must be at most 1199999"):
        arrive_zip(folder, bomb)
    assert names_in(tmp_path / "code") == set()
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 1_200_000)
    arrive_zip(folder, bomb)


def test_a_package_over_75_mb_is_refused_before_it_is_decoded(folder: CodeFolder) -> None:
    with pytest.raises(Refusal, match=r"at most 78643200"):
        arrive(folder, {"zipFile": "A" * (100 * 1024 * 1024 + 8)})


def test_files_keep_their_modes_and_links_what_they_lead_to(
    folder: CodeFolder, tmp_path: Path
) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, bits in (("run.sh", 0o4755), ("secret", 0o400), ("plain.py", 0o644)):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | bits) << 16
            made.writestr(entry, name)
        dos = zipfile.ZipInfo("dos.py")
        dos.create_system = 0
        made.writestr(dos, "dos")
        made.writestr("empty/", "")
        link = zipfile.ZipInfo("lib/link.py")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "../plain.py")
    arrived = arrive_zip(folder, buffer.getvalue())
    code = tmp_path / "code" / arrived.name

    def mode(name: str) -> int:
        return stat.S_IMODE((code / name).stat().st_mode)

    assert mode("run.sh") == 0o755  # without the set-user-id bit
    assert mode("secret") == 0o600
    assert mode("plain.py") == mode("dos.py") == 0o644
    assert (code / "empty").is_dir()
    assert (code / "lib" / "link.py").read_text() == "plain.py"


def test_size_and_checksum_are_the_packages(folder: CodeFolder) -> None:
    # the check value of CRC-64/XZ (ECMA-182, reflected): https://reveng.sourceforge.io/crc-catalogue/
    assert archive.crc64(b"123456789") == str(0x995DC9BBDF1939FA)
    assert archive.crc64(b"") == "0"
    data = package({"index.py": "x"})
    arrived = arrive_zip(folder, data)
    assert arrived.size == len(data)
    assert arrive(folder, {"zipFile": encoded(data), "checksum": arrived.checksum}) == arrived
    with pytest.raises(Refusal, match=f"code.checksum is 1, .* is {arrived.checksum}"):
        arrive(folder, {"zipFile": encoded(data), "checksum": "1"})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"ossBucketName": "b", "ossObjectName": "o"}, "localcloud has no OSS"),
        ({}, "code.zipFile is missing"),
        ({"zipFile": "abc"}, "not base64"),
    ],
)
def test_code_that_is_not_sent_along_is_refused(
    folder: CodeFolder, code: dict[str, str], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        arrive(folder, code)


def test_unused_code_goes_and_used_and_arriving_code_stays(
    folder: CodeFolder, tmp_path: Path
) -> None:
    used = arrive_zip(folder, package({"index.py": "used"}))
    unused = arrive_zip(folder, package({"index.py": "unused"}))

    async def story() -> str:
        data = package({"index.py": "arriving"})
        async with folder.arriving({"zipFile": encoded(data)}) as arriving:
            assert folder.collect(lambda: {used.name}) == [unused.name]
            return arriving.name

    arriving = asyncio.run(story())
    assert names_in(tmp_path / "code") == {
        used.name,
        f"{used.name}.zip",
        arriving,
        f"{arriving}.zip",
    }


def test_code_that_came_into_use_while_the_unused_was_looked_for_stays(
    folder: CodeFolder, tmp_path: Path
) -> None:
    code = arrive_zip(folder, package({"index.py": ""}))
    answers = iter([set[str](), {code.name}])
    assert folder.collect(lambda: next(answers)) == []
    assert (tmp_path / "code" / code.name / "index.py").is_file()


def test_what_a_kill_left_half_unpacked_is_removed_at_the_start(
    folder: CodeFolder, tmp_path: Path
) -> None:
    half = tmp_path / "code" / ".unpacking-x" / "code"
    half.mkdir(parents=True)
    (half / "index.py").write_text("half")
    folder.clear_unfinished()
    assert names_in(tmp_path / "code") == set()


def test_a_full_disk_is_told_as_such_and_leaves_nothing(
    folder: CodeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_data: bytes, _into: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "unpack", full)
    with pytest.raises(Refusal, match="make room") as refused:
        arrive_zip(folder, package({"index.py": ""}))
    assert (refused.value.code, refused.value.status) == ("DiskFull", 400)
    assert names_in(tmp_path / "code") == set()
