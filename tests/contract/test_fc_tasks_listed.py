"""ListAsyncTasks through the official SDK: every filter, both orders, pages."""

import json
from typing import Any

import pytest

from tests.contract.function_packages import models, refusal_of
from tests.contract.task_stack import TaskStack, wait_until


@pytest.fixture(scope="module")
def listed(stack: TaskStack) -> str:
    """A function with ten tasks at their ends: a0..a5 succeeded, b6..b9 failed."""
    job = stack.function()
    version = stack.fc.publish_function_version(
        job, models.PublishFunctionVersionRequest()
    ).body.version_id
    assert version == "1"
    for number in range(10):
        event = {"n": number} if number < 6 else {"raise": str(number)}
        task_id = f"{'a' if number < 6 else 'b'}{number}"
        stack.wait(job, stack.submit(job, event, x_fc_async_task_id=task_id))
    return job


def ids(page: Any) -> list[str]:
    return [task.task_id for task in page.tasks]


def test_newest_first_unless_asked_otherwise(stack: TaskStack, listed: str) -> None:
    newest = [*(f"b{n}" for n in (9, 8, 7, 6)), *(f"a{n}" for n in (5, 4, 3, 2, 1, 0))]
    assert ids(stack.tasks(listed)) == newest
    assert ids(stack.tasks(listed, sort_order_by_time="desc")) == newest
    assert ids(stack.tasks(listed, sort_order_by_time="asc")) == newest[::-1]


def test_every_filter_of_a_list(stack: TaskStack, listed: str) -> None:
    assert ids(stack.tasks(listed, prefix="b")) == ["b9", "b8", "b7", "b6"]
    assert ids(stack.tasks(listed, status="Failed")) == ["b9", "b8", "b7", "b6"]
    assert ids(stack.tasks(listed, status="Dequeued")) == []
    assert len(ids(stack.tasks(listed, qualifier="LATEST"))) == 10
    assert ids(stack.tasks(listed, qualifier="1")) == []
    begin = stack.task(listed, "a4").started_time
    end = stack.task(listed, "b7").started_time
    between = stack.tasks(listed, started_time_begin=begin, started_time_end=end)
    assert ids(between) == ["b7", "b6", "a5", "a4"]


def test_filters_together_leave_what_all_of_them_let_pass(stack: TaskStack, listed: str) -> None:
    begin = stack.task(listed, "a4").started_time
    end = stack.task(listed, "b7").started_time
    found = stack.tasks(
        listed,
        prefix="a",
        status="Succeeded",
        qualifier="LATEST",
        started_time_begin=begin,
        started_time_end=end,
        sort_order_by_time="asc",
        limit=1,
        include_payload=True,
    )
    assert [(task.task_id, task.task_payload) for task in found.tasks] == [("a4", '{"n": 4}')]
    assert found.next_token
    assert ids(stack.tasks(listed, prefix="b", status="Succeeded")) == []


def test_a_task_taken_from_the_queue_is_found_as_dequeued_until_it_runs(stack: TaskStack) -> None:
    """Rows of a quick handler are taken ahead of the places that are free."""
    job = stack.function()
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    for number in range(40):
        stack.submit(job, {}, x_fc_async_task_id=f"quick{number}")
    slow = stack.submit(job, {"sleep": 3})
    behind = [stack.submit(job, {"n": number}) for number in range(3)]
    stack.wait(job, slow, ("Running",))
    wait_until(lambda: ids(stack.tasks(job, status="Dequeued", sort_order_by_time="asc")) == behind)
    stack.stop(job, slow)
    for task_id in behind:
        assert stack.wait(job, task_id).status == "Succeeded"
    assert ids(stack.tasks(job, status="Dequeued")) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_of_a_list(stack: TaskStack, listed: str, order: str) -> None:
    found: list[str] = []
    token = None
    for expected in (4, 4, 2):
        page = stack.tasks(listed, limit=4, next_token=token, sort_order_by_time=order)
        assert len(page.tasks) == expected
        found += ids(page)
        token = page.next_token
    assert token is None
    assert found == ids(stack.tasks(listed, sort_order_by_time=order))


def test_payloads_only_where_they_are_wanted(stack: TaskStack, listed: str) -> None:
    assert stack.tasks(listed, limit=1).tasks[0].task_payload is None
    assert stack.tasks(listed, limit=1, include_payload=False).tasks[0].task_payload is None
    (task,) = stack.tasks(listed, limit=1, include_payload=True).tasks
    assert json.loads(task.task_payload) == {"raise": "9"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"limit": 0}, "from 1 to 100"),
        ({"limit": 101}, "from 1 to 100"),
        ({"status": "Sleeping"}, "Succeeded"),
        ({"sort_order_by_time": "up"}, "asc or desc"),
        ({"next_token": "made-up"}, "nextToken"),
        ({"started_time_begin": -1}, "startedTimeBegin"),
    ],
)
def test_what_is_not_allowed_is_refused(
    stack: TaskStack, listed: str, wrong: Any, says: str
) -> None:
    status, code, message = refusal_of(lambda: stack.tasks(listed, **wrong))
    assert (status, code) == (400, "InvalidArgument")
    assert says in message


def test_a_token_of_the_other_order_is_refused(stack: TaskStack, listed: str) -> None:
    token = stack.tasks(listed, limit=1, sort_order_by_time="asc").next_token
    status, code, _ = refusal_of(lambda: stack.tasks(listed, next_token=token))
    assert (status, code) == (400, "InvalidArgument")
