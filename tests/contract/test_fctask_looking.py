"""fctask list, show, stats, watch and logs, on a genuine localcloud."""

import re
import resource
import signal
from typing import Any

import pytest
from aliyun.log import IndexConfig, IndexLineConfig, LogClient

from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.fctask_program import Fctask, Terminal, interrupt

STARTS_WITHIN = 0.5  # seconds of processor time from nothing to the listed tasks
PROJECT, LOGSTORE = "fctask-logs", "lines"


@pytest.fixture(scope="module")
def logging_job(stack: TaskStack, log: LogClient) -> str:
    """A function with logs and a queue; its failures are tried twice."""
    log.create_project(PROJECT, "")
    log.create_logstore(PROJECT, LOGSTORE, 7, 1)
    words = IndexLineConfig(token_list=list(", '\";=()[]{}?@&<>/:\n\t\r"))
    log.create_index(PROJECT, LOGSTORE, IndexConfig(line_config=words))
    arn = queue_arn(stack.queue())
    return stack.function(
        role=stack.role(GUIDE_POLICY),
        success=arn,
        failure=arn,
        retries=1,
        timeout=60,
        log_config=models.LogConfig(project=PROJECT, logstore=LOGSTORE),
    )


@pytest.fixture(scope="module")
def mixed(stack: TaskStack) -> str:
    """A function with 3 succeeded tasks, 2 failed ones and a running one."""
    job = stack.function(timeout=120)
    for number in range(3):
        stack.submit(job, {"n": number}, x_fc_async_task_id=f"good-{number}")
    for number in range(2):
        stack.submit(job, {"raise": "no luck"}, x_fc_async_task_id=f"bad-{number}")
    for task_id in ("good-0", "good-1", "good-2", "bad-0", "bad-1"):
        stack.wait(job, task_id)
    stack.submit(job, {"sleep": 100}, x_fc_async_task_id="slow")
    stack.wait(job, "slow", ("Running",))
    return job


def ids(document: dict[str, Any]) -> list[str]:
    return [task["taskId"] for task in document["tasks"]]


def test_list_shows_the_newest_first_with_status_and_error(fctask: Fctask, mixed: str) -> None:
    ran = fctask.of(mixed).run("list")
    assert ran.exit_code == 0, ran.text
    lines = ran.stdout.splitlines()
    assert lines[0].split() == ["TASK", "STATUS", "ACCEPTED", "TOOK", "TRIES", "ERROR"]
    assert [line.split()[0] for line in lines[1:]] == [
        "slow", "bad-1", "bad-0", "good-2", "good-1", "good-0",
    ]  # fmt: skip
    assert re.fullmatch(r"bad-1\s+Failed\s+\S+ \S+\s+\d+ ms\s+1\s+no luck", lines[2])
    assert re.fullmatch(r"slow\s+Running\s+\S+ \S+\s+-\s+1", lines[1])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--status", "failed"), ["bad-1", "bad-0"]),
        (("--status", "Failed", "--status", "Running"), ["slow", "bad-1", "bad-0"]),
        (("--prefix", "good"), ["good-2", "good-1", "good-0"]),
        (("--limit", "2"), ["slow", "bad-1"]),
        (("--since", "1h", "--prefix", "sl"), ["slow"]),
        (("--until", "1h"), []),
        (("--since", "2020-01-01T00:00", "--until", "2020-01-02"), []),
    ],
)
def test_list_takes_what_is_asked_for(
    fctask: Fctask, mixed: str, options: tuple[str, ...], expected: list[str]
) -> None:
    document = fctask.of(mixed).json("list", *options)
    assert ids(document) == expected
    assert document["more"] is ("--limit" in options)


