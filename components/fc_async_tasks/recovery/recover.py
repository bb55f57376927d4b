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
    forget_looked_for,
    living,
    look_for,
    placeable,
    put_in,
    resources_of,
    roots,
    settle,
    take_out,
    with_living_provider,
)

Ask = Callable[[Sequence[str]], bool]


@dataclass
class Recovered:
    """What `recover` did. The resources are given as `type name`.

    `unlocked`: a lock was taken away. `taken_in`: they were there, and are in the stack now.
    `given_up`: their creation had begun, and they are not there; the next `pulumi up` creates them.
    `left_alone`: they are there, and it was said that they are not this stack's.
    `unknown`: their creation had begun, and whether they are there is not known: the ids can't be
    told from their arguments, or neither state nor program has their provider any more.
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
    if forget_looked_for(state["deployment"]):
        say("taking out what a recovery that was killed had put in to look for it")
        stack.put(state)
        state = stack.export()
    begun = Begun()
    if state["deployment"].get("pending_operations"):
        begun = _finish_begun(stack, done, say)
    elif ended or done.unlocked:
        say("reading what is there (pulumi refresh)")
        stack.refresh()
    Search(stack, begun, done, ask, say).run()
    return done


@dataclass
class Begun:
    """Creates that an update had begun. `settled`: the URNs of those that were looked up.

    `elsewhere`: those that nothing in the state leads to any more; the program may.
    """

    settled: set[str] = field(default_factory=set[str])
    elsewhere: list[Entry] = field(default_factory=list[Entry])


def _finish_begun(stack: PulumiStack, done: Recovered, say: Say) -> Begun:
    """Take in what was being created and is there."""
    say("looking for what was being created (pulumi refresh)")
    begun = Begun()
    unknown: list[Entry] = []
    entries: list[Entry] = []
    pending: list[Entry] = []
    replaced: list[Entry] = []

    def put_begun_in(deployment: Deployment) -> None:
        pending.extend(deployment.get("pending_operations") or [])
        known, others = _entries([one["resource"] for one in pending if one["type"] == "creating"])
        wanted = {
            _key(entry): with_living_provider(deployment, entry)
            for entry in known
            if not _is_there(deployment, entry)
        }
        entries.extend(placeable(deployment, list(wanted.values())))
        # A destroy or an upgrade since then took the provider of these, or the parent, away.
        begun.elsewhere.extend(one for one in wanted.values() if one not in entries)
        unknown.extend(others)
        # The engine's own `refresh --import-pending-creates` loses the resource (3.259.0), so it is
        # put in as if it were there: the refresh reads it, or takes it out if the cloud has none.
        deployment["pending_operations"] = []
        replaced.extend(put_in(deployment, entries))

    def take_begun_out(deployment: Deployment) -> None:
        if not deployment.get("pending_operations"):  # else it was not put in
            deployment["pending_operations"] = pending
            take_out(deployment, entries, replaced)

    try:
        stack.edit(put_begun_in)
    except KeyboardInterrupt:
        stack.edit(take_begun_out)  # the import may have ended before it was heard
        raise
    try:
        stack.refresh()
    except BaseException:
        stack.edit(take_begun_out)
        raise
    deployment = stack.export()["deployment"]
    found = [entry for entry in entries if living(deployment, entry["urn"]) is not None]
    missing = [entry for entry in entries if entry not in found]
    if any(one["urn"] == entry["urn"] for one in replaced for entry in missing):
        _undo(stack, missing, replaced)
    done.taken_in += [_label(entry) for entry in found]
    done.given_up += [_label(entry) for entry in missing]
    done.unknown += [_label(resource) for resource in unknown]
    begun.settled = {entry["urn"] for entry in entries}
    return begun


@dataclass
class Search:
    """The search for what the program would create and is there already."""

    stack: PulumiStack
    begun: Begun
    done: Recovered
    ask: Ask
    say: Say
    looked: "set[tuple[str, str]]" = field(default_factory=set["tuple[str, str]"])
    added: set[str] = field(default_factory=set[str])
    """URNs of the components and providers that the search put into the state."""

    def run(self) -> None:
        """Look, ask, and take in, until nothing more is found."""
        try:
            self._look()
        finally:
            if self.added:
                self.stack.edit(self._settle)
        for entry in self.begun.elsewhere:
            label = _label(entry)
            if label not in self.done.taken_in:
                looked = _key(entry) in self.looked
                (self.done.given_up if looked else self.done.unknown).append(label)

    def _look(self) -> None:
        settled = self.begun.settled
        while True:
            state = self.stack.export()
            self.say(
                "looking for what the program would create and is there already (pulumi preview)"
            )
            entries = [
                one for one in _entries(self.stack.planned())[0] if one["urn"] not in settled
            ]
            state = self._with_roots_of(state, entries)
            fresh = [
                with_living_provider(state["deployment"], one)
                for one in entries
                if _could_be_there(state["deployment"], one)
            ]
            settled |= {entry["urn"] for entry in fresh}
            self.looked |= {_key(entry) for entry in fresh}
            # What is taken in makes the next ones' names known: project, logstore, index.
            if not self._take_in(_found_of(self.stack, state, fresh)):
                return

    def _settle(self, deployment: Deployment) -> None:
        """Take out what was added, unless something was taken in that hangs on it."""
        held = {urn for one in resources_of(deployment) if not _is_root(one) for urn in roots(one)}
        settle(deployment, set[str]() if held & self.added else self.added)

    def _with_roots_of(self, state: dict[str, Any], entries: Sequence[Entry]) -> dict[str, Any]:
        """`state`, with the components and providers that `entries` hang on.

        A stack that is empty, or of which they were not reached yet, has none of them. A provider
        whose arguments come from another resource is made once that one is in the stack.
        """
        before = {one["urn"] for one in resources_of(state["deployment"])}
        planned = {entry["urn"] for entry in entries}
        if all(roots(entry) <= before | planned for entry in entries):
            return state
        self.say("finding what these belong to (pulumi refresh --run-program)")
        try:
            self.stack.refresh_with_program()
        finally:
            state = self.stack.export()
            there = filter(_is_root, resources_of(state["deployment"]))
            self.added |= {one["urn"] for one in there} - before
        return state

    def _take_in(self, found: Sequence[Entry]) -> bool:
        """Take in what was begun, and of the others what is said to be the stack's; whether any."""
        begun = {_key(entry) for entry in self.begun.elsewhere}
        labels = [_label(entry) for entry in found if _key(entry) not in begun]
        if labels and not self.ask(labels):
            self.done.left_alone += labels
            found = [entry for entry in found if _key(entry) in begun]
        if not found:
            return False

        def take(deployment: Deployment) -> list[Entry]:
            taken = placeable(deployment, found)
            put_in(deployment, taken)
            return taken

        taken = self.stack.edit(take)
        self.done.taken_in += [_label(entry) for entry in taken]
        return bool(taken)


