"""Somebody changes by hand what the stack made: refresh finds it, up mends it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as fc_models
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from mns.account import Account
from mns.queue import QueueMeta

from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

Names = dict[str, Any]  # the stack's outputs


def policy_of(cloud: RunningCloud, names: Names) -> list[str]:
    """The policies attached to the function's role."""
    request = ram_models.ListPoliciesForRoleRequest(role_name=role_of(names))
    attached = RamClient(cloud.config()).list_policies_for_role(request).body.policies.policy
    return [str(policy.policy_name) for policy in attached]


def role_of(names: Names) -> str:
    return names["roleArn"].rpartition("/")[2]


def detach_policy(cloud: RunningCloud, names: Names) -> None:
    request = ram_models.DetachPolicyFromRoleRequest(
        policy_type="Custom", policy_name=policy_of(cloud, names)[0], role_name=role_of(names)
    )
    RamClient(cloud.config()).detach_policy_from_role(request)


def queue_of(cloud: RunningCloud, names: Names) -> Any:
    return Account(cloud.url, cloud.key, cloud.secret).get_queue(names["queueName"])


def retention(cloud: RunningCloud, names: Names) -> int:
    return int(queue_of(cloud, names).get_attributes().message_retention_period)


def change_retention(cloud: RunningCloud, names: Names) -> None:
    changed = QueueMeta()
    changed.set_message_retention_period(120)
    queue_of(cloud, names).set_attributes(changed)


def memory(cloud: RunningCloud, names: Names) -> int:
    function = FunctionClient(cloud.config()).get_function(
        names["functionName"], fc_models.GetFunctionRequest()
    )
    return int(function.body.memory_size or 0)


def change_memory(cloud: RunningCloud, names: Names) -> None:
    body = fc_models.UpdateFunctionInput(memory_size=512)
    request = fc_models.UpdateFunctionRequest(body=body)
    FunctionClient(cloud.config()).update_function(names["functionName"], request)


def async_configurations(cloud: RunningCloud, names: Names) -> list[Any]:
    request = fc_models.ListAsyncInvokeConfigsRequest(function_name=names["functionName"])
    listed = FunctionClient(cloud.config()).list_async_invoke_configs(request).body.configs or []
    changing = ("createdTime", "lastModifiedTime")
    return [
        {name: value for name, value in one.to_map().items() if name not in changing}
        for one in listed
    ]


def delete_async_configuration(cloud: RunningCloud, names: Names) -> None:
    FunctionClient(cloud.config()).delete_async_invoke_config(
        names["functionName"], fc_models.DeleteAsyncInvokeConfigRequest()
    )


Change = Callable[[RunningCloud, Names], None]
Look = Callable[[RunningCloud, Names], Any]


@pytest.fixture(scope="module")
def names(stack: Stack) -> Names:
    """The outputs of the stack, which is up."""
    stack.up()
    return stack.outputs()


@pytest.mark.parametrize(
    ("look", "change", "found", "mended"),
    [
        (policy_of, detach_policy, "- ram:RolePolicyAttachment deleted", "create"),
        (retention, change_retention, "~ message:ServiceQueue updated", "update"),
        (memory, change_memory, "~ fc:V3Function updated", "update"),
        (
            async_configurations,
            delete_async_configuration,
            "- fc:V3AsyncInvokeConfig deleted",
            "create",
        ),
    ],
    ids=["policy detached", "queue changed", "memory changed", "async configuration deleted"],
)
def test_drift_is_found_by_refresh_and_mended_by_up(
    stack: Stack,
    cloud: RunningCloud,
    names: Names,
    look: Look,
    change: Change,
    found: str,
    mended: str,
) -> None:
    declared = look(cloud, names)
    assert declared
    unchanged = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert unchanged.exit_code == 0, unchanged.text
    change(cloud, names)
    assert look(cloud, names) != declared
    refreshed = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert refreshed.exit_code != 0
    assert "no changes were expected" in refreshed.text
    assert differences(refreshed.stdout) == [found]
    planned = stack.preview()
    assert {step: count for step, count in planned.items() if step != "same"} == {mended: 1}
    stack.up()
    assert look(cloud, names) == declared
    assert set(stack.preview()) == {"same"}


def differences(told: str) -> list[str]:
    """What a refresh says that it found: sign, type and what happened to it."""
    lines = re.findall(r"^ (.)  alicloud:(\S+) task (updated|deleted)\b", told, re.MULTILINE)
    return [" ".join(line) for line in lines]
