"""What is published of a function: another version for another content, and for nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
from fc_async_tasks import TaskFunction, TaskFunctionArgs

from tests.unit.components.deployment import Deploy, Deployment

ROLE = "acs:ram::1234567890123456:role/runs"


def published(
    deploy: Deploy, later: "Callable[[], dict[str, Any]]" = dict, **others: Any
) -> Deployment:
    """What a function does with these arguments, and those that `later` gives in the program."""
    args = {"code_path": "code", "role_arn": ROLE, "publish_version": True, **others}

    def program() -> object:
        return TaskFunction("job", cast(TaskFunctionArgs, {**args, **later()})).version_id

    return deploy(program)


def content_of(deploy: Deploy, later: "Callable[[], dict[str, Any]]" = dict, **others: Any) -> Any:
    (version,) = published(deploy, later, **others).of("V3FunctionVersion")
    assert version.replaced_with
    return version.replaced_with


def test_without_asking_nothing_is_published(deploy: Deploy) -> None:
    deployment = published(deploy, publish_version=False)

    assert deployment.of("V3FunctionVersion") == deployment.of("V3Alias") == []
    assert deployment.returned == ""


def test_an_alias_publishes_the_version_that_it_points_at(deploy: Deploy) -> None:
    deployment = published(deploy, publish_version=None, alias={"alias_name": "prod"})

    assert deployment.inputs("V3Alias") == {
        "functionName": "job",
        "aliasName": "prod",
        "versionId": "1",
    }
    (version,) = deployment.of("V3FunctionVersion")
    assert not version.kept
    assert deployment.returned == "1"


def test_an_alias_that_is_known_later_arrives(deploy: Deploy) -> None:
    def later() -> dict[str, Any]:
        return {"alias": pulumi.Output.from_input({"alias_name": "prod", "description": "x"})}

    assert published(deploy, later).inputs("V3Alias")["aliasName"] == "prod"


def test_code_and_every_setting_make_another_version(deploy: Deploy) -> None:
    before = content_of(deploy)
    assert content_of(deploy) == before

    assert content_of(deploy, timeout=7) != before
    assert content_of(deploy, environment_variables={"A": "1"}) != before
    Path("code/index.py").write_text("def handler(event, context):\n    return b'other'\n")
    assert content_of(deploy) != before


def test_what_is_not_of_a_version_makes_none(deploy: Deploy) -> None:
    before = content_of(deploy)

    assert content_of(deploy, tags={"a": "b"}, reserved_concurrency=1) == before
    assert content_of(deploy, max_async_retry_attempts=8) == before


def test_a_secret_is_not_to_be_read_from_what_the_engine_compares(deploy: Deploy) -> None:
    def later() -> dict[str, Any]:
        return {"environment_variables": {"TOKEN": pulumi.Output.secret("s3cr3t")}}

    content = content_of(deploy, later)

    assert len(content) == 64
    assert content != content_of(deploy, environment_variables={"TOKEN": "other"})
