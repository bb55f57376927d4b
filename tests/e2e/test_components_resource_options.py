"""What a component is told of protection, deletion, provider and former names: all of it obeys."""

import json
from typing import Any

import pytest

from tests.e2e.component_program import copy_component_program
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

DELETIONS = ("Delete", "Detach")
NINE = {
    "ram/role:Role",
    "ram/policy:Policy",
    "ram/rolePolicyAttachment:RolePolicyAttachment",
    "message/serviceQueue:ServiceQueue",
    "log/project:Project",
    "log/store:Store",
    "log/storeIndex:StoreIndex",
    "fc/v3Function:V3Function",
    "fc/v3AsyncInvokeConfig:V3AsyncInvokeConfig",
}


@pytest.fixture(scope="module")
def stack(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    folder = copy_component_program("kept", tmp_path_factory.mktemp("clone") / "kept")
    made = Stack(folder, cloud.port)
    made.set("name", "kept")
    made.set("protect", "true")
    made.up()
    return made


def in_the_cloud(stack: Stack) -> dict[str, Any]:
    """The resources of the state that are at the provider, by type."""
    state = json.loads(stack.pulumi("stack", "export").stdout)
    return {
        each["type"].removeprefix("alicloud:"): each
        for each in state["deployment"].get("resources", [])
        if each["type"].startswith("alicloud:")
    }


def deletions(cloud: RunningCloud, after: int = 0) -> list[str]:
    return [r["operation"] for r in cloud.requests(after) if r["operation"].startswith(DELETIONS)]


def test_an_explicit_provider_is_everybodys(stack: Stack) -> None:
    resources = in_the_cloud(stack)
    assert resources.keys() == NINE
    assert {each["provider"].split("::")[-2] for each in resources.values()} == {"explicit"}


def test_protect_holds_for_all_and_destroy_deletes_nothing(
    stack: Stack, cloud: RunningCloud
) -> None:
    assert {kind for kind, each in in_the_cloud(stack).items() if each.get("protect")} == NINE
    ran = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert ran.exit_code != 0, ran.text
    assert "is protected" in ran.text or "cannot be deleted" in ran.text, ran.text
    assert deletions(cloud) == []


def test_a_component_with_a_former_name_is_the_same_one(stack: Stack) -> None:
    stack.set("name", "renamed")
    # Without the alias it is another one, and the protected one would have to go.
    assert stack.pulumi("preview").exit_code != 0
    stack.set("formerly", "kept")
    assert set(stack.preview()) == {"same"}


def test_retain_on_delete_keeps_all_of_it_down_to_queue_and_logs(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.set("protect", "false")
    stack.set("retain", "true")
    stack.up()
    kept = {kind for kind, each in in_the_cloud(stack).items() if each.get("retainOnDelete")}
    assert kept == NINE
    stack.destroy()
    assert in_the_cloud(stack) == {}
    assert deletions(cloud) == []
    counts = cloud.own("status")["counts"]
    assert (counts["queues"], counts["functions"]) == (1, 1)
