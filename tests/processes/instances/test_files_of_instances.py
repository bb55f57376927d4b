"""What a handler keeps in files counts, however it hides them, and goes with its instance."""

import os
import re
import textwrap
from pathlib import Path

import pytest

from localcloud.fc.instances import roster
from localcloud.fc.instances.invocation import Ending
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop, until

KEPT = """
    import mmap, os, tempfile, time
    kept = []

    def large(megabytes, where=None):
        file = tempfile.TemporaryFile(dir=where)
        os.posix_fallocate(file.fileno(), 0, megabytes << 20)
        return file

    def unlinked(event):
        for _ in range(4):
            kept.append(large(10))

    def many(event):
        folder = os.environ["TMPDIR"]
        open(f"{folder}/empty", "w").close()
        for number in range(25_000):
            os.link(f"{folder}/empty", f"{folder}/{number}")
        os.mkdir(f"{folder}/z")
        for number in range(4):
            with open(f"{folder}/z/{number}", "wb") as file:
                os.posix_fallocate(file.fileno(), 0, 10 << 20)

    def deep(event):
        os.chdir(os.environ["TMPDIR"])
        for _ in range(2100):
            os.mkdir("d")
            os.chdir("d")
        for number in range(4):
            with open(str(number), "wb") as file:
                os.posix_fallocate(file.fileno(), 0, 10 << 20)

    def memfd(event):
        for number in range(20):
            kept.append(os.memfd_create("kept"))
            os.write(kept[-1], bytes(10 << 20))

    def of_a_child(event):
        if os.fork() == 0:
            memfd(event)
            time.sleep(60)

    def mapped(event):
        file = os.memfd_create("mapped")
        os.ftruncate(file, 70 << 20)
        held = mmap.mmap(file, 70 << 20)
        for place in range(0, 70 << 20, 4096):
            held[place] = 1
        kept.append(held)

    def bit_by_bit(event):
        kept.append(os.memfd_create("kept"))
        os.write(kept[-1], bytes(1 << 20))

    def handler(event, context):
        do, seconds = event.decode().split()
        globals()[do](event)
        time.sleep(float(seconds))
        return b"done"
    """


@pytest.mark.parametrize(
    ("how", "runtime"), [("unlinked", "python3.10"), ("many", "python3"), ("deep", "python3.12")]
)
def test_files_over_the_disk_size_end_the_instance(
    workshop: Workshop, how: str, runtime: str
) -> None:
    spec = workshop.deploy(KEPT, disk_size=32, runtime=runtime)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, f"{how} 8".encode())
        assert attempt.outcome.ending is Ending.EXITED
        assert re.search(r"deleted ones that are open took [45]\d MB", attempt.lines[-1])
        assert "its diskSize is 32 MB" in attempt.lines[-1]
        assert attempt.outcome.duration < 6000

    workshop.run(story)


@pytest.mark.parametrize("how", ["memfd", "of_a_child"])
def test_memory_in_files_counts_as_memory(workshop: Workshop, how: str) -> None:
    spec = workshop.deploy(KEPT)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, f"{how} 8".encode())
        assert attempt.outcome.ending is Ending.OUT_OF_MEMORY
        assert 128 < attempt.outcome.peak_memory < 260
        assert attempt.outcome.duration < 6000

    workshop.run(story)


def test_memory_in_a_file_that_is_mapped_counts_once(workshop: Workshop) -> None:
    spec = workshop.deploy(KEPT)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, b"mapped 0.3")
        assert attempt.outcome.ending is Ending.ANSWERED, attempt.lines
        assert 70 < attempt.outcome.peak_memory < 110

    workshop.run(story)


def test_what_quick_calls_leave_in_files_is_found_between_them(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "_SWEEP", 0.1)
    spec = workshop.deploy(KEPT)

    async def story(pool: InstancePool) -> None:
        first = (await workshop.invoke(pool, spec, b"bit_by_bit 0")).outcome
        held = 1  # MB
        outcome = first
        while outcome.instance_id == first.instance_id and outcome.ending is Ending.ANSWERED:
            outcome = (await workshop.invoke(pool, spec, b"bit_by_bit 0")).outcome
            held += 1
            assert held < 900
        assert held > 100

    workshop.run_apart(story)


LEAVES = """
    import os
    def nested(folder):
        os.chdir(folder)
        for _ in range(2100):
            os.mkdir("d")
            os.chdir("d")
    def locked(folder):
        os.makedirs(folder + "/a/b")
        os.chmod(folder + "/a/b", 0)
        os.chmod(folder + "/a", 0o500)
        os.chmod(folder, 0o500)
    def replaced(folder):
        os.rmdir(folder)
        os.symlink({elsewhere!r}, folder)
    def handler(event, context):
        globals()[event.decode()](os.environ["TMPDIR"])
        return os.environ["TMPDIR"]
    """


@pytest.mark.parametrize("how", ["nested", "locked", "replaced"])
def test_what_it_leaves_in_its_folder_is_removed(workshop: Workshop, how: str) -> None:
    elsewhere = workshop.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    spec = workshop.deploy(LEAVES.format(elsewhere=str(elsewhere)))

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, how.encode())
        assert attempt.outcome.ending is Ending.ANSWERED, attempt.lines
        folder = Path(attempt.outcome.payload.decode())
        await pool.retire(spec.function_name)
        await until(lambda: not os.path.lexists(folder))
        assert (elsewhere / "kept").exists()

    workshop.run(story)


def test_a_pool_starts_on_what_a_killed_one_left(workshop: Workshop) -> None:
    tmp = workshop.folder / "pool" / "tmp" / "c-1"
    tmp.mkdir(parents=True)
    source = textwrap.dedent(LEAVES.format(elsewhere=""))
    before = Path.cwd()
    try:
        exec(source + "nested(folder)", {"folder": str(tmp)})  # noqa: S102 - as a handler does it
    finally:
        os.chdir(before)
    spec = workshop.deploy("def handler(event, context):\n    return b'done'\n")

    async def story(pool: InstancePool) -> None:
        assert not tmp.exists()
        assert (await workshop.invoke(pool, spec)).outcome.payload == b"done"

    workshop.run_apart(story)
