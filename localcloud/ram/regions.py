"""ECS DescribeRegions, which the provider's getRegions asks for: the one region there is."""

from typing import Any

from localcloud.account import REGION
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters


def _free(_parameters: RpcParameters) -> tuple[str, ...]:
    return ()


def _describe_regions(_asked: Asked) -> dict[str, Any]:
    region = {
        "RegionId": REGION,
        "LocalName": "localcloud",
        "RegionEndpoint": f"ecs.{REGION}.aliyuncs.com",
        "Status": "available",
    }
    return {"Regions": {"Region": [region]}}


OPERATIONS: dict[str, Operation] = {
    "DescribeRegions": Operation(
        ("AcceptLanguage", "InstanceChargeType", "ResourceType"),
        _free,
        _describe_regions,
        reads=True,
    ),
}
