"""What an instance does before its first invocation and after its last: initializer and pre-stop.

https://www.alibabacloud.com/help/en/functioncompute/fc/instance-lifecycle-hooks
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from localcloud.fc.instances.calls import Kind
from localcloud.fc.instances.instance import Instance
from localcloud.fc.instances.invocation import Ending, InstanceSpec, Invocation, Outcome

LONGEST_START = 30  # seconds for node, or a custom runtime's server, to be up; FC waits 120
_OF_INITIALIZER = (Ending.RAISED, Ending.HANDLED, Ending.TIMED_OUT, Ending.EXITED)

OpenInstanceLog = Callable[[InstanceSpec, str, str], Callable[[str], None]]
"""For a spec, a request id and an instance id: what takes lines that belong to no invocation."""


def nowhere(spec: InstanceSpec, request_id: str, instance_id: str) -> Callable[[str], None]:
    """An OpenInstanceLog for whoever does not want these lines."""
    del spec, request_id, instance_id
    return lambda _line: None


async def initialize(
    instance: Instance, invocation: Invocation, *, starts_slowly: bool
) -> Outcome | None:
    """Wait until the runtime is up, run the initializer; the outcome where one of them failed.

    Both are on the account of the first invocation: its log gets their lines.
    """
    spec = instance.spec
    if starts_slowly:
        outcome = await instance.call(Kind.START, invocation, "", LONGEST_START)
        if outcome.ending is Ending.TIMED_OUT:
            return replace(outcome, ending=Ending.EXITED)
        if outcome.ending is not Ending.ANSWERED:
            return outcome
    if spec.initializer is None:
        return None
    outcome = await instance.call(
        Kind.INITIALIZE, invocation, spec.initializer.handler, spec.initializer.timeout
    )
    if outcome.ending is Ending.ANSWERED:
        return None
    if outcome.ending in _OF_INITIALIZER:
        return replace(outcome, ending=Ending.INITIALIZER_FAILED)
    return outcome


class Goodbyes:
    """Ends idle instances, each with its pre-stop hook before. Use it from one event loop."""

    def __init__(self, open_log: OpenInstanceLog) -> None:
        self._open_log = open_log
        self._under_way: set[asyncio.Task[None]] = set()

    def say(self, instance: Instance) -> asyncio.Task[None]:
        """Retire an idle instance; the task is done when nothing of it is left."""
        instance.retiring = True
        task = asyncio.get_running_loop().create_task(self._end(instance))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def all_said(self) -> None:
        """Return when none is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _end(self, instance: Instance) -> None:
        if instance.saying_goodbye:  # its hook runs: who comes second waits for the same end
            await instance.gone
            return
        hook = instance.spec.pre_stop
        if hook is not None and not instance.ending:
            instance.saying_goodbye = True
            request_id = f"1-{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(6)}"
            invocation = Invocation(
                request_id=request_id,
                event=b"",
                write_log=self._open_log(instance.spec, request_id, instance.instance_id),
                credentials=instance.credentials,
            )
            await instance.call(Kind.PRE_STOP, invocation, hook.handler, hook.timeout)
        instance.end(Ending.NO_INSTANCE)
        await instance.gone
