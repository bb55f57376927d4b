"""The way back for a stack whose update was cut off."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fc_async_tasks.recovery.lock import Say, StillUpdating, free
from fc_async_tasks.recovery.orphans import end_orphans
from fc_async_tasks.recovery.pulumi_stack import Locked, PulumiStack, StateChanged
from fc_async_tasks.recovery.state_edits import (
    Deployment,
    Entry,
    entry_of,
    living,
    needs,
    put_in,
    resources_of,
    take_out,
)

Ask = Callable[[Sequence[str]], bool]

_ROUNDS = 5
"""A resource that was taken in makes the next ones' names known: project, logstore, index."""


@dataclass
class Recovered:
    """What `recover` did. The resources are given as `type name`.

    `unlocked`: a lock was taken away. `taken_in`: they were there, and are in the stack now.
    `given_up`: their creation had begun, and they are not there; the next `pulumi up` creates them.
    `left_alone`: they are there, and it was said that they are not this stack's.
    `unknown`: their ids can't be told from their arguments, so whether they are there is not known.
    """

    unlocked: bool = False
    taken_in: list[str] = field(default_factory=list[str])
    given_up: list[str] = field(default_factory=list[str])
    left_alone: list[str] = field(default_factory=list[str])
    unknown: list[str] = field(default_factory=list[str])


def recover(stack: PulumiStack, *, ask: Ask, say: Say, unlock: bool = False) -> Recovered:
    """Unlock the stack, finish what was cut off, and find what was created behind its back.

    A create that Pulumi recorded as begun is looked up and taken in without asking. What the
    program would create and is there already (the cloud did it, and its answer was lost) is shown
    to `ask`, which says whether it is this stack's; the state has none of it until then. `unlock`
    takes a lock away also where it can't be told whether its owner still runs.

    Raises StillUpdating, also where an update begins meanwhile; PulumiMissing; PulumiFailed when a
    `pulumi` command fails; CannotLook where the machine's processes can't be listed.
    """
    try:
        return _recovered(stack, ask, say, unlock)
    except (Locked, StateChanged) as trouble:
        raise StillUpdating(
            f"another update of {stack.name} began meanwhile: wait for it, then run this again "
            f"({str(trouble).splitlines()[-1].strip()})"
        ) from trouble


def _recovered(stack: PulumiStack, ask: Ask, say: Say, unlock: bool) -> Recovered:
    done = Recovered(unlocked=free(stack, say, unlock=unlock))
    ended = end_orphans(stack.folder)
    if ended:
        say(f"ended {ended} process(es) of an update whose engine was killed")
    state = stack.export()
    settled: set[str] = set()
    if state["deployment"].get("pending_operations"):
        settled = _finish_begun(stack, done, say)
        state = stack.export()
    elif ended or done.unlocked:
        say("reading what is there (pulumi refresh)")
        stack.refresh()
        state = stack.export()
    for _ in range(_ROUNDS):
        say("looking for what the program would create and is there already (pulumi preview)")
        fresh = [
            entry
            for entry in _entries(stack.planned())[0]
            if entry["urn"] not in settled and _could_be_there(state["deployment"], entry)
        ]
        settled |= {entry["urn"] for entry in fresh}
        found = _found_of(stack, state, fresh)
        labels = [_label(entry) for entry in found]
        if not found:
            break
        if not ask(labels):
            done.left_alone += labels
            break
        stack.edit(lambda deployment, found=found: put_in(deployment, found))
        done.taken_in += labels
        state = stack.export()
    return done


def _finish_begun(stack: PulumiStack, done: Recovered, say: Say) -> set[str]:
    """Take in what was being created and is there; the URNs of all that was being created."""
    say("looking for what was being created (pulumi refresh)")
    unknown: list[Entry] = []
    entries: list[Entry] = []
    pending: list[Entry] = []

    def put_begun_in(deployment: Deployment) -> list[Entry]:
        pending.extend(deployment.get("pending_operations") or [])
        begun = [one["resource"] for one in pending if one["type"] == "creating"]
        known, others = _entries(begun)
        entries.extend(entry for entry in known if not _is_there(deployment, entry))
        unknown.extend(others)
        # The engine's own `refresh --import-pending-creates` loses the resource (3.259.0), so it is
        # put in as if it were there: the refresh reads it, or takes it out if the cloud has none.
        deployment["pending_operations"] = []
        return put_in(deployment, entries)

    replaced = stack.edit(put_begun_in)
    try:
        stack.refresh()
    except BaseException:
        _undo(stack, entries, replaced, pending)
        raise
    deployment = stack.export()["deployment"]
    found = [entry for entry in entries if living(deployment, entry["urn"]) is not None]
    missing = [entry for entry in entries if entry not in found]
    if any(one["urn"] == entry["urn"] for one in replaced for entry in missing):
        _undo(stack, missing, replaced, [])
    done.taken_in += [_label(entry) for entry in found]
    done.given_up += [_label(entry) for entry in missing]
    done.unknown += [_label(resource) for resource in unknown]
    return {entry["urn"] for entry in entries}


def _found_of(stack: PulumiStack, state: dict[str, Any], fresh: Sequence[Entry]) -> list[Entry]:
    """Those of `fresh` that are there, as the cloud has them. The state is then as it was."""
    if not fresh:
        return []
    replaced = put_in(state["deployment"], fresh)
    stack.put(state)
    found: list[Entry] = []
    try:
        stack.refresh()
    finally:
        found = _undo(stack, fresh, replaced, [])
    return found


def _undo(
    stack: PulumiStack,
    entries: Sequence[Entry],
    replaced: Sequence[Entry],
    pending: Sequence[Entry],
) -> list[Entry]:
    """Take `entries` out of the state; in the cloud they stay. As the refresh has filled them.

    `pending` are operations that the state is given back.
    """

    def undo(deployment: Deployment) -> list[Entry]:
        if pending:
            deployment["pending_operations"] = list(pending)
        return take_out(deployment, entries, replaced)

    return stack.edit(undo)


def _entries(resources: Sequence[Mapping[str, Any]]) -> tuple[list[Entry], list[Entry]]:
    """The cloud's resources among these as entries of the state, and those without an id."""
    known: list[Entry] = []
    unknown: list[Entry] = []
    for resource in resources:
        if not resource.get("custom") or resource["type"].startswith("pulumi:"):
            continue
        entry = entry_of(resource)
        if entry is None:
            unknown.append(dict(resource))
        else:
            known.append(entry)
    return known, unknown


def _could_be_there(deployment: Deployment, entry: Entry) -> bool:
    """Whether all that it hangs on is in the stack, without which it can't have been created.

    What the stack has under this id is not created anew, but replaced.
    """
    present = {one["urn"] for one in resources_of(deployment)}
    return all(urn in present for urn in needs(entry)) and not _is_there(deployment, entry)


def _is_there(deployment: Deployment, entry: Entry) -> bool:
    there = living(deployment, entry["urn"])
    return there is not None and there["id"] == entry["id"]


def _label(resource: Mapping[str, Any]) -> str:
    """`ServiceQueue my-fc-job-results`, as a person would call it."""
    name = resource.get("id") or str(resource["urn"]).rpartition("::")[2]
    return f"{str(resource['type']).rpartition(':')[2]} {name}"
