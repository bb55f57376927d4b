"""What a person, and a script, gets to read when something is wrong.

The services' answers are theirs as documented and as users have reported them:
https://www.alibabacloud.com/help/en/mns/error-codes,
https://www.alibabacloud.com/help/en/sls/developer-reference/common-error-codes and
https://github.com/Serverless-Devs/Serverless-Devs/issues/350 (Function Compute's sentence).
"""

import json
from typing import Any

import pytest

from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask, environment_of, plain_environment
from tests.recorded import KEYS, against, answering, fc, sls, smq
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

FUNCTION_ARN = f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/job"


TASK = {"taskId": "t", "requestId": "1-66f1c0de-1", "status": "Succeeded", "startedTime": 1}
A_TASK = (200, json.dumps(TASK).encode())
LOG_CONFIG = (200, b'{"functionName": "job", "logConfig": {"project": "p", "logstore": "l"}}')


NOT_AUTHORIZED = "the caller is not authorized to perform '{0}' on resource '" + FUNCTION_ARN + "'"
CASES: list[Any] = [
    pytest.param(
        ("list",),
        {"/async-tasks": fc(403, "AccessDenied", NOT_AUTHORIZED.format("fc:ListAsyncTasks"))},
        (4, "PermissionMissing", "fc:ListAsyncTasks"),
        id="fc-permission-list",
    ),
    pytest.param(
        ("stop", "t"),
        {"/stop": fc(403, "AccessDenied", NOT_AUTHORIZED.format("fc:StopAsyncTask"))},
        (4, "PermissionMissing", "fc:StopAsyncTask"),
        id="fc-permission-stop",
    ),
    pytest.param(
        ("invoke",),
        {"/invocations": fc(403, "AccessDenied", NOT_AUTHORIZED.format("fc:InvokeFunction"))},
        (4, "PermissionMissing", "fc:InvokeFunction"),
        id="fc-permission-invoke",
    ),
    pytest.param(
        ("messages", "receive"),
        {
            "/messages": smq(
                403,
                "AccessDenied",
                "The OwnerId that your Access Key Id associated to is forbidden for this "
                "operation.",
            )
        },
        (4, "PermissionMissing", "mns:ReceiveMessage"),
        id="smq-permission",
    ),
    pytest.param(
        ("logs", "t"),
        {
            "/async-tasks/": A_TASK,
            "/logstores/": sls(
                401, "Unauthorized", "denied by sts or ram, action: log:GetLogStoreLogs"
            ),
            "/functions/job": LOG_CONFIG,
        },
        (4, "PermissionMissing", "log:GetLogStoreLogs"),
        id="sls-permission",
    ),
    pytest.param(
        ("list",),
        {"/async-tasks": fc(404, "FunctionNotFound", "function 'job' does not exist")},
        (5, "NoSuchFunction", "function 'job' does not exist"),
        id="fc-no-function",
    ),
    pytest.param(
        ("show", "t"),
        {"/async-tasks/t": fc(404, "AsyncTaskNotFound", "async task 't' does not exist")},
        (5, "NoSuchTask", "no such task: t"),
        id="fc-no-task",
    ),
    pytest.param(
        ("messages", "peek"),
        {"/messages": smq(404, "QueueNotExist", "The queue name you provided is not exist.")},
        (5, "NoSuchQueue", "no such queue: q"),
        id="smq-no-queue",
    ),
    pytest.param(
        ("logs", "t"),
        {
            "/async-tasks/": A_TASK,
            "/logstores/": sls(404, "LogStoreNotExist", "logstore l does not exist"),
            "/functions/job": LOG_CONFIG,
        },
        (5, "NoSuchLogs", "p/l"),
        id="sls-no-logstore",
    ),
    pytest.param(
        ("list",),
        {"/async-tasks": fc(403, "InvalidAccessKeyID", "the access key id is not found")},
        (4, "CredentialsRefused", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        id="fc-key",
    ),
    pytest.param(
        ("messages", "peek"),
        {
            "/messages": smq(
                403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist."
            )
        },
        (4, "CredentialsRefused", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        id="smq-key",
    ),
    pytest.param(
        ("list",),
        {"/async-tasks": fc(429, "ResourceExhausted", "the request is throttled")},
        (1, "Throttled", "Try again"),
        id="fc-throttled",
    ),
    pytest.param(
        ("invoke",),
        {"/invocations": fc(500, "InternalServerError", "an internal error has occurred")},
        (1, "Throttled", "an internal error has occurred"),
        id="fc-internal",
    ),
    pytest.param(
        ("invoke", "--task-id", "t"),
        {
            "/invocations": fc(400, "InvalidArgument", "async task is not enabled"),
            "/async-invoke-config": fc(404, "AsyncConfigNotExists", "async config does not exist"),
        },
        (5, "NotATaskFunction", "asyncTask"),
        id="fc-not-a-task-function",
    ),
]


@pytest.mark.parametrize(("words", "answers", "expected"), CASES)
def test_a_refusal_becomes_a_sentence_and_an_exit_code(
    words: tuple[str, ...], answers: dict[str, tuple[int, bytes]], expected: tuple[int, str, str]
) -> None:
    exit_code, kind, part = expected
    with answering(answers) as service:
        program = against(service)
        ran = program.run(*words, "--json")
        assert ran.exit_code == exit_code, ran.text
        assert ran.error["kind"] == kind
        assert ran.error["exitCode"] == exit_code
        assert part in ran.error["message"]
        assert ran.stdout == ""
        told = program.run(*words)
        assert told.exit_code == exit_code
        assert told.stderr.startswith("fctask: ")
        assert part in told.stderr
        for said in (ran.text, told.text):
            assert KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in said
            assert "Traceback" not in said


def test_the_missing_action_is_a_field_of_its_own() -> None:
    answers = {"/async-tasks": fc(403, "AccessDenied", NOT_AUTHORIZED.format("fc:ListAsyncTasks"))}
    with answering(answers) as service:
        error = against(service).run("list", "--json").error
    assert error["action"] == "fc:ListAsyncTasks"
    assert error["code"] == "AccessDenied"
    assert error["requestId"] == "1-66f1c0de-0a1b2c3d-4e5f60718293"


@pytest.mark.parametrize("words", [("list",), ("messages", "peek"), ("invoke",)])
def test_localcloud_not_running_is_told_with_the_way_to_start_it(words: tuple[str, ...]) -> None:
    environment = {
        **plain_environment(),
        **KEYS,
        "FCTASK_FC_ENDPOINT": "http://127.0.0.1:1",
        "FCTASK_SMQ_ENDPOINT": "http://127.0.0.1:1",
    }
    program = Fctask(environment).of("job", "--queue", "q")
    ran = program.run(*words, "--json")
    assert (ran.exit_code, ran.error["kind"]) == (3, "Unreachable"), ran.text
    told = program.run(*words)
    assert told.exit_code == 3
    assert "localcloud serve" in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_no_credentials_is_a_sentence_that_names_the_variables() -> None:
    program = Fctask(plain_environment()).of("job")
    ran = program.run("list")
    assert ran.exit_code == 4
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in ran.stderr
    assert program.run("list", "--json").error["kind"] == "NoCredentials"


def test_a_wrong_secret_is_refused_by_localcloud_and_told(
    cloud: RunningCloud,
) -> None:
    job = TaskStack(cloud).function()
    ran = Fctask({**environment_of(cloud), **KEYS}).of(job).run("list", "--json")
    assert (ran.exit_code, ran.error["kind"]) == (4, "CredentialsRefused"), ran.text


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("list",), "--stack"),
        (("list", "--stack", "dev", "--function", "f"), "--function"),
        (("list", "--since", "yesterday"), "yesterday"),
        (("list", "--status", "Sleeping"), "Sleeping"),
        (("list", "--limit", "0"), "--limit"),
        (("shw", "x"), "shw"),
        (("show",), "ID"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_document_with_json(
    words: tuple[str, ...], part: str
) -> None:
    program = Fctask({**plain_environment(), **KEYS})
    told = program.run(*words)
    assert told.exit_code == 2, told.text
    assert part in told.stderr
    ran = program.run(*words, "--json")
    assert ran.exit_code == 2
    assert ran.error["kind"] == "Usage"
    assert part in ran.error["message"]
    assert ran.stdout == ""


def test_a_function_without_its_region_or_account_is_asked_for() -> None:
    program = Fctask({**plain_environment(), **KEYS})
    ran = program.run("list", "--function", "job", "--json")
    assert (ran.exit_code, ran.error["kind"]) == (5, "TargetUnknown")
    assert "--region" in ran.error["message"]
    ran = program.run("list", "--function", "job", "--region", REGION, "--json")
    assert "--account" in ran.error["message"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_completes(shell: str) -> None:
    program = Fctask(plain_environment())
    ran = program.run("completion", shell)
    assert ran.exit_code == 0, ran.text
    assert "_FCTASK_COMPLETE" in ran.stdout
    assert program.json("completion", shell)["shell"] == shell
    assert program.run("completion", "tcsh").exit_code == 2


def test_the_shell_is_told_commands_and_statuses() -> None:
    def completed(line: str) -> list[str]:
        words = line.split(" ")
        ran = Fctask(plain_environment()).run(
            _FCTASK_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
        )
        return ran.stdout.split()

    assert {"stats", "stop"} <= set(completed("fctask st"))
    assert "peek" in completed("fctask messages p")
    assert "--follow" in completed("fctask logs --f")
    assert [one.lower() for one in completed("fctask list --status Run")] == ["running"]