def _found_of(stack: PulumiStack, state: dict[str, Any], fresh: Sequence[Entry]) -> list[Entry]:
    """Those of `fresh` that are there, as the cloud has them. The state is then as it was."""
    if not fresh:
        return []
    replaced = look_for(state["deployment"], fresh)
    try:
        stack.put(state)
        try:
            stack.refresh()
        finally:
            found = _undo(stack, fresh, replaced)
    except KeyboardInterrupt:
        stack.edit(forget_looked_for)  # the import may have ended before it was heard
        raise
    return found


def _undo(stack: PulumiStack, entries: Sequence[Entry], replaced: Sequence[Entry]) -> list[Entry]:
    """Take `entries` out of the state; in the cloud they stay. As the refresh has filled them."""
    return stack.edit(lambda deployment: take_out(deployment, entries, replaced))


def _entries(resources: Sequence[Mapping[str, Any]]) -> tuple[list[Entry], list[Entry]]:
    """The cloud's resources among these as entries of the state, and those without an id."""
    known: list[Entry] = []
    unknown: list[Entry] = []
    for resource in resources:
        if _is_root(resource):
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
    return placeable(deployment, [entry]) == [entry] and not _is_there(deployment, entry)


def _is_root(entry: Mapping[str, Any]) -> bool:
    """Whether it is a component, a provider or the stack: nothing in the cloud."""
    return not entry.get("custom") or entry["type"].startswith("pulumi:")


def _is_there(deployment: Deployment, entry: Entry) -> bool:
    there = living(deployment, entry["urn"])
    return there is not None and there["id"] == entry["id"]


def _key(entry: Entry) -> "tuple[str, str]":
    return entry["urn"], entry["id"]


def _label(resource: Mapping[str, Any]) -> str:
    """`ServiceQueue my-fc-job-results`, as a person would call it."""
    name = resource.get("id") or str(resource["urn"]).rpartition("::")[2]
    return f"{str(resource['type']).rpartition(':')[2]} {name}"
