"""The code archive: the same files, the same bytes."""

import hashlib
import io
import os
import random
import zipfile
from pathlib import Path

import pulumi
import pytest
from fc_async_tasks import archive
from fc_async_tasks.archive import code_archive, code_archive_base64, code_files

FILES = {
    "index.py": b"def handler(event, context):\n    return event\n",
    "lib/words.txt": "任务".encode(),
    "lib/deeper/run.sh": b"#!/bin/sh\n",
    "Z.py": b"",
}


def write(folder: Path, files: "dict[str, bytes]") -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def contents(data: bytes) -> "dict[str, bytes]":
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {entry.filename: opened.read(entry) for entry in opened.infolist()}


def test_the_archive_has_the_files_by_name(tmp_path: Path) -> None:
    data = code_archive(write(tmp_path, FILES))

    assert contents(data) == FILES
    assert list(contents(data)) == ["Z.py", "index.py", "lib/deeper/run.sh", "lib/words.txt"]


def test_these_files_have_these_bytes_on_every_machine(tmp_path: Path) -> None:
    # Written down once, and checked where this test runs: another digest is another archive.
    digest = hashlib.sha256(code_archive(write(tmp_path, FILES))).hexdigest()

    assert digest == "c945cbe4af58217f28edd137fc87ad16839b690934acb5ddec8628cfcadb533e"


def test_order_times_and_modes_of_the_files_make_no_difference(tmp_path: Path) -> None:
    one = write(tmp_path / "one", FILES)
    previous = os.umask(0o077)
    try:
        two = write(tmp_path / "two", dict(reversed(FILES.items())))
    finally:
        os.umask(previous)
    (two / "lib/deeper/run.sh").chmod(0o777)
    os.utime(two / "index.py", (1, 1))
    assert (one / "index.py").stat().st_mode != (two / "index.py").stat().st_mode

    assert code_archive(one) == code_archive(two)


def test_a_changed_byte_and_a_changed_name_make_a_difference(tmp_path: Path) -> None:
    before = code_archive(write(tmp_path, FILES))
    write(tmp_path, {"Z.py": b"#"})
    changed = code_archive(tmp_path)
    (tmp_path / "Z.py").rename(tmp_path / "z.py")

    assert len({before, changed, code_archive(tmp_path)}) == 3


def test_nothing_is_compressed_and_everything_can_be_run(tmp_path: Path) -> None:
    data = code_archive(write(tmp_path, FILES))

    for entry in zipfile.ZipFile(io.BytesIO(data)).infolist():
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert entry.external_attr >> 16 == 0o100755


@pytest.mark.parametrize(
    "left_out",
    [
        "__pycache__/index.cpython-311.pyc",
        "lib/old.pyc",
        ".git/HEAD",
        ".venv/bin/python",
        "lib/.DS_Store",
        ".pytest_cache/README.md",
    ],
)
def test_what_is_no_code_is_left_out(tmp_path: Path, left_out: str) -> None:
    write(tmp_path, {**FILES, left_out: b"x"})

    assert code_files(tmp_path).keys() == FILES.keys()


def test_decomposed_names_are_composed(tmp_path: Path) -> None:
    write(tmp_path, {"cafe\u0301.py": b""})

    assert list(code_files(tmp_path)) == ["caf\u00e9.py"]


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (tmp_path / "same.py").symlink_to("index.py")
    (tmp_path / "also").symlink_to("lib", target_is_directory=True)

    assert contents(code_archive(tmp_path)) == {
        **FILES,
        "same.py": FILES["index.py"],
        "also/words.txt": FILES["lib/words.txt"],
        "also/deeper/run.sh": FILES["lib/deeper/run.sh"],
    }


def refusal(folder: Path) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        code_archive(folder)
    return str(refused.value)


@pytest.mark.parametrize("inside", ["secret.py", "lib/secret.py"])
def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, inside: str) -> None:
    code = write(tmp_path / "code", FILES)
    outside = tmp_path / "secret.py"
    outside.write_text("")
    (code / inside).symlink_to(outside)

    assert refusal(code) == (
        f"codePath has the link {inside} to {outside}, outside the code folder: put the file "
        "itself there, as Function Compute has only this folder."
    )


def test_a_link_to_a_folder_outside_is_refused(tmp_path: Path) -> None:
    code = write(tmp_path / "code", FILES)
    (code / "up").symlink_to(tmp_path, target_is_directory=True)

    assert refusal(code).startswith(f"codePath has the link up to {tmp_path}, outside")


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (tmp_path / "lib" / "again").symlink_to("..", target_is_directory=True)

    assert refusal(tmp_path) == f"codePath has the link lib/again, which leads back to {tmp_path}."


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to("nothing.py")

    assert refusal(tmp_path) == (
        f"codePath has the link gone.py to {tmp_path / 'nothing.py'}, which is missing."
    )


def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refusal(tmp_path) == "codePath has pipe, which is neither a file nor a folder."


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.py")
    try:
        (tmp_path / name).write_text("")
    except OSError:
        pytest.skip("this file system has no such names")

    assert refusal(tmp_path).endswith("whose name is not UTF-8: rename it.")


def test_a_missing_folder_a_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty" / "__pycache__").mkdir(parents=True)

    assert refusal(tmp_path / "no") == (
        f"codePath is {str(tmp_path / 'no')!r}: there is no such folder; it must be the folder of "
        "the function's code, relative to the project's own."
    )
    assert refusal(tmp_path / "file") == (
        f"codePath is {str(tmp_path / 'file')!r}: it must be a folder."
    )
    assert refusal(tmp_path / "empty") == (
        f"codePath is {str(tmp_path / 'empty')!r}: this folder holds no code."
    )


def test_code_over_the_limit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "model.bin").open("wb") as sparse:
        sparse.truncate(501 * 1024 * 1024)

    def must_not_read(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", must_not_read)

    assert refusal(tmp_path) == (
        f"codePath is {str(tmp_path)!r} and holds 501.0 MB: its files may have 500 MB, for code "
        "that is sent with the function. Put larger code into OSS: codeFromOss."
    )


def noise(size: int) -> bytes:
    """Bytes that cannot be packed, the same at every call."""
    return random.Random(1).randbytes(size)  # noqa: S311 - no secret


def methods(data: bytes) -> "set[int]":
    return {each.compress_type for each in zipfile.ZipFile(io.BytesIO(data)).infolist()}


def test_code_is_packed_only_where_it_is_over_the_limit_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CODE_ARCHIVE_MB", 1)
    write(tmp_path, {"a.bin": b"x" * (768 * 1024 - 200)})
    assert methods(code_archive(tmp_path)) == {zipfile.ZIP_STORED}
    assert len(code_archive_base64(tmp_path)) <= 1024 * 1024

    write(tmp_path, {"a.bin": b"x" * 768 * 1024})
    packed = code_archive(tmp_path)
    assert methods(packed) == {zipfile.ZIP_DEFLATED}
    assert packed == code_archive(tmp_path)


def test_the_limit_counts_base64_of_the_packed_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "CODE_ARCHIVE_MB", 4)
    write(tmp_path, {"a.bin": noise(3 * 1024 * 1024)})

    assert refusal(tmp_path) == (
        f"codePath is {str(tmp_path)!r} and holds 3.0 MB: it is 3.0 MB packed, where 4 MB in "
        "Base64, which is 3 MB, is the most, for code that is sent with the function. Put larger "
        "code into OSS: codeFromOss."
    )
