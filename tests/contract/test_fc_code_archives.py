"""Code packages that would do harm: refused through the official SDK, and nothing of them stays."""

import base64
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.broken_packages import broken_bzip2
from tests.contract.function_packages import create_request, models, refusal_of, zipped
from tests.contract.task_stack import TaskStack
from tests.running_cloud import RunningCloud


def link(name: str, target: str) -> bytes:
    """A zip that holds a handler and a symbolic link."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
        entry = zipfile.ZipInfo(name)
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return buffer.getvalue()


def bomb() -> bytes:
    """A small zip of a file larger than all that a function's code may take."""
    buffer = BytesIO()
    archive = zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("zeros", "w", force_zip64=True) as file:
        chunk = bytes(1 << 20)
        for _ in range(501):
            file.write(chunk)
    return buffer.getvalue()


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def packages() -> dict[str, bytes]:
    return {
        "zip slip": zipped({"../../escaped.py": "x"}),
        "an absolute path": zipped({"/tmp/escaped.py": "x"}),  # noqa: S108
        "a link out of the folder": link("out", "../../../etc"),
        "an absolute link": link("out", "/etc/passwd"),
        "a bomb": bomb(),
        "no zip": b"not a zip at all",
        "half a zip": zipped({"index.py": "x" * 1000})[:-30],
        "broken bzip2": broken_bzip2(),
        "a long name": zipped({"a" * 300: "x"}),
        "a long path": zipped({"/".join(["abcdefghijklmnopqrst"] * 60): "x"}),
        "a deep path": zipped({"a/" * 980: ""}),
        "a very deep path": zipped({"a/" * 1500: ""}),
        "a link with NUL": link("out", "x\0y"),
        "a link to a long path": link("out", "y/" * 2000),
    }


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("zip slip", "leads out of its folder"),
        ("an absolute path", "leads out of its folder"),
        ("a link out of the folder", "out of its folder"),
        ("an absolute link", "out of its folder"),
        ("a bomb", "unpacks to 525336576 bytes: it must be at most 524288000 (500 MB)"),
        ("no zip", "is no sound zip file"),
        ("half a zip", "is no sound zip file"),
        ("broken bzip2", "is no sound zip file"),
        ("a long name", "a name of 300 bytes: it must have at most 255"),
        ("a long path", "a path of 1259 bytes: it must have at most 1000"),
        ("a deep path", "980 names deep: it must be at most 100"),
        ("a very deep path", "1500 names deep: it must be at most 100"),
        ("a link with NUL", "no target may have a NUL"),
        ("a link to a long path", "names deep: it must be at most 100"),
    ],
)
def test_a_harmful_package_is_refused_and_nothing_of_it_stays(
    cloud: RunningCloud, stack: TaskStack, packages: dict[str, bytes], what: str, words: str
) -> None:
    job = stack.function()
    before = everything_in(cloud.data.parent)
    code = models.InputCodeLocation(zip_file=base64.b64encode(packages[what]).decode())

    def create() -> Any:
        return stack.fc.create_function(create_request("harmful", code=code))

    def update() -> Any:
        body = models.UpdateFunctionInput(code=code)
        return stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))

    for call in (create, update):
        status, error, message = refusal_of(call)
        assert (status, error) == (400, "InvalidArgument")
        assert words in message
    assert everything_in(cloud.data.parent) == before
    assert (
        refusal_of(lambda: stack.fc.get_function("harmful", models.GetFunctionRequest()))[0] == 404
    )
    assert stack.wait(job, stack.submit(job)).status == "Succeeded"  # on the code that it had
