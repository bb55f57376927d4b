"""Accepting: one by one by the rules, many in one write."""

import asyncio
import re

import pytest

from localcloud.fc import submissions
from localcloud.fc.submissions import Submission, Submitter
from localcloud.refusal import Refusal
from localcloud.request_ids import function_request_id
from localcloud.store import functions as function_store
from localcloud.store.database import Database

from .conftest import World


def test_request_ids_have_fcs_form_and_differ() -> None:
    ids = {function_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}", one) for one in ids)


def test_without_a_task_id_the_request_id_serves(world: World) -> None:
    accepted = world.submit(None)
    assert accepted.task_id == accepted.request_id
    assert world.task(accepted.request_id).request_id == accepted.request_id


@pytest.mark.parametrize("task_id", ["a", "_", "A-b_9", "x" * 128])
def test_task_ids_that_fc_takes(task_id: str) -> None:
    submissions.check_task_id(task_id)


@pytest.mark.parametrize("task_id", ["", "1a", "-a", "a.b", "a b", "x" * 129, "a\n"])
def test_task_ids_that_fc_does_not_take(task_id: str) -> None:
    with pytest.raises(Refusal, match="InvalidArgument"):
        submissions.check_task_id(task_id)


def test_a_payload_over_128_kb_is_refused(world: World) -> None:
    world.submit("fits", payload=b"x" * 128 * 1024)
    with pytest.raises(Refusal, match="payload size exceeds maximum allowed size") as refused:
        world.submit("too-large", payload=b"x" * (128 * 1024 + 1))
    assert (refused.value.code, refused.value.status) == ("EntityTooLarge", 413)


def test_the_age_counts_from_when_it_may_run(world: World) -> None:
    world.change(lambda tx: world.configure(tx, "job", age=10))
    world.submit(delay=60)
    assert world.task().expires_at == world.now + 70_000


def test_a_disabled_function_accepts_nothing(world: World) -> None:
    world.change(lambda tx: function_store.set_disabled(tx, "job", True, "repair", world.now))
    with pytest.raises(Refusal, match="repair") as refused:
        world.submit()
    assert refused.value.status == 403


def test_many_are_written_together_and_each_gets_its_own_answer(world: World) -> None:
    async def main() -> tuple[list[object], int]:
        database = Database(world.folder / "test.db")
        changes = 0
        write = database.write_short

        async def counted(change: object) -> object:
            nonlocal changes
            changes += 1
            return await write(change)  # pyright: ignore[reportArgumentType]

        database.write_short = counted  # pyright: ignore[reportAttributeAccessIssue]
        submitter = Submitter(database, world.clock, world.woken.append)
        ids = ["a", "b", "a", "c"]
        calls = [
            submitter.submit(Submission("job", b"{}", function_request_id(), task_id=task_id))
            for task_id in ids
        ]
        calls.append(submitter.submit(Submission("nobody", b"{}", function_request_id())))
        answers: list[object] = list(await asyncio.gather(*calls, return_exceptions=True))
        database.close()
        return answers, changes

    answers, changes = asyncio.run(main())
    assert changes == 1
    codes = [getattr(answer, "code", "accepted") for answer in answers]
    assert codes == [
        "accepted",
        "accepted",
        "AsyncTaskAlreadyExists",
        "accepted",
        "FunctionNotFound",
    ]
    assert [world.task(task_id).status.value for task_id in "abc"] == ["Enqueued"] * 3
    assert world.woken == ["job"]


def test_a_caller_that_goes_away_takes_nothing_with_it(world: World) -> None:
    async def main() -> None:
        database = Database(world.folder / "test.db")
        submitter = Submitter(database, world.clock, world.woken.append)
        first = asyncio.create_task(
            submitter.submit(Submission("job", b"{}", function_request_id(), task_id="gone"))
        )
        second = asyncio.create_task(
            submitter.submit(Submission("job", b"{}", function_request_id(), task_id="here"))
        )
        await asyncio.sleep(0)
        first.cancel()
        await second
        database.close()

    asyncio.run(main())
    assert world.task("here").status.value == "Enqueued"
    assert world.task("gone").status.value == "Enqueued"
