"""A state in the file system of which a file was cut off."""

import json
import socket
from pathlib import Path

import pytest
from fc_async_tasks.recovery import StillUpdating, lock
from fc_async_tasks.recovery.file_backend import (
    folder_of_backend,
    lock_owners,
    remove_broken_attributes,
)
from fc_async_tasks.recovery.processes import Process
from fc_async_tasks.recovery.pulumi_stack import LockOwner, PulumiFailed, StateCutOff

from tests.unit.components.recovery_double import DoubledStack

WHOLE = '{"user.content_type":"text/plain"}'
CUT_OFF = StateCutOff("`pulumi refresh` ended with 255:\nerror: failed to load checkpoint: EOF")


class CutOffStack(DoubledStack):
    """A stack that can't be read as long as its attributes are cut off."""

    def refresh(self) -> None:
        """Read the attributes, as every command does."""
        if not attributes(self.folder).exists() or attributes(self.folder).read_text():
            super().refresh()
        else:
            raise CUT_OFF

    def backend(self) -> str:
        """The backend beside the project."""
        return f"file://{self.folder}"


def attributes(backend: Path, project: str = "p", stack: str = "dev") -> Path:
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json.attrs"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CutOffStack:
    """The stack dev of the project p, with attributes that were cut off; and other stacks'."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    for project, name in (("p", "dev"), ("p", "prod"), ("q", "dev")):
        attributes(tmp_path, project, name).parent.mkdir(parents=True, exist_ok=True)
        attributes(tmp_path, project, name).write_text("")
    monkeypatch.setattr(lock, "running", lambda: {77: Process(77, 1, 0, "pulumi")})
    stack = CutOffStack(folder=tmp_path)
    stack.begin()
    return stack


def lock_held_by(backend: Path, host: str, pid: int) -> Path:
    file = backend / ".pulumi" / "locks" / "organization" / "p" / "dev" / "1f3c.json"
    file.parent.mkdir(parents=True)
    told = {"pid": pid, "username": "me", "hostname": host, "timestamp": "2026-01-02T03:04:05Z"}
    file.write_text(json.dumps(told))
    return file


def free(stack: CutOffStack, *, unlock: bool = False) -> list[str]:
    said: list[str] = []
    lock.free(stack, said.append, unlock=unlock)
    return said


def test_only_this_stacks_attributes_are_removed(stack: CutOffStack) -> None:
    assert free(stack) == [
        "removed attributes of the state that were cut off while they were written"
    ]
    assert not attributes(stack.folder).exists()
    assert attributes(stack.folder, stack="prod").exists()
    assert attributes(stack.folder, project="q").exists()


def test_attributes_are_looked_at_only_after_a_failure(stack: CutOffStack) -> None:
    attributes(stack.folder).write_text(WHOLE)
    broken_copy = attributes(stack.folder).with_name("dev.json.bak.attrs")
    broken_copy.write_text("")
    assert free(stack) == []
    assert broken_copy.exists()


def test_the_lock_is_looked_at_before_the_attributes(stack: CutOffStack) -> None:
    lock_held_by(stack.folder, socket.gethostname(), 77)
    with pytest.raises(StillUpdating, match="by process 77 of me since 2026-01-02T03:04:05Z"):
        free(stack, unlock=True)
    assert attributes(stack.folder).read_text() == ""


def test_a_lock_whose_owner_is_gone_is_no_obstacle(stack: CutOffStack) -> None:
    lock_held_by(stack.folder, socket.gethostname(), 78)
    assert free(stack)
    assert not attributes(stack.folder).exists()


def test_a_lock_that_cannot_be_read_is_taken_away_only_if_said(stack: CutOffStack) -> None:
    lock_held_by(stack.folder, "x", 78).write_text('{"pid":7')
    with pytest.raises(StillUpdating, match=r"on a machine that the lock does not name.*--unlock"):
        free(stack)
    assert free(stack, unlock=True)


def test_attributes_of_a_lock_are_removed_too(stack: CutOffStack) -> None:
    file = lock_held_by(stack.folder, socket.gethostname(), 78)
    broken = file.with_name(f"{file.name}.attrs")
    broken.write_text("")
    removed = remove_broken_attributes(stack.folder, "p", "dev")
    assert removed == [attributes(stack.folder), broken]


def test_where_no_attributes_are_broken_the_failure_is_told(stack: CutOffStack) -> None:
    def fail() -> None:
        raise CUT_OFF

    attributes(stack.folder).write_text(WHOLE)
    stack.at["refresh"] = fail
    with pytest.raises(PulumiFailed, match="failed to load checkpoint"):
        free(stack)
    assert attributes(stack.folder).read_text() == WHOLE


def test_owners_are_read_from_the_locks_of_this_stack(tmp_path: Path) -> None:
    lock_held_by(tmp_path, "elsewhere", 5)
    since = "2026-01-02T03:04:05Z"
    assert lock_owners(tmp_path, "p", "dev") == [LockOwner("me", "elsewhere", 5, since)]
    assert lock_owners(tmp_path, "p", "prod") == []


def test_only_a_backend_in_the_file_system_has_a_folder() -> None:
    assert folder_of_backend("file:///a%20b/c") == Path("/a b/c")
    assert folder_of_backend("file://~/x") == Path.home() / "x"
    assert folder_of_backend("https://api.example.com") is None
    assert folder_of_backend("s3://bucket") is None
