"""The guide's age of events, which the provider's schema refuses, is warned of."""

import pulumi
import pytest
from fc_async_tasks import TaskFunction

from tests.unit.components.deployment import Deploy
from tests.unit.components.minimal_function import minimal

AGE_WARNING = "    export TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true"


def test_the_guides_event_age_is_warned_of_once_with_the_line_that_helps(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION")

    def program() -> None:
        TaskFunction("one", minimal())
        TaskFunction("two", minimal(max_async_event_age_in_seconds=pulumi.Output.from_input(90000)))

    deployment = deploy(program)

    (warning,) = deployment.warnings
    assert warning.startswith("maxAsyncEventAgeInSeconds is 172800 seconds")
    assert AGE_WARNING in warning.splitlines()
    assert len(deployment.of("V3AsyncInvokeConfig")) == 2


@pytest.mark.parametrize("variable", [None, "false"])
def test_an_age_that_the_provider_takes_is_not_warned_of(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, variable: "str | None"
) -> None:
    monkeypatch.delenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION")
    if variable:
        monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", variable)

    deployment = deploy(lambda: TaskFunction("job", minimal(max_async_event_age_in_seconds=86400)))

    assert deployment.warnings == []


def test_an_age_known_later_is_warned_of_when_it_is_known(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", "false")

    deployment = deploy(
        lambda: TaskFunction(
            "job", minimal(max_async_event_age_in_seconds=pulumi.Output.from_input(86401))
        )
    )

    assert len(deployment.warnings) == 1


def test_with_the_variable_set_nothing_is_warned_of(deploy: Deploy) -> None:
    assert deploy(lambda: TaskFunction("job", minimal())).warnings == []
