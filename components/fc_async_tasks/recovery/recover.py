"""The way back for a stack whose update was cut off."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fc_async_tasks.recovery.attributes import remove_broken_attributes
from fc_async_tasks.recovery.identifiers import id_from_inputs
from fc_async_tasks.recovery.orphans import end_orphaned_providers
from fc_async_tasks.recovery.pulumi_stack import Locked, LockOwner, PulumiStack

Resource = Mapping[str, Any]
Say = Callable[[str], None]
Ask = Callable[[Sequence[str]], bool]

_ROUNDS = 5
"""A resource that was taken in makes the next ones' names known: project, logstore, index."""


class StillUpdating(Exception):
    """The lock belongs to an update that runs, or that may run elsewhere."""


@dataclass(frozen=True)
class Recovered:
    """What `recover` did. The resources are given as `type name`.

    `unlocked`: a lock was taken away. `taken_in`: they were there, and are in the stack now.
    `given_up`: their creation had begun, and they are not there; the next `pulumi up` creates them.
    `left_alone`: they are there, and it was said that they are not this stack's.
    `unknown`: their ids can't be told from their arguments, so whether they are there is not known.
    """

    unlocked: bool
    taken_in: list[str]
    given_up: list[str]
    left_alone: list[str]
    unknown: list[str]


def recover(stack: PulumiStack, *, ask: Ask, say: Say, unlock: bool = False) -> Recovered:
    """Unlock the stack, finish what was cut off, and find what was created behind its back.

    A create that Pulumi recorded as begun is looked up and taken in without asking. What the
    program would create and is there already (the cloud did it, and its answer was lost) is shown
    to `ask`, which says whether it is this stack's. `unlock` takes a lock away also where it can't
    be told whether its owner still runs.

    Raises StillUpdating, and PulumiFailed when a `pulumi` command fails.
    """
    if ended := end_orphaned_providers():
        say(f"ended {ended} provider(s) whose engine was killed")
    if remove_broken_attributes(os.environ.get("PULUMI_BACKEND_URL")):
        say("removed attributes of the state that were cut off while they were written")
    unlocked = _unlock(stack, unlock, say)
    say("looking for what was being created (pulumi refresh)")
    begun = _begun_creates(stack)
    known, unknown = _with_ids(begun)
    taken_in, given_up = _look_for(stack, known)
    left_alone: list[Resource] = []
    for _ in range(_ROUNDS):
        say("looking for what the program would create and is there already (pulumi preview)")
        planned, _ = _with_ids(stack.planned())
        fresh = [
            found
            for found in planned
            if _has_parents(stack, found) and not _among(found, [*given_up, *left_alone])
        ]
        found, _ = _look_for(stack, fresh)
        if not found:
            break
        if ask([_label(resource) for resource in found]):
            taken_in = [*taken_in, *found]
        else:
            _let_go(stack, found)
            left_alone = [*left_alone, *found]
    return Recovered(
        unlocked,
        [_label(resource) for resource in taken_in],
        [_label(resource) for resource in given_up],
        [_label(resource) for resource in left_alone],
        [_label(resource) for resource in unknown],
    )


def _unlock(stack: PulumiStack, unlock: bool, say: Say) -> bool:
    try:
        stack.refresh()
    except Locked as locked:
        running = [owner for owner in locked.owners if _runs_here(owner)]
        if running:
            owner = running[0]
            raise StillUpdating(
                f"{stack.name} is being updated by process {owner.pid} of {owner.user} since "
                f"{owner.since}: wait for it, or end it first"
            ) from None
        elsewhere = [owner for owner in locked.owners if owner.host != socket.gethostname()]
        if (elsewhere or not locked.owners) and not unlock:
            where = f"on {elsewhere[0].host}" if elsewhere else "somewhere"
            raise StillUpdating(
                f"{stack.name} is locked by an update {where}, of which can't be told from here "
                "whether it still runs: make sure that it does not, then say --unlock"
            ) from None
        say("taking away the lock of an update that is no longer there (pulumi cancel)")
        stack.cancel()
        return True
    return False


def _runs_here(owner: LockOwner) -> bool:
    if owner.host != socket.gethostname():
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def _begun_creates(stack: PulumiStack) -> list[Resource]:
    operations = stack.export()["deployment"].get("pending_operations") or []
    return [operation["resource"] for operation in operations if operation["type"] == "creating"]


def _with_ids(resources: Sequence[Resource]) -> tuple[list[Resource], list[Resource]]:
    """The cloud's resources among these with the ids they would have, and those without one."""
    known: list[Resource] = []
    unknown: list[Resource] = []
    for resource in resources:
        if not resource.get("custom") or resource["type"].startswith("pulumi:"):
            continue
        identifier = id_from_inputs(resource["type"], resource.get("inputs") or {})
        if identifier is None:
            unknown.append(resource)
        else:
            known.append({**resource, "id": identifier})
    return known, unknown


def _look_for(
    stack: PulumiStack, resources: Sequence[Resource]
) -> tuple[list[Resource], list[Resource]]:
    """Those of `resources` that are there, now in the stack; and those that are not."""
    state = stack.export()
    deployment = state["deployment"]
    if not resources and not deployment.get("pending_operations"):
        return [], []
    # The engine's own `refresh --import-pending-creates` loses the resource (3.259.0), so it is put
    # in as if it were there: the refresh reads it, or takes it out when the cloud has none.
    deployment["pending_operations"] = []
    deployment["resources"] = [*(deployment.get("resources") or []), *resources]
    stack.put(state)
    stack.refresh()
    present = {resource["urn"] for resource in stack.export()["deployment"]["resources"]}
    found = [resource for resource in resources if resource["urn"] in present]
    missing = [resource for resource in resources if resource["urn"] not in present]
    return found, missing


def _has_parents(stack: PulumiStack, resource: Resource) -> bool:
    """Whether all that `resource` hangs on is in the stack: else it can't have been created."""
    present = {entry["urn"] for entry in stack.export()["deployment"].get("resources") or []}
    provider = str(resource.get("provider", "")).rpartition("::")[0]
    wanted = [resource.get("parent"), provider, *(resource.get("dependencies") or [])]
    return all(urn in present for urn in wanted if urn)


def _among(resource: Resource, others: Sequence[Resource]) -> bool:
    return any(resource["urn"] == other["urn"] for other in others)


def _let_go(stack: PulumiStack, resources: Sequence[Resource]) -> None:
    """Take `resources` out of the state; in the cloud they stay as they are."""
    state = stack.export()
    deployment = state["deployment"]
    gone = {resource["urn"] for resource in resources}
    deployment["resources"] = [
        entry for entry in deployment["resources"] if entry["urn"] not in gone
    ]
    stack.put(state)


def _label(resource: Resource) -> str:
    """`ServiceQueue my-fc-job-results`, as a person would call it."""
    name = resource.get("id") or str(resource["urn"]).rpartition("::")[2]
    return f"{str(resource['type']).rpartition(':')[2]} {name}"
