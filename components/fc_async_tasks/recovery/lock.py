"""The stack's lock: taken away where the update that holds it is gone."""

import os
import socket
from collections.abc import Callable, Sequence

from fc_async_tasks.recovery.file_backend import (
    folder_of_backend,
    lock_owners,
    remove_broken_attributes,
)
from fc_async_tasks.recovery.processes import running
from fc_async_tasks.recovery.project import project_name
from fc_async_tasks.recovery.pulumi_stack import Locked, LockOwner, PulumiStack, StateCutOff

Say = Callable[[str], None]


class StillUpdating(Exception):
    """The lock belongs to an update that runs, or that may run elsewhere."""


def free(stack: PulumiStack, say: Say, *, unlock: bool) -> bool:
    """Take the lock away if its owner is gone; whether there was one.

    Nothing is touched before the lock was looked at, by a refresh. `unlock` takes a lock away also
    where it can't be told whether its owner still runs. Raises StillUpdating, PulumiFailed and
    CannotLook.
    """
    try:
        try:
            stack.refresh()
        except StateCutOff:
            if not _mend(stack, unlock=unlock):
                raise
            say("removed attributes of the state that were cut off while they were written")
            stack.refresh()
    except Locked as locked:
        _refuse_if_it_may_run(stack.name, locked.owners, unlock=unlock)
        say("taking away the lock of an update that is no longer there (pulumi cancel)")
        stack.cancel()
        return True
    return False


def _mend(stack: PulumiStack, *, unlock: bool) -> bool:
    """Remove the stack's broken attributes; whether there were any."""
    backend = folder_of_backend(stack.backend())
    project = project_name(stack.folder)
    if backend is None or project is None:
        return False
    name = stack.name.rpartition("/")[2]
    if owners := lock_owners(backend, project, name):
        _refuse_if_it_may_run(stack.name, owners, unlock=unlock)
    return bool(remove_broken_attributes(backend, project, name))


def _refuse_if_it_may_run(stack: str, owners: Sequence[LockOwner], *, unlock: bool) -> None:
    """Raise StillUpdating unless the owners of the lock are gone, or `unlock` says so."""
    here = socket.gethostname()
    for owner in owners:
        if owner.host == here and _runs(owner):
            raise StillUpdating(
                f"{stack} is being updated by process {owner.pid} of {owner.user} since "
                f"{owner.since}: wait for it, or end it first"
            )
    elsewhere = [owner for owner in owners if owner.host != here]
    if (elsewhere or not owners) and not unlock:
        where = f"on {elsewhere[0].host}" if elsewhere else "somewhere"
        raise StillUpdating(
            f"{stack} is locked by an update {where}, of which can't be told from here whether it "
            "still runs: make sure that it does not, then say --unlock"
        )


def _runs(owner: LockOwner) -> bool:
    process = running().get(owner.pid)
    if process is None:
        return False
    # A number is used again; another user's process may not be looked at.
    return process.name.startswith("pulumi") or process.user != os.getuid()
