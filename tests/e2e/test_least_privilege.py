"""The policy that the guide's stack really gives its role: enough, and no statement too many.

It is read back from RAM as the genuine provider made it, and changed there.
"""

import json
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as fc_models
from alibabacloud_fc20230330.client import Client as FunctionClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient

from fctask.clients import Clients
from fctask.tasks import follow, submit
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

Statement = dict[str, Any]
DONE = {"mns:SendMessage", "log:PostLogStoreLogs"}
"""What Function Compute does in the role's name for a task of the guide's."""


@pytest.fixture(scope="module")
def provisioned(stack: Stack) -> Generator[Stack, None, None]:
    """The guide's stack, up; destroyed at the end."""
    stack.up()
    yield stack
    stack.destroy()


class Policy:
    """The one policy of the role of the stack's function."""

    def __init__(self, cloud: RunningCloud, function: str) -> None:
        self._ram: Any = RamClient(cloud.config())
        self._fc: Any = FunctionClient(cloud.config())
        self.function = function
        role = self._fc.get_function(function, fc_models.GetFunctionRequest()).body.role
        request = ram_models.ListPoliciesForRoleRequest(role_name=role.rpartition("/")[2])
        (attached,) = self._ram.list_policies_for_role(request).body.policies.policy
        self._name = attached.policy_name
        self.type = attached.policy_type

    def statements(self) -> list[Statement]:
        request = ram_models.GetPolicyRequest(policy_name=self._name, policy_type=self.type)
        document = self._ram.get_policy(request).body.default_policy_version.policy_document
        return json.loads(document)["Statement"]

    def be(self, statements: Sequence[Statement]) -> None:
        """Give the policy these statements, as its next version."""
        self._ram.create_policy_version(
            ram_models.CreatePolicyVersionRequest(
                policy_name=self._name,
                policy_document=json.dumps({"Version": "1", "Statement": list(statements)}),
                set_as_default=True,
                rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
            )
        )

    def denied_to_a_task(self, clients: Clients) -> set[str]:
        """What FC was denied when it ran a task that succeeds: as the task tells it."""
        submitted = submit(clients, b"{}")
        status = [state.status for _, state in follow(clients, submitted.task_id)][-1]
        assert status == "Succeeded"
        task = self._fc.get_async_task(
            self.function, submitted.task_id, fc_models.GetAsyncTaskRequest()
        ).body
        told = f"{task.destination_status} {task.events[-1].event_detail}"
        assert ("Succeeded" in task.destination_status) == ("mns:SendMessage" not in told)
        return {action for action in DONE if f"not do {action} on" in told}


@pytest.fixture
def policy(provisioned: Stack, cloud: RunningCloud) -> Generator[Policy, None, None]:
    found = Policy(cloud, str(provisioned.outputs()["functionName"]))
    whole = found.statements()
    yield found
    found.be(whole)


def test_the_stacks_own_policy_is_enough(
    provisioned: Stack, policy: Policy, clients_of: Callable[[Stack], Clients]
) -> None:
    assert policy.type == "Custom"
    assert policy.denied_to_a_task(clients_of(provisioned)) == set()


def test_each_of_its_statements_is_needed(
    provisioned: Stack, policy: Policy, clients_of: Callable[[Stack], Clients]
) -> None:
    clients, whole = clients_of(provisioned), policy.statements()
    missed: set[str] = set()
    for number, taken_away in enumerate(whole):
        policy.be([*whole[:number], *whole[number + 1 :]] or [nothing()])
        denied = policy.denied_to_a_task(clients)
        assert denied == set(taken_away["Action"]), f"without {taken_away}"
        missed |= denied
    assert missed == DONE
    policy.be(whole)
    assert policy.denied_to_a_task(clients) == set()


def test_none_of_its_statements_reaches_further_than_the_stack(policy: Policy) -> None:
    for statement in policy.statements():
        assert statement["Effect"] == "Allow"
        for pattern in (*statement["Action"], *statement["Resource"]):
            assert "*" not in pattern, statement


def nothing() -> Statement:
    """A policy has a statement at least."""
    return {"Effect": "Deny", "Action": ["oss:*"], "Resource": ["*"]}
