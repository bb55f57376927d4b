"""The ids that the provider gives its resources."""

from typing import Any

import pytest
from fc_async_tasks.provider_ids import (
    FUNCTION,
    ID_FORMS,
    LOGSTORE,
    NOT_KNOWN_YET,
    POLICY_ATTACHMENT,
    TRIGGER,
    names_in_id,
    provider_id,
)

from release.checks import MADE_BY_AN_ASYNC_TASK


@pytest.mark.parametrize(
    ("token", "inputs", "id_"),
    [
        (FUNCTION, {"functionName": "f", "timeout": 3}, "f"),
        (LOGSTORE, {"projectName": "p", "logstoreName": "s"}, "p:s"),
        (TRIGGER, {"functionName": "f", "triggerName": "t"}, "f:t"),
        (
            POLICY_ATTACHMENT,
            {"policyName": "p", "policyType": "Custom", "roleName": "r"},
            "role:p:Custom:r",
        ),
    ],
)
def test_an_id_is_made_of_the_names(token: str, inputs: dict[str, Any], id_: str) -> None:
    assert provider_id(token, inputs) == id_


@pytest.mark.parametrize("name", [None, "", 7, NOT_KNOWN_YET, "[secret]"])
def test_an_id_whose_names_are_not_known_cannot_be_told(name: object) -> None:
    assert provider_id(LOGSTORE, {"projectName": "p", "logstoreName": name}) is None
    assert names_in_id(LOGSTORE, {"projectName": "p", "logstoreName": name}) is None


def test_the_id_of_a_type_that_the_cloud_numbers_cannot_be_told() -> None:
    assert (
        provider_id("alicloud:fc/v3FunctionVersion:V3FunctionVersion", {"functionName": "f"})
        is None
    )


def test_all_that_an_async_task_makes_has_an_id_that_can_be_told() -> None:
    assert set(ID_FORMS) >= MADE_BY_AN_ASYNC_TASK
