"""`logging: False`: a function as many an s.yaml has it, with no logs."""

from pathlib import Path

import pulumi
import pytest
from fc_async_tasks import AsyncTask, AsyncTaskArgs

from tests.unit.components.deployment import deploy_on_mocks

ROLE = "acs:ram::1:role/jobs"
QUIET: AsyncTaskArgs = {"code_path": "code", "logging": False, "max_async_event_age_in_seconds": 60}


@pytest.fixture(autouse=True)
def _code(  # pyright: ignore[reportUnusedFunction]
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code folder in the working folder."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context): ...\n")
    monkeypatch.chdir(tmp_path)


def test_nothing_of_log_service_is_made_and_the_function_names_none() -> None:
    deployment = deploy_on_mocks(lambda: AsyncTask("job", {**QUIET, "role_arn": ROLE}).logstore)
    assert not [each for each in deployment.in_the_cloud() if each in ("Project", "Store")]
    assert "logConfig" not in deployment.inputs("V3Function")
    assert deployment.returned == ""


def test_the_role_that_is_made_may_write_no_logs() -> None:
    deployment = deploy_on_mocks(lambda: AsyncTask("job", QUIET))
    assert "log:" not in deployment.inputs("Policy")["policyDocument"]
    assert "mns:SendMessage" in deployment.inputs("Policy")["policyDocument"]


def test_logs_and_no_logs_are_named_together() -> None:
    args: AsyncTaskArgs = {**QUIET, "logstore_name": "logs"}
    with pytest.raises(pulumi.RunError, match="logstoreName is set, but logging is false"):
        deploy_on_mocks(lambda: AsyncTask("job", args))