def test_list_all_goes_through_the_pages(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    submitted = [stack.submit(job) for _ in range(130)]
    assert ids(fctask.of(job).json("list", "--all")) == submitted[::-1]
    assert len(ids(fctask.of(job).json("list", "--limit", "110"))) == 110


def test_an_empty_list_is_told_apart_from_a_function_without_tasks(
    fctask: Fctask, stack: TaskStack
) -> None:
    none_yet = fctask.of(stack.function()).run("list")
    assert (none_yet.exit_code, none_yet.stdout) == (0, "")
    assert "no task" in none_yet.stderr
    plain = stack.function(task=False)
    ran = fctask.of(plain).run("list", "--json")
    assert ran.exit_code == 5, ran.text
    assert ran.error["kind"] == "NotATaskFunction"
    assert plain in ran.error["message"]
    assert "asyncTask" in ran.error["message"]
    assert ran.stdout == ""


def test_show_tells_times_events_payload_result_error_and_destination(
    fctask: Fctask, stack: TaskStack, logging_job: str
) -> None:
    task_id = stack.submit(logging_job, {"raise": "\x1b[2Jwiped"})
    stack.wait(logging_job, task_id)
    ran = fctask.of(logging_job).run("show", task_id)
    assert ran.exit_code == 0, ran.text
    for part in ("Failed", "Attempts      2", "Retrying", "Payload", "Result", "/queues/"):
        assert part in ran.stdout, ran.text
    assert "wiped" in ran.stdout
    assert "\x1b" not in ran.stdout  # what a payload holds does not act on the terminal
    document = fctask.of(logging_job).json("show", task_id)
    assert document["alreadyRetriedTimes"] == 1
    assert document["taskPayload"] == '{"raise": "\\u001b[2Jwiped"}'
    assert [event["status"] for event in document["events"]] == [
        "Enqueued", "Dequeued", "Running", "Retrying", "Dequeued", "Running", "Failed",
    ]  # fmt: skip


def test_stats_counts_and_gives_percentiles(fctask: Fctask, mixed: str) -> None:
    totals = fctask.of(mixed).json("stats")
    assert totals["byStatus"] == {"Running": 1, "Succeeded": 3, "Failed": 2}
    assert totals["durationMs"]["count"] == 5
    assert totals["durationMs"]["p50"] <= totals["durationMs"]["p95"] <= totals["durationMs"]["p99"]
    assert [(one["error"], one["count"]) for one in totals["errors"]] == [("no luck", 2)]
    assert totals["errors"][0]["taskId"] == "bad-1"
    told = fctask.of(mixed).run("stats", "--since", "1h").stdout
    assert re.search(r"Failed\s+2\s+33\.3%", told)
    assert fctask.of(mixed).json("stats", "--until", "2h")["count"] == 0


@pytest.mark.parametrize(
    ("event", "exit_code", "status"),
    [({}, 0, "Succeeded"), ({"raise": "no"}, 10, "Failed")],
)
def test_watch_follows_a_task_and_its_exit_code_tells_how_it_ended(
    fctask: Fctask, stack: TaskStack, event: Any, exit_code: int, status: str
) -> None:
    job = stack.function()
    watching = fctask.of(job).start("watch", stack.submit(job, {"sleep": 1, **event}))
    stdout, stderr = watching.communicate(timeout=30)
    assert watching.returncode == exit_code, stderr
    told = [line.split()[2] for line in stdout.splitlines() if line[:2] == "20"]
    assert told == ["Enqueued", "Dequeued", "Running", status]


def test_watch_tells_a_stop_and_an_expiry_apart(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function(age=1)
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    first, late = stack.submit(job, {"sleep": 60}), stack.submit(job)
    assert fctask.of(job).json("watch", late, exit_code=12)["status"] == "Expired"
    watching = fctask.of(job).start("watch", first, "--json")
    stack.stop(job, first)
    watching.communicate(timeout=30)
    assert watching.returncode == 11


def test_the_live_table_ends_when_nothing_is_unfinished(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    task_id = stack.submit(job, {"sleep": 1})
    document = fctask.of(job).json("watch", "--until-idle")
    assert [(one["taskId"], one["status"]) for one in document["tasks"]] == [(task_id, "Succeeded")]
    assert fctask.of(job).run("watch", "--json").exit_code == 2


def test_ctrl_c_ends_the_live_table_cleanly(fctask: Fctask, mixed: str) -> None:
    watching = fctask.of(mixed).start("watch")
    assert watching.stdout
    assert "TASK" in watching.stdout.readline()
    ran = interrupt(watching)
    assert ran.exit_code == 130, ran.text
    assert "interrupted" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_live_table_shows_what_is_submitted_elsewhere(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    stack.wait(job, stack.submit(job, x_fc_async_task_id="before"))
    terminal = Terminal(fctask.of(job), "watch")
    terminal.until("before")
    stack.submit(job, {"raise": "\x1b]0;title\x07"}, x_fc_async_task_id="meanwhile")
    terminal.until("meanwhile", 2)
    terminal.until("\\x1b]0;title")  # shown, not obeyed
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.ended() == 130
    assert "Traceback" not in terminal.shown


def handled(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("handling")]


def test_logs_are_that_executions_lines_only_with_all_attempts(
    fctask: Fctask, stack: TaskStack, logging_job: str
) -> None:
    failing = stack.submit(logging_job, {"raise": "no"})
    other = stack.submit(logging_job, {"raise": f"unlike {failing}"})  # a line that names it
    for task_id in (failing, other):
        stack.wait(logging_job, task_id)
    program = fctask.of(logging_job)
    wait_until(lambda: len(program.json("logs", failing)["lines"]) >= 10)
    ran = program.run("logs", failing)
    assert handled(ran.stdout.splitlines()) == [f"handling {failing}"] * 2
    assert other not in ran.stdout
    assert "unlike" not in ran.stdout
    assert "unlike" in program.run("logs", other).stdout


def test_logs_follow_until_the_task_has_ended(
    fctask: Fctask, stack: TaskStack, logging_job: str
) -> None:
    task_id = stack.submit(logging_job, {"sleep": 3})
    following = fctask.of(logging_job).start("logs", task_id, "--follow")
    assert following.stdout
    first = following.stdout.readline()
    assert stack.task(logging_job, task_id).status == "Running", "the line came only at the end"
    lines = [first.rstrip("\n"), *following.stdout.read().splitlines()]
    assert following.wait(30) == 0
    assert lines[0].startswith("FC Invoke Start")
    assert handled(lines) == [f"handling {task_id}"]
    assert sum(line.startswith("FC Invoke End") for line in lines) == 1


def test_a_function_without_logs_is_a_sentence(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    ran = fctask.of(job).run("logs", stack.submit(job))
    assert ran.exit_code == 5, ran.text
    assert "logConfig" in ran.stderr


def test_list_starts_in_half_a_second(fctask: Fctask, mixed: str) -> None:
    """Processor time, which the machine's other work does not change much; the best of five."""

    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    program = fctask.of(mixed)
    times: list[float] = []
    for _ in range(5):
        before = used()
        assert program.run("list").exit_code == 0
        times.append(used() - before)
    assert min(times) < STARTS_WITHIN, times


def test_a_reader_that_has_had_enough_is_no_error(fctask: Fctask, stack: TaskStack) -> None:
    job = stack.function()
    for _ in range(30):
        stack.submit(job)
    listing = fctask.of(job).start("list", "--all")
    assert listing.stdout
    listing.stdout.close()
    assert listing.stderr
    assert listing.stderr.read() == ""
    assert listing.wait(30) == 0
