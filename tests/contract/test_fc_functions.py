"""Functions through the official SDK: create, read, update, delete, list, code, tags."""

import base64
import json
import urllib.request
import uuid
from typing import Any

import pytest

from tests.contract.function_packages import (
    ECHO,
    code_of,
    create_request,
    function_client,
    models,
    refusal_of,
    zipped,
)
from tests.running_cloud import RunningCloud

ACCOUNT = "1234567890123456"


@pytest.fixture
def name(fc: Any) -> Any:
    """The name of a function to make; what begins with it is deleted afterwards."""
    chosen = f"f-{uuid.uuid4().hex[:10]}"
    yield chosen
    names = fc.list_functions(models.ListFunctionsRequest(prefix=chosen, limit=100)).body.functions
    for function in names or []:
        fc.delete_function(function.function_name)


def get(fc: Any, name: str, qualifier: str | None = None) -> Any:
    return fc.get_function(name, models.GetFunctionRequest(qualifier=qualifier)).body


def update(fc: Any, name: str, **settings: Any) -> Any:
    body = models.UpdateFunctionInput(**settings)
    return fc.update_function(name, models.UpdateFunctionRequest(body=body)).body


def test_a_function_is_what_was_sent(fc: Any, name: str) -> None:
    made = fc.create_function(
        create_request(
            name,
            description="d",
            memory_size=128,
            timeout=60,
            instance_concurrency=1,
            internet_access=True,
            environment_variables={"A": "1"},
        )
    ).body
    found = get(fc, name)
    assert found.to_map() == made.to_map()
    assert found.function_arn == f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/{name}"
    assert (found.memory_size, found.timeout, found.description) == (128, 60, "d")
    assert found.environment_variables == {"A": "1"}
    assert found.code_size == len(zipped({"index.py": ECHO}))
    assert found.state == "Active"
    assert found.role is None
    assert found.log_config is None


def test_a_second_function_of_that_name_is_409(fc: Any, name: str) -> None:
    fc.create_function(create_request(name))
    status, code, message = refusal_of(lambda: fc.create_function(create_request(name)))
    assert (status, code) == (409, "FunctionAlreadyExists")
    assert name in message


def test_a_function_that_is_not_there_is_404(fc: Any) -> None:
    for call in (
        lambda: get(fc, "none"),
        lambda: update(fc, "none", timeout=5),
        lambda: fc.delete_function("none"),
    ):
        assert refusal_of(call)[:2] == (404, "FunctionNotFound")


def test_an_update_changes_what_it_names_and_the_next_call_runs_it(fc: Any, name: str) -> None:
    def invoke() -> bytes:
        return fc.invoke_function(name, models.InvokeFunctionRequest(body=b"{}")).body.read()

    old = code_of("handler = lambda e, c: 'old'")
    fc.create_function(create_request(name, timeout=60, code=old))
    before = get(fc, name)
    assert invoke() == b"old"
    after = update(fc, name, code=code_of("handler = lambda e, c: 'new'"))
    assert after.timeout == 60
    assert after.code_checksum != before.code_checksum
    assert invoke() == b"new"
    assert update(fc, name, environment_variables={"B": "2"}).environment_variables == {"B": "2"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timeout": 86_401}, "timeout is 86401: it must be a whole number from 1 to 86400 s"),
        ({"memory_size": 100}, "memorySize is 100"),
        ({"cpu": 4, "memory_size": 512}, "ratio"),
        ({"runtime": "cobol"}, "runtime is 'cobol'"),
        ({"role": f"acs:ram::{ACCOUNT}:role/nobody"}, "a role that exists"),
        (
            {"log_config": models.LogConfig(project="no-such", logstore="l")},
            "project 'no-such' does not exist",
        ),
        (
            {"code": models.InputCodeLocation(oss_bucket_name="b", oss_object_name="o")},
            "localcloud has no OSS",
        ),
        ({"code": models.InputCodeLocation(zip_file="bm8gemlw")}, "no sound zip"),
    ],
)
def test_a_value_outside_the_limits_is_refused(
    fc: Any, name: str, settings: dict[str, Any], words: str
) -> None:
    status, code, message = refusal_of(lambda: fc.create_function(create_request(name, **settings)))
    assert (status, code) == (400, "InvalidArgument")
    assert words in message
    assert refusal_of(lambda: get(fc, name))[:2] == (404, "FunctionNotFound")


