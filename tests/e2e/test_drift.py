"""Somebody changes by hand what the stack made: refresh finds it, up mends it."""

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
    return [(one.max_async_retry_attempts, one.async_task) for one in listed]


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
    ("look", "change"),
    [
        (policy_of, detach_policy),
        (retention, change_retention),
        (memory, change_memory),
        (async_configurations, delete_async_configuration),
    ],
    ids=["policy detached", "queue changed", "memory changed", "async configuration deleted"],
)
def test_drift_is_found_by_refresh_and_mended_by_up(
    stack: Stack, cloud: RunningCloud, names: Names, look: Look, change: Change
) -> None:
    declared = look(cloud, names)
    change(cloud, names)
    assert look(cloud, names) != declared
    found = stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert found.exit_code != 0, found.text
    assert set(stack.preview()) != {"same"}
    stack.up()
    assert look(cloud, names) == declared
    assert set(stack.preview()) == {"same"}
