"""What a person is told when the provider cannot say where it is."""

from typing import Any

import pulumi
import pytest
from fc_async_tasks import TaskQueue
from fc_async_tasks.provider_error import reason
from pulumi.runtime.mocks import MockCallArgs

from tests.unit.components import deployment
from tests.unit.components.deployment import Deploy

# As the genuine provider and engine write them, with the access key id of nobody.
CALL = (
    "invoke of alicloud:index/getRegions:getRegions failed: invocation of "
    "alicloud:index/getRegions:getRegions returned an error: "
)
SDK = (
    "invoking alicloud:index/getRegions:getRegions: \x1b[31m[ERROR]\x1b[0m "
    "terraform-provider-alicloud@v1.285.0/alicloud/data_source_alicloud_regions.go:72: Datasource "
    "alicloud_regions DescribeRegions Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\n"
)
ADDRESS = "/?AccessKeyId=LTAInobody&Action=DescribeRegions&Signature=c2VjcmV0"
NO_CREDENTIALS = (
    f"{CALL}configuring Terraform Alibaba Cloud Provider: no valid credential sources for "
    "Terraform Alibaba Cloud Provider found.\n\nPlease see https://registry.terraform.io/...\n"
)
NO_SUCH_HOST = (
    f'{CALL}{SDK}Post "http://ecs.example.invalid{ADDRESS}": dial tcp: lookup '
    "ecs.example.invalid on 10.0.0.1:53: no such host"
)
NO_NETWORK = (
    f'{CALL}{SDK}Post "https://ecs.cn-hangzhou.aliyuncs.com{ADDRESS}": dial tcp 1.2.3.4:443: i/o '
    "timeout"
)
NOT_ALLOWED = (
    f"{CALL}{SDK}SDK.ServerError\nErrorCode: Forbidden.RAM\nRecommend:\nRequestId: 8C8E\n"
    "Message: User not authorized to operate on the specified resource.\n"
    "RespHeaders: map[Content-Length:[280]]\n"
)


@pytest.mark.parametrize(
    ("told", "short"),
    [
        (NOT_ALLOWED, "Forbidden.RAM: User not authorized to operate on the specified resource."),
        (
            NO_NETWORK,
            'Post "https://ecs.cn-hangzhou.aliyuncs.com/": dial tcp 1.2.3.4:443: i/o timeout',
        ),
        ("something else", "something else"),
    ],
)
def test_the_reason_is_a_line_without_credentials(told: str, short: str) -> None:
    assert reason(Exception(told)) == short


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (NO_CREDENTIALS, "The alicloud provider has no credentials: set ALICLOUD_ACCESS_KEY and"),
        (NO_SUCH_HOST, "The alicloud provider cannot tell its region: no host ecs.example.invalid"),
        (NOT_ALLOWED, "The alicloud provider cannot tell its region: Forbidden.RAM: User not"),
    ],
)
def test_a_provider_that_cannot_tell_its_region_ends_the_program_with_a_sentence(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, told: str, sentence: str
) -> None:
    answered = deployment.RecordingMocks.call

    def call(self: deployment.RecordingMocks, args: MockCallArgs) -> Any:
        if args.token.endswith(":getRegions"):
            raise Exception(told)  # the engine's client has no type of its own for it
        return answered(self, args)

    monkeypatch.setattr(deployment.RecordingMocks, "call", call)

    # RunError is what Pulumi shows without a traceback.
    with pytest.raises(pulumi.RunError) as ended:
        deploy(lambda: TaskQueue("q", {}))

    assert str(ended.value).startswith(sentence)
    assert "\n" not in str(ended.value)
    assert "LTAInobody" not in str(ended.value)
