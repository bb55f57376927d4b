"""What the options of an imported task leave alone."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_alicloud as alicloud
import pytest
from fc_async_tasks.serverless_devs import adopted

Transform = Callable[[pulumi.ResourceTransformArgs], "pulumi.ResourceTransformResult | None"]


def ignored(kind: "type[pulumi.CustomResource]", upload_code: bool, **props: Any) -> "list[str]":
    """The properties of a resource of this kind that are not compared."""
    transforms: Any = adopted(upload_code).transforms
    transform: Transform = transforms[0]
    token: str = kind.pulumi_type  # pyright: ignore[reportAttributeAccessIssue]
    options = pulumi.ResourceOptions(ignore_changes=["mine"])
    args: Any = pulumi.ResourceTransformArgs(True, token, "x", props, options)
    result = transform(args)
    return [] if result is None else list(result.opts.ignore_changes or [])


def test_the_code_is_compared_only_when_it_is_asked_for() -> None:
    assert "code" in ignored(alicloud.fc.V3Function, False)
    assert "code" not in ignored(alicloud.fc.V3Function, True)


def test_what_is_written_empty_is_left_alone_unless_the_program_has_it() -> None:
    left = ignored(alicloud.fc.V3Function, True, logConfig={"project": "p"})
    assert set(left) == {
        *("mine", "vpcConfig", "nasConfig", "ossMountConfig"),
        *("environmentVariables", "layers", "logConfig.logBeginRule"),
    }


def test_the_qualifier_cannot_be_read() -> None:
    assert ignored(alicloud.fc.V3AsyncInvokeConfig, True) == ["mine", "qualifier"]


@pytest.mark.parametrize("kind", [alicloud.fc.V3Trigger, alicloud.log.Project])
def test_everything_else_is_compared(kind: "type[pulumi.CustomResource]") -> None:
    assert ignored(kind, False) == []
