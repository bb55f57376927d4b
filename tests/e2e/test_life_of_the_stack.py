"""One stack from up to destroy. The tests build on each other, in this order."""

from collections import Counter
from typing import Any

from tests.e2e.stack import Stack
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

CREATIONS = {
    "CreateRole",
    "CreatePolicy",
    "AttachPolicyToRole",
    "CreateQueue",
    "CreateProject",
    "CreateLogStore",
    "CreateIndex",
    "CreateFunction",
    "PutAsyncInvokeConfig",
}
RESOURCES = 9


def operations(cloud: RunningCloud, after: int = 0) -> "Counter[str]":
    """How often each operation was asked for since request number `after`."""
    return Counter(request["operation"] for request in cloud.requests(after))


def asked(cloud: RunningCloud, operation: str, after: int = 0) -> dict[str, Any]:
    """The parameters of the one request for an operation since request number `after`."""
    found = [one for one in cloud.requests(after) if one["operation"] == operation]
    assert len(found) == 1, f"{operation} was asked for {len(found)} times"
    assert found[0]["status"] < 300, found[0]
    return found[0]["parameters"]


def last(cloud: RunningCloud) -> int:
    """The number of the last request so far."""
    return cloud.own("requests")["last"]


def test_up_creates_the_nine_resources_once_each(stack: Stack, cloud: RunningCloud) -> None:
    stack.up()
    made = operations(cloud)
    assert {name: made[name] for name in CREATIONS} == dict.fromkeys(CREATIONS, 1)


def test_outputs_name_what_was_made(stack: Stack) -> None:
    outputs = stack.outputs()
    assert set(outputs) == {
        "accountId",
        "region",
        "functionName",
        "functionArn",
        "roleArn",
        "queueName",
        "logProject",
        "logstore",
    }
    assert outputs["accountId"] == ACCOUNT_ID
    assert outputs["region"] == REGION
    assert outputs["functionArn"] == f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/my-fc-job"
    assert outputs["roleArn"].startswith(f"acs:ram::{ACCOUNT_ID}:role/")
    assert outputs["queueName"] == "my-fc-job-results"


def test_the_function_is_sent_as_the_guide_has_it(stack: Stack, cloud: RunningCloud) -> None:
    function = asked(cloud, "CreateFunction")
    outputs = stack.outputs()
    assert function["description"] == "this is test"
    assert function["handler"] == "index.handler"
    assert function["memorySize"] == 128
    assert function["runtime"] == "python3"
    assert function["instanceConcurrency"] == 1
    assert function["timeout"] == 3  # the dev stack's; the guide's 60 is prod's
    assert function["internetAccess"] is True
    assert function["role"] == outputs["roleArn"]
    assert function["functionName"] == "my-fc-job"
    assert function["logConfig"]["project"] == outputs["logProject"]
    assert function["logConfig"]["logstore"] == outputs["logstore"]


def test_the_async_configuration_is_sent_as_the_guide_has_it(
    stack: Stack, cloud: RunningCloud
) -> None:
    configuration = asked(cloud, "PutAsyncInvokeConfig")
    queue = stack.outputs()["queueName"]
    destination = f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/{queue}/messages"
    assert configuration["maxAsyncEventAgeInSeconds"] == 172800
    assert configuration["maxAsyncRetryAttempts"] == 1
    assert configuration["asyncTask"] is True
    assert configuration["destinationConfig"] == {
        "onSuccess": {"destination": destination},
        "onFailure": {"destination": destination},
    }


def test_a_second_preview_has_nothing_to_change(stack: Stack) -> None:
    summary = stack.preview()
    assert set(summary) == {"same"}, summary
    assert summary["same"] >= RESOURCES


def test_refresh_finds_no_drift(stack: Stack) -> None:
    ran = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert ran.exit_code == 0, ran.text


def test_an_update_sends_timeout_memory_and_code_and_nothing_else(
    stack: Stack, cloud: RunningCloud
) -> None:
    before = last(cloud)
    stack.set("timeout", "2")
    stack.set("memorySize", "192")
    handler = stack.folder / "function_code" / "index.py"
    handler.write_text(handler.read_text() + "\nCHANGED = True\n")
    stack.up()
    update = asked(cloud, "UpdateFunction", before)
    assert update["timeout"] == 2
    assert update["memorySize"] == 192
    assert "code" in update
    assert "description" not in update
    assert "role" not in update
    writes = {name for name in operations(cloud, before) if name.startswith(("Create", "Put"))}
    assert writes == set()


def test_destroy_leaves_nothing_in_localcloud(stack: Stack, cloud: RunningCloud) -> None:
    assert left(cloud) != {}
    stack.destroy()
    assert left(cloud) == {}


def left(cloud: RunningCloud) -> dict[str, int]:
    """The kinds of thing that localcloud holds, with their numbers."""
    return {kind: count for kind, count in cloud.own("status")["counts"].items() if count}
