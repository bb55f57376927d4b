"""The region and account of the provider in force, and names that are unique to a stack.

Both are asked of the provider that the component's children use: an explicit one, one inherited
from the parent, or the default one. Each is asked once for a program and provider, however many
components want to know.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable

import pulumi
import pulumi_alicloud as alicloud
from pulumi.runtime.settings import get_monitor

from .provider_error import could_not_tell


def current_region(component: pulumi.ComponentResource) -> "pulumi.Output[str]":
    """Give the region of the component's provider, as in `cn-hangzhou`.

    The provider is asked (ECS DescribeRegions), and a program ends with a sentence where it cannot
    tell. The default one has its region from the setting `alicloud:region`: nothing waits there.
    """

    def ask() -> "pulumi.Output[str]":
        regions = alicloud.get_regions_output(
            current=True, opts=pulumi.InvokeOutputOptions(parent=component)
        )
        return regions.apply(lambda found: found.regions[0].id)

    told = _asked_once("region", component, ask)
    setting = pulumi.Config("alicloud").get("region")
    if setting and component.get_provider("alicloud:index:Provider") is None:
        return pulumi.Output.from_input(setting)  # that it was asked shows what is wrong with it
    return told


def current_account(component: pulumi.ComponentResource) -> "pulumi.Output[str]":
    """Give the account id of the component's provider (STS GetCallerIdentity if it is not set)."""

    def ask() -> "pulumi.Output[str]":
        account = alicloud.get_account_output(opts=pulumi.InvokeOutputOptions(parent=component))
        return account.apply(lambda found: found.id)

    return _asked_once("account", component, ask)


class _Answers:
    """What a program was told so far, by what it asked and the provider that it asked.

    A process can run several programs, one after the other: a plugin that makes components, tests.
    Each has a monitor of its own, or at least an event loop, which its outputs belong to.
    """

    def __init__(self) -> None:
        self._program: tuple[object, object] = (None, None)
        self._known: dict[tuple[str, object], pulumi.Output[str]] = {}

    def of_this_program(self) -> "dict[tuple[str, object], pulumi.Output[str]]":
        program = (get_monitor(), asyncio.get_event_loop())
        if program != self._program:
            self._program, self._known = program, {}
        return self._known


_answers = _Answers()


def _asked_once(
    what: str, component: pulumi.ComponentResource, ask: "Callable[[], pulumi.Output[str]]"
) -> "pulumi.Output[str]":
    known = _answers.of_this_program()
    asked = (what, component.get_provider("alicloud:index:Provider"))
    if asked not in known:
        known[asked] = _or_the_reason(what, ask())
    return known[asked]


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
