"""Every line of an invocation is written before its outcome, in order, and bounded."""

import asyncio
import os
import select

from localcloud.fc.instances.invocation import Ending
from localcloud.fc.instances.output import (
    LONGEST_LINE,
    MOST_BYTES,
    MOST_LINES,
    CallOutput,
    Output,
)
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop

CHUNK = 64 * 1024  # bytes, as a pipe takes them at once


def test_print_stderr_descriptors_and_subprocesses_keep_their_order(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        import os, subprocess, sys
        def handler(event, context):
            print("one")
            print("two", file=sys.stderr)
            os.write(1, b"three\\n")
            os.write(2, b"four\\n")
            subprocess.run(["echo", "five"])
            subprocess.run("echo six >&2", shell=True)
            print("seven", "\\ud800", "中", end="")
        """
    )

    async def story(pool: InstancePool) -> None:
        for _ in range(2):
            attempt = await workshop.invoke(pool, spec)
            assert attempt.printed == [
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven \\ud800 中",
            ]

    workshop.run(story)


def test_what_is_in_the_pipe_when_a_call_ends_is_its_own() -> None:
    lines: list[str] = []

    async def story() -> None:
        reading, writing = os.pipe()
        output = Output(reading, marked=False)
        output.begin(1, CallOutput(lines.append))
        os.write(writing, b"one\ntwo\nthree")
        output.finish(1)  # before the event loop had a turn
        assert lines == ["one", "two", "three"]
        os.close(writing)
        output.close()

    asyncio.run(story())


def test_a_thousand_lines_arrive_before_the_outcome(workshop: Workshop) -> None:
    spec = workshop.deploy(
        "def handler(event, context):\n    for i in range(1000):\n        print(i, 'x' * 200)\n"
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert [int(line.split()[0]) for line in attempt.printed] == list(range(1000))

    workshop.run(story)


def test_the_last_words_of_a_process_that_dies_are_kept(workshop: Workshop) -> None:
    spec = workshop.deploy(
        "import os\ndef handler(event, context):\n    os.write(1, b'last words')\n    os.abort()\n"
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is Ending.EXITED
        assert "last words" in attempt.printed

    workshop.run(story)


def test_a_flood_is_cut_while_others_are_served(workshop: Workshop) -> None:
    flood = workshop.deploy(
        """
        import os, time
        def handler(event, context):
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                os.write(1, b"0123456789" * 6000 + b"\\n")
            return b"done"
        """
    )
    other = workshop.deploy("def handler(event, context):\n    return b'quick'\n")

    async def story(pool: InstancePool) -> None:
        await workshop.invoke(pool, other)
        flooding = asyncio.create_task(workshop.invoke(pool, flood))
        slowest = 0.0
        while not flooding.done():
            began = asyncio.get_running_loop().time()
            await workshop.invoke(pool, other)
            slowest = max(slowest, asyncio.get_running_loop().time() - began)
            await asyncio.sleep(0.01)
        assert slowest < 1
        attempt = await flooding
        assert attempt.outcome.payload == b"done"
        assert sum(map(len, attempt.printed)) <= MOST_BYTES
        cut = [line for line in attempt.lines if line.startswith("localcloud: ")]
        assert len(cut) == 1
        assert "bytes of output were cut: one invocation keeps 4 MB" in cut[0]
        again = await workshop.invoke(pool, other)
        assert again.outcome.succeeded

    workshop.run(story)


def test_a_flood_of_empty_lines_is_cut_too(workshop: Workshop) -> None:
    spec = workshop.deploy("import os\ndef handler(e, c):\n    os.write(1, b'\\n' * 100_000)\n")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert len(attempt.printed) == MOST_LINES
        assert "localcloud: 50000 bytes of output were cut" in attempt.lines[-1]

    workshop.run(story)


def test_a_line_without_end_is_cut(workshop: Workshop) -> None:
    spec = workshop.deploy(
        "def handler(event, context):\n    print('x' * 1_000_000)\n    print('after')\n"
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.printed == ["x" * LONGEST_LINE, "after"]
        dropped = 1_000_000 - LONGEST_LINE
        assert f"localcloud: {dropped} bytes of a long line were cut" in attempt.lines

    workshop.run(story)


def test_a_line_without_end_does_not_take_the_next_calls_first_line() -> None:
    first: list[str] = []
    second: list[str] = []

    async def story() -> None:
        reading, writing = os.pipe()
        output = Output(reading, marked=False)
        output.begin(1, CallOutput(first.append))
        for _ in range(3):  # so many that nothing of the line waits for its end
            os.write(writing, b"x" * CHUNK)
            while select.select([reading], [], [], 0)[0]:
                await asyncio.sleep(0)
        output.finish(1)
        output.begin(2, CallOutput(second.append))
        os.write(writing, b"mine\n")
        output.finish(2)
        os.close(writing)
        output.close()

    asyncio.run(story())
    dropped = 3 * CHUNK - LONGEST_LINE
    assert first == ["x" * LONGEST_LINE, f"localcloud: {dropped} bytes of a long line were cut"]
    assert second == ["mine"]


def test_secrets_of_the_role_are_not_in_the_lines_of_localcloud(workshop: Workshop) -> None:
    from localcloud.fc.instances.invocation import Credentials

    spec = workshop.deploy("def handler(event, context):\n    raise ValueError('wrong')\n")
    credentials = Credentials("STS.key", "very-secret", "token-of-it")

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, credentials=credentials)
        said = "\n".join(attempt.lines) + attempt.outcome.payload.decode()
        assert "very-secret" not in said
        assert "token-of-it" not in said

    workshop.run(story)
