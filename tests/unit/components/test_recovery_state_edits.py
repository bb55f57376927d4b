"""What recovery writes into a state for a resource that may be there."""

from typing import Any

import pytest
from fc_async_tasks.provider_ids import NOT_KNOWN_YET, QUEUE
from fc_async_tasks.recovery.state_edits import entry_of, put_in, settle, take_out

from tests.unit.components.recovery_double import (
    function,
    logstore,
    project,
    queue,
    resource,
    stands,
)

ENCRYPTED = {"4dabf18193072939515e22adb298388d": "1b4", "ciphertext": "v1:abc"}


def made(planned: dict[str, Any]) -> dict[str, Any]:
    entry = entry_of(planned)
    assert entry is not None
    return entry


def test_only_the_names_that_make_the_id_are_written() -> None:
    planned = function("f", environmentVariables={"TOKEN": "[secret]"}, code={"zipFile": "x"})
    entry = made(planned)
    assert entry["id"] == "f"
    # Outputs that are empty would have a refresh write all it reads into the inputs, in clear.
    assert entry["inputs"] == entry["outputs"] == {"functionName": "f"}
    assert entry["parent"] == planned["parent"]


@pytest.mark.parametrize("value", ["[secret]", ["a", "[secret]"], {"a": ENCRYPTED}, ENCRYPTED])
def test_what_is_secret_stays_secret(value: object) -> None:
    entry = made(resource(QUEUE, queueName="q", tags=value, delaySeconds=1))
    assert entry["additionalSecretOutputs"] == ["tags"]


def test_what_the_plan_has_as_secret_outputs_stays() -> None:
    entry = made({**queue("q"), "additionalSecretOutputs": ["tags"]})
    assert entry["additionalSecretOutputs"] == ["tags"]
    assert "additionalSecretOutputs" not in made(queue("q"))


def test_a_functions_environment_is_secret_before_the_program_has_said_so() -> None:
    assert made(function("f"))["additionalSecretOutputs"] == ["environmentVariables"]


def test_a_resource_whose_id_cannot_be_told_has_no_entry() -> None:
    assert entry_of(queue("[secret]")) is None
    assert entry_of(resource("alicloud:fc/v3FunctionVersion:V3FunctionVersion")) is None


def state(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resources": list(entries)}


def ids(deployment: dict[str, Any]) -> list[str]:
    return [one["id"] + "-" * bool(one.get("delete")) for one in deployment["resources"]]


def test_a_replacement_stands_before_the_former_one_and_what_depends_on_it() -> None:
    old = {**stands(queue("old"), "old"), "parent": None, "provider": ""}
    new = {**stands(queue("new"), "new"), "parent": None, "provider": ""}
    deployment = state(old, stands(function("f", QUEUE), "f"))
    put_in(deployment, [new])
    assert ids(deployment) == ["new", "old-", "f"]


def test_a_replacement_stands_after_what_it_needs() -> None:
    old = {**stands(queue("old"), "old"), "parent": None, "provider": ""}
    new = {**old, "id": "new", "dependencies": [project("p")["urn"]]}
    deployment = state(old, stands(project("p"), "p"))
    put_in(deployment, [new])
    assert ids(deployment) == ["old-", "p", "new"]


def test_taking_out_undoes_putting_in() -> None:
    before = [stands(project("p"), "p"), stands(queue("old"), "old"), stands(function("f"), "f")]
    gone = {**stands(logstore("p", "s"), "p:s"), "pendingReplacement": True}
    deployment = state(*(dict(one) for one in before), dict(gone))
    added = [made(queue("new")), made(logstore("p", "s"))]
    replaced = put_in(deployment, added)
    assert "old-" in ids(deployment)
    assert [one["id"] for one in take_out(deployment, added, replaced)] == ["new", "p:s"]
    assert deployment["resources"] == [*before, gone]


def test_what_the_cloud_no_longer_has_is_not_put_back() -> None:
    deployment = state(stands(queue("old"), "old"))
    added = [made(queue("new"))]
    replaced = put_in(deployment, added)
    deployment["resources"] = [one for one in deployment["resources"] if one["id"] != "old"]
    take_out(deployment, added, replaced)
    assert deployment["resources"] == []


def test_former_ones_of_earlier_replacements_stay_as_they_are() -> None:
    former = stands(queue("oldest"), "oldest", delete=True)
    deployment = state(stands(queue("old"), "old"), former)
    added = [made(queue("new"))]
    take_out(deployment, added, put_in(deployment, added))
    assert ids(deployment) == ["old", "oldest-"]


def test_settling_takes_out_what_was_added_and_what_nobody_knows_yet() -> None:
    """The engine would keep the placeholder as if it were an output's value."""
    component: dict[str, Any] = {"type": "fc-async-tasks:index:TaskQueue", "custom": False}
    outputs = {
        "name": "q",
        "arn": NOT_KNOWN_YET,
        "endpoints": [{"url": f"https://{NOT_KNOWN_YET}/q"}],
        "secret": ENCRYPTED,
    }
    bare = {**component, "urn": "bare"}
    read = {**stands(queue("q"), "q"), "outputs": {"note": NOT_KNOWN_YET}}
    deployment = state(
        {**component, "urn": "kept", "outputs": outputs},
        {**component, "urn": "added", "outputs": outputs},
        dict(bare),
        dict(read),
    )
    settle(deployment, {"added"})
    assert deployment["resources"] == [
        {**component, "urn": "kept", "outputs": {"name": "q", "secret": ENCRYPTED}},
        bare,
        read,  # what the cloud tells stays as it is
    ]
