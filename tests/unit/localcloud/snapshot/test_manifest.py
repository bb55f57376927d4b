"""What is no manifest of a snapshot is refused with what is wrong with it."""

import json
from typing import Any

import pytest

from localcloud.snapshot import manifest
from localcloud.snapshot.manifest import CannotRestore, Manifest

GOOD = Manifest(1790000000000, "0.1.0", {"localcloud.sqlite3": "00", "pulumi/a/b.json": "00"})


def refused(data: bytes) -> str:
    with pytest.raises(CannotRestore) as found:
        manifest.read(data)
    return str(found.value)


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(GOOD.encoded()), **values}).encode()


def test_what_is_written_is_read() -> None:
    assert manifest.read(GOOD.encoded()) == GOOD


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no object"),
        (b'"created"', "is no object"),
        (b"{}", "names no version of localcloud"),
        (changed(localcloud="\x1b[2J"), "names no version of localcloud"),
        (changed(localcloud=["0.1.0"]), "names no version of localcloud"),
        (changed(format="1"), "has no whole number for 'format'"),
        (changed(format=True), "has no whole number for 'format'"),
        (changed(created=None), "has no whole number for 'created'"),
        (changed(created=1.5), "has no whole number for 'created'"),
        (changed(data_version="2"), "has no whole number for 'data_version'"),
        (changed(sha256=["localcloud.sqlite3"]), "has no names with their SHA-256"),
        (changed(sha256={"localcloud.sqlite3": 0}), "has a SHA-256 that is no text"),
        (changed(more=1), "has 'more', which none has"),
    ],
)
def test_what_is_no_manifest(data: bytes, why: str) -> None:
    assert refused(data) == f"its manifest {why}: it is no snapshot of localcloud"


def test_a_newer_format_is_told_whatever_else_it_says() -> None:
    assert refused(b'{"format": 2, "localcloud": "9.0", "what": "ever"}') == (
        "it has format 2, this localcloud reads 1: use the localcloud that wrote it (9.0) or a "
        "newer one"
    )


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "pulumi/../x", "pulumi/", "code/../x.zip", "code/zz.zip", "other", "pulumi/\0"],
)
def test_a_name_that_no_snapshot_has(name: str) -> None:
    assert refused(changed(sha256={name: "00"})) == (
        f"it has a member {name!r}, which no snapshot has"
    )
