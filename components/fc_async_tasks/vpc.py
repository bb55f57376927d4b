"""The VPC that a function reaches, and the name servers that it asks.

Follows "Configure network settings" and "CreateFunctionInput" (API 2023-03-30) of Function Compute.
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from .limit import Fields, Items, Text


class VpcConfig(TypedDict, total=False):
    """The VPC that a function reaches. All three are needed."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC, as vpc-..."""
    vswitch_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Ids of vSwitches of that VPC: 1 to 20, in zones where Function Compute is."""
    security_group_id: pulumi.Input[str]
    """Id of the security group that the function's network interfaces are in, as sg-..."""


class DnsOption(TypedDict, total=False):
    """An option of resolv.conf."""

    name: pulumi.Input[str]
    """Name of the option, as ndots."""
    value: pulumi.Input[str]
    """Value of the option, as 2."""


class CustomDns(TypedDict, total=False):
    """Name servers that a function asks in place of Function Compute's own."""

    name_servers: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Addresses of the name servers: 1 to 3."""
    searches: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Domains that a short name is looked for in: up to 6."""
    dns_options: pulumi.Input[Sequence[pulumi.Input[DnsOption]]]
    """Options of resolv.conf: up to 10."""


def some_text(setting: str) -> Text:
    """Give the limit of a text that may hold anything but nothing."""
    return Text(setting, r"(?s).+", "a text that is not empty")


VPC_CONFIG = Fields(
    "vpcConfig",
    {
        "vpc_id": Text("vpcConfig.vpcId", r"vpc-[A-Za-z0-9]+", "the id of a VPC, vpc-..."),
        "vswitch_ids": Items(
            "vpcConfig.vswitchIds",
            Text("vpcConfig.vswitchIds", r"vsw-[A-Za-z0-9]+", "ids of vSwitches, vsw-..."),
            most=20,
            fewest=1,
        ),
        "security_group_id": Text(
            "vpcConfig.securityGroupId", r"sg-[A-Za-z0-9]+", "the id of a security group, sg-..."
        ),
    },
    required=("vpc_id", "vswitch_ids", "security_group_id"),
)

CUSTOM_DNS = Fields(
    "customDns",
    {
        "name_servers": Items(
            "customDns.nameServers", some_text("customDns.nameServers"), most=3, fewest=1
        ),
        "searches": Items("customDns.searches", some_text("customDns.searches"), most=6),
        "dns_options": Items(
            "customDns.dnsOptions",
            Fields(
                "customDns.dnsOptions",
                {
                    "name": some_text("customDns.dnsOptions.name"),
                    "value": some_text("customDns.dnsOptions.value"),
                },
                required=("name",),
            ),
            most=10,
        ),
    },
)
