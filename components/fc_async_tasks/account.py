"""The region and account of the provider in force, and names that are unique to a stack.

Both are asked of the provider that the component's children use: an explicit one, one inherited
from the parent, or the default one.
"""

import hashlib
import re

import pulumi
import pulumi_alicloud as alicloud

from .provider_error import could_not_tell


def current_region(component: pulumi.ComponentResource) -> "pulumi.Output[str]":
    """Give the region of the component's provider, as in `cn-hangzhou` (ECS DescribeRegions)."""
    regions = alicloud.get_regions_output(
        current=True, opts=pulumi.InvokeOutputOptions(parent=component)
    )
    return _or_the_reason("region", regions.apply(lambda found: found.regions[0].id))


def current_account(component: pulumi.ComponentResource) -> "pulumi.Output[str]":
    """Give the account id of the component's provider (STS GetCallerIdentity if it is not set)."""
    account = alicloud.get_account_output(opts=pulumi.InvokeOutputOptions(parent=component))
    return _or_the_reason("account", account.apply(lambda found: found.id))


def _or_the_reason(what: str, answer: "pulumi.Output[str]") -> "pulumi.Output[str]":
    # Output.recover takes the provider's own error off the list of what ends the program with a
    # traceback, and keeps an answer that is unknown in a preview unknown.
    def fail(error: Exception) -> str:
        raise could_not_tell(what, error) from error

    return answer.recover(fail)


def stack_id(component_name: str) -> "tuple[str, ...]":
    """Give what tells a component from every other one of this user's stacks."""
    return (
        pulumi.get_organization(),
        pulumi.get_project(),
        pulumi.get_stack(),
        component_name,
    )


def unique_name(readable: str, parts: "tuple[str, ...]", longest: int) -> str:
    """Give a name of lower-case letters, digits and hyphens that these parts alone have.

    It is the same at every call: the readable text, cut so that the name has at most `longest`
    characters, and 8 hexadecimal digits of the SHA-256 of the parts.
    """
    digits = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    plain = re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-")
    return f"{plain[: longest - 9].strip('-') or 'task'}-{digits}"


def unique_role_name(
    region: "pulumi.Output[str]", component_name: str, readable: pulumi.Input[str]
) -> "pulumi.Output[str]":
    """Give the name of a RAM role that no other region or stack of the account uses.

    An account has one set of role names for all its regions. At most 64 characters.
    """
    return pulumi.Output.all(region, readable).apply(
        lambda known: unique_name(known[1], (known[0], *stack_id(component_name)), 64)
    )


def unique_log_project_name(
    region: "pulumi.Output[str]",
    account: "pulumi.Output[str]",
    component_name: str,
    readable: pulumi.Input[str],
) -> "pulumi.Output[str]":
    """Give the name of a log project that collides with none of another account or stack.

    Project names are global across Alibaba Cloud. From 10 to 63 characters.
    """
    return pulumi.Output.all(region, account, readable).apply(
        lambda known: unique_name(known[2], (known[1], known[0], *stack_id(component_name)), 63)
    )