def test_what_changes_nothing_here_is_given_back_and_warned_about_once(
    fc: Any, cloud: RunningCloud, name: str
) -> None:
    vpc = models.VPCConfig(vpc_id="vpc-1", security_group_id="sg-1", v_switch_ids=["vsw-1"])
    made = fc.create_function(create_request(name, vpc_config=vpc)).body
    update(fc, name, timeout=9)
    assert made.vpc_config.to_map() == vpc.to_map()
    lines = cloud.stderr().splitlines()
    (warning,) = [line for line in lines if name in line and "vpcConfig" in line]
    assert "no VPCs" in warning


def test_the_list_is_paged_by_name(fc: Any, name: str) -> None:
    names = [f"{name}-{number}" for number in range(5)]
    for one in names:
        fc.create_function(create_request(one, description=f"d {one}"))
    found: list[str] = []
    token = None
    pages = 0
    while True:
        page = fc.list_functions(
            models.ListFunctionsRequest(prefix=name, limit=2, next_token=token)
        ).body
        found += [function.function_name for function in page.functions]
        pages += 1
        token = page.next_token
        if not token:
            break
    assert found == names
    assert pages == 3
    fourth = models.ListFunctionsRequest(description=f"d {names[3]}")
    only = fc.list_functions(fourth).body.functions
    assert [function.function_name for function in only] == [names[3]]


def test_the_code_can_be_had_again(fc: Any, name: str) -> None:
    fc.create_function(create_request(name))
    code = fc.get_function_code(name, models.GetFunctionCodeRequest()).body
    with urllib.request.urlopen(code.url) as package:  # noqa: S310 - a file of this machine
        assert package.read() == zipped({"index.py": ECHO})
    assert code.checksum == get(fc, name).code_checksum


def test_tags_are_set_listed_and_taken_away(fc: Any, name: str) -> None:
    fc.create_function(create_request(name, tags=[models.Tag(key="team", value="a")]))
    arn = get(fc, name).function_arn
    tag = models.Tag(key="env", value="dev")
    body = models.TagResourcesInput(resource_id=[arn], resource_type="function", tag=[tag])
    fc.tag_resources(models.TagResourcesRequest(body=body))
    assert {tag.key: tag.value for tag in get(fc, name).tags} == {"team": "a", "env": "dev"}
    fc.untag_resources(
        models.UntagResourcesRequest(resource_id=[arn], resource_type="function", tag_key=["team"])
    )
    listed = fc.list_tag_resources(
        models.ListTagResourcesRequest(resource_id=[arn], resource_type="function")
    ).body
    assert [(tag.tag_key, tag.tag_value) for tag in listed.tag_resources] == [("env", "dev")]


def test_a_disabled_function_takes_no_calls_until_it_is_enabled(fc: Any, name: str) -> None:
    def invoke() -> int:
        return fc.invoke_function(name, models.InvokeFunctionRequest(body=b"{}")).status_code

    fc.create_function(create_request(name))
    fc.disable_function_invocation(
        name, models.DisableFunctionInvocationRequest(reason="maintenance")
    )
    restriction = get(fc, name).invocation_restriction
    assert (restriction.disable, restriction.reason) == (True, "maintenance")
    status, _, message = refusal_of(invoke)
    assert status == 403
    assert "maintenance" in message
    fc.enable_function_invocation(name)
    assert invoke() == 200


def test_a_resource_group_is_kept(fc: Any, name: str) -> None:
    fc.create_function(create_request(name))
    fc.change_resource_group(
        models.ChangeResourceGroupRequest(
            body=models.ChangeResourceGroupInput(
                resource_id=name, new_resource_group_id="rg-2", resource_type="function"
            )
        )
    )
    assert get(fc, name).resource_group_id == "rg-2"


