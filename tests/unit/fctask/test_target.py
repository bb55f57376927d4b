"""A stack's outputs say which function is meant; if they do not, a sentence says what to add."""

import pytest

from fctask.errors import NoSuchStack, TargetError
from fctask.stacks import outputs_of
from fctask.target import target_of_outputs

WHOLE = {"accountId": "123", "region": "cn-hangzhou", "functionName": "job"}


def test_a_program_that_exports_less_is_given_its_lines() -> None:
    with pytest.raises(TargetError) as told:
        target_of_outputs({"queueName": "job-results", "region": "cn-hangzhou"})
    assert str(told.value) == (
        "the stack exports queueName, region, but no accountId, functionName. Add to its program "
        "(an AsyncTask called task here), and run `pulumi up`:\n"
        '  pulumi.export("accountId", task.account_id)\n'
        '  pulumi.export("functionName", task.function_name)\n'
        "Or name the function yourself (--function, --region, --account)."
    )


def test_a_stack_without_outputs_may_not_be_up() -> None:
    with pytest.raises(TargetError) as told:
        target_of_outputs({})
    said = str(told.value)
    assert said.startswith("the stack has no outputs. If it is not up, run `pulumi up`; if it is,")
    assert '\n  pulumi.export("region", task.region)\n' in said


def test_what_is_exported_is_the_target() -> None:
    target = target_of_outputs({**WHOLE, "logstore": "lines", "queueName": None})
    assert (target.account_id, target.region, target.function_name) == ("123", "cn-hangzhou", "job")
    assert (target.logstore, target.queue_name) == ("lines", "")


@pytest.mark.parametrize("stack", ["dev", "me/dev"])
def test_outside_of_a_project_that_is_said(
    stack: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("nothing")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")
    monkeypatch.setenv("PATH", "")  # no pulumi: it is not asked
    with pytest.raises(NoSuchStack) as told:
        outputs_of(stack, folder)
    said = str(told.value)
    assert said.startswith(
        f"stack {stack}: there is no Pulumi project (no Pulumi.yaml) in {folder}"
    )
    assert "--function" in said
