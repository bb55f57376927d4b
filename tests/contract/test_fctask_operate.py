"""fctask stop and rerun."""

from typing import Any

import pytest

from tests.contract.function_packages import code_of, models
from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask, Terminal


def running(stack: TaskStack, job: str, count: int = 1) -> list[str]:
    ids = [stack.submit(job, {"sleep": 90}) for _ in range(count)]
    for task_id in ids:
        stack.wait(job, task_id, ("Running",))
    return ids


def test_stop_returns_when_the_stop_is_true(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function(timeout=100)
    ids = running(stack, job, 2)
    document = fctask.of(job).json("stop", *ids)
    assert [stack.task(job, task_id).status for task_id in ids] == ["Stopped", "Stopped"]
    assert {one["taskId"]: one["stopped"] for one in document["tasks"]} == dict.fromkeys(ids, True)


def test_a_queued_task_is_stopped(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function(timeout=100)
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    (first,) = running(stack, job)
    second = stack.submit(job)
    ran = fctask.of(job).run("stop", second, first)
    assert ran.exit_code == 0, ran.text
    assert {line.split()[1] for line in ran.stdout.splitlines()} == {first, second}


def test_stop_says_when_a_stop_is_not_true(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function(timeout=100)
    done = stack.submit(job)
    stack.wait(job, done)
    (slow,) = running(stack, job)
    program = fctask.of(job)
    document = program.json("stop", done, slow, "nobody", exit_code=6)
    outcomes = {one["taskId"]: one for one in document["tasks"]}
    assert outcomes[slow]["stopped"] is True
    assert outcomes[done]["stopped"] is False
    assert "Succeeded" in outcomes[done]["note"]
    assert "no such task" in outcomes["nobody"]["note"]
    again = program.json("stop", slow)
    assert again["tasks"][0]["note"] == "it was Stopped before"


def test_stop_of_tasks_that_are_not_there_ends_with_5(fctask: Fctask, stack: TaskStack) -> None:
    program = fctask.of(stack.function())
    ran = program.run("stop", "nobody", "--json")
    assert (ran.exit_code, ran.error["kind"], ran.error["exitCode"]) == (5, "NoSuchTask", 5)
    assert ran.stdout == ""
    neither = program.json("stop", "nobody", "nowhere", exit_code=5)
    assert [one["stopped"] for one in neither["tasks"]] == [False, False]


def test_stop_of_all_that_match_asks_first(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function(timeout=100)
    ids = running(stack, job, 3)
    program = fctask.of(job)
    assert program.run("stop", "--status", "Running").exit_code == 2  # nobody to ask
    assert program.json("stop", "--status", "Running", "--older-than", "1h", "--yes") == {
        "tasks": []
    }
    assert program.run("stop").exit_code == 2
    assert program.run("stop", "--status", "Failed", "--yes").exit_code == 2
    assert [stack.task(job, one).status for one in ids] == ["Running"] * 3
    document = program.json("stop", "--status", "Running", "--older-than", "0s", "--yes")
    assert sorted(one["taskId"] for one in document["tasks"]) == sorted(ids)
    assert [stack.task(job, one).status for one in ids] == ["Stopped"] * 3


@pytest.mark.parametrize(
    ("answer", "exit_code", "status"), [("n", 1, "Running"), ("y", 0, "Stopped")]
)
def test_a_person_is_shown_the_tasks_and_asked(
    fctask: Fctask, stack: TaskStack, answer: str, exit_code: int, status: str
) -> None:
    job = stack.function(timeout=100)
    (slow,) = running(stack, job)
    terminal = Terminal(fctask.of(job), "stop", "--status", "Running")
    terminal.until("Stop 1 task? [y/N]")
    assert slow in terminal.shown
    terminal.type(answer + "\n")
    assert terminal.ended() == exit_code, terminal.shown
    assert stack.task(job, slow).status == status


def payload_of(stack: TaskStack, job: str, task_id: str) -> Any:
    return stack.wait(job, task_id).task_payload


@pytest.mark.parametrize("status", ["Succeeded", "Failed"])
def test_rerun_has_the_same_payload_and_an_id_that_names_the_first(
    fctask: Fctask, stack: TaskStack, status: str
) -> None:
    job = stack.function()
    event = (
        b'{"raise": "no", "text": "\xe4\xbd\xa0\xe5\xa5\xbd"}'
        if status == "Failed"
        else b'{ "a":1 }'
    )
    task_id = stack.submit(job, event)
    assert stack.wait(job, task_id).status == status
    program = fctask.of(job)
    (once,) = program.json("rerun", task_id)["tasks"]
    assert once["first"] == task_id
    assert once["taskId"].startswith(f"rerun-{task_id}-")
    assert payload_of(stack, job, once["taskId"]) == event.decode()
    (twice,) = program.json("rerun", once["taskId"])["tasks"]  # of the re-run
    assert twice["first"] == task_id
    assert twice["taskId"].startswith(f"rerun-{task_id}-")
    assert twice["taskId"] != once["taskId"]
    assert program.json("show", twice["taskId"])["rerunOf"] == task_id


def test_the_longest_id_can_be_run_again(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    longest = "a" * 128
    stack.wait(job, stack.submit(job, x_fc_async_task_id=longest))
    (once,) = fctask.of(job).json("rerun", longest)["tasks"]
    stack.wait(job, once["taskId"])
    assert once["taskId"].startswith("rerun-" + "a" * 99)
    (twice,) = fctask.of(job).json("rerun", once["taskId"])["tasks"]
    assert twice["first"] == once["first"]


def test_what_has_not_ended_or_is_not_there_is_not_run_again(
    fctask: Fctask, stack: TaskStack
) -> None:
    job = stack.function(timeout=100)
    (slow,) = running(stack, job)
    program = fctask.of(job)
    ran = program.run("rerun", slow, "--json")
    assert ran.exit_code == 1, ran.text
    assert ran.error["kind"] == "NotEnded"
    ran = program.run("rerun", "nobody", "--json")
    assert ran.exit_code == 5
    assert ran.error["kind"] == "NoSuchTask"
    done = stack.submit(job)
    stack.wait(job, done)
    document = program.json("rerun", "nobody", done, exit_code=6)
    assert document["tasks"][0]["error"]["kind"] == "NoSuchTask"
    assert document["tasks"][1]["of"] == done


def test_a_payload_that_cannot_be_had_back_is_not_replaced_by_another(
    fctask: Fctask, stack: TaskStack
) -> None:
    job = stack.function(source="def handler(event, context):\n    return 'any'\n")
    binary = stack.submit(job, b"\xff\xfe\x00")
    stack.wait(job, binary)
    ran = fctask.of(job).run("rerun", binary, "--json")
    assert ran.error["kind"] == "PayloadLost"
    assert [one.task_id for one in stack.tasks(job).tasks] == [binary]


def test_rerun_of_all_that_failed_leaves_out_what_is_taken_care_of(
    fctask: Fctask, stack: TaskStack
) -> None:
    job = stack.function()
    failed = [stack.submit(job, {"raise": "no", "n": number}) for number in range(3)]
    for task_id in failed:
        stack.wait(job, task_id)
    stack.wait(job, stack.submit(job))
    program = fctask.of(job)
    assert program.run("rerun", "--status", "Failed").exit_code == 2  # nobody to ask
    first = program.json("rerun", "--status", "Failed", "--since", "1h", "--yes")["tasks"]
    assert sorted(one["of"] for one in first) == sorted(failed)
    for one in first:
        stack.wait(job, one["taskId"])
    # those failed again: three families, not six tasks
    second = program.json("rerun", "--status", "Failed", "--yes")["tasks"]
    assert sorted(one["first"] for one in second) == sorted(failed)
    for one in second:
        stack.wait(job, one["taskId"])
    repaired = models.UpdateFunctionInput(code=code_of())
    stack.fc.update_function(job, models.UpdateFunctionRequest(body=repaired))
    third = program.json("rerun", "--status", "Failed", "--yes")["tasks"]
    for one in third:
        assert stack.wait(job, one["taskId"]).status == "Succeeded"
    assert program.json("rerun", "--status", "Failed", "--yes")["tasks"] == []