def test_a_layer_is_there_when_the_function_runs(fc: Any, name: str) -> None:
    content = base64.b64encode(zipped({"python/shared_words.py": "WORD = 'layer'"})).decode()
    layer = models.CreateLayerVersionInput(
        code=models.InputCodeLocation(zip_file=content),
        compatible_runtime=["python3.10"],
        description="shared",
    )
    made = fc.create_layer_version("shared", models.CreateLayerVersionRequest(body=layer)).body
    assert made.layer_version_arn == f"acs:fc:cn-hangzhou:{ACCOUNT}:layers/shared/versions/1"
    second = fc.create_layer_version("shared", models.CreateLayerVersionRequest(body=layer)).body
    assert second.version == 2
    source = code_of("import shared_words\nhandler = lambda e, c: shared_words.WORD")
    request = create_request(name, code=source, layers=[made.layer_version_arn])
    function = fc.create_function(request).body
    assert [one.arn for one in function.layers] == [made.layer_version_arn]
    versions = fc.list_layer_versions("shared", models.ListLayerVersionsRequest()).body.layers
    assert [one.version for one in versions] == [2, 1]
    assert [one.layer_name for one in fc.list_layers(models.ListLayersRequest()).body.layers] == [
        "shared"
    ]
    fc.delete_layer_version("shared", "1")
    assert refusal_of(lambda: fc.get_layer_version("shared", "1"))[:2] == (
        404,
        "LayerVersionNotFound",
    )
    assert get(fc, name).layers[0].arn == made.layer_version_arn
    call = models.InvokeFunctionRequest(body=b"")
    assert fc.invoke_function(name, call).body.read() == b"layer"


def test_what_is_not_implemented_says_so(fc: Any, name: str) -> None:
    fc.create_function(create_request(name))
    status, code, message = refusal_of(
        lambda: fc.get_provision_config(name, models.GetProvisionConfigRequest())
    )
    assert (status, code) == (400, "NotImplemented")
    assert "GetProvisionConfig" in message


def test_functions_survive_a_kill(fresh_cloud: RunningCloud) -> None:
    fc = function_client(fresh_cloud.config())
    fc.create_function(create_request("kept", environment_variables={"A": "1"}))
    before = get(fc, "kept").to_map()
    fresh_cloud.kill()
    fresh_cloud.restart()
    assert get(function_client(fresh_cloud.config()), "kept").to_map() == before


def test_a_role_session_may_do_what_its_role_may(cloud: RunningCloud, fc: Any, ram: Any) -> None:
    from alibabacloud_ram20150501 import models as ram_models
    from alibabacloud_sts20150401 import models as sts_models
    from alibabacloud_sts20150401.client import Client as StsClient

    fc.create_function(create_request("allowed"))
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"RAM": [f"acs:ram::{ACCOUNT}:root"]},
            }
        ],
    }
    allow = {
        "Version": "1",
        "Statement": [
            {
                "Action": "fc:GetFunction",
                "Effect": "Allow",
                "Resource": f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/allowed",
            }
        ],
    }
    ram.create_role(
        ram_models.CreateRoleRequest(
            role_name="reader", assume_role_policy_document=json.dumps(trust)
        )
    )
    ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="read", policy_document=json.dumps(allow))
    )
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_name="read", policy_type="Custom", role_name="reader"
        )
    )
    session = (
        StsClient(cloud.config())
        .assume_role(
            sts_models.AssumeRoleRequest(
                role_arn=f"acs:ram::{ACCOUNT}:role/reader", role_session_name="test"
            )
        )
        .body.credentials
    )
    reader = function_client(
        cloud.config(
            access_key_id=session.access_key_id,
            access_key_secret=session.access_key_secret,
            security_token=session.security_token,
        )
    )
    assert get(reader, "allowed").function_name == "allowed"
    status, code, message = refusal_of(lambda: update(reader, "allowed", timeout=5))
    assert (status, code) == (403, "AccessDenied")
    assert "fc:UpdateFunction" in message
