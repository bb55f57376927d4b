"""The instances of all functions: which runs an invocation, how many there are, how they end."""

import asyncio
import secrets
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from localcloud.fc.instances import failures
from localcloud.fc.instances.calls import Kind
from localcloud.fc.instances.instance import Instance, StartFailed
from localcloud.fc.instances.invocation import (
    Ending,
    InstanceSpec,
    Invocation,
    Outcome,
)
from localcloud.fc.instances.runtimes import Runtimes
from localcloud.fc.instances.templates import Template, TemplateGone

MOST_INSTANCES = 50  # ours; FC's quota for a region is 300
IDLE = 60.0  # seconds an instance is kept without a call; FC does not promise a number
LONGEST_WAIT = 10.0  # seconds an invocation waits for a place
LONGEST_START = 30  # seconds for node, or a custom runtime's server, to be up; FC waits 120
_SWEEP = 5.0  # seconds between two looks at idle instances
_MOST_STARTS = 3
_LAST_HOOKS = 3.0  # seconds that pre-stop hooks get when localcloud itself stops
_SETTLED = 1.0  # seconds without a call, after which leftover processes are looked for


def _drop(spec: InstanceSpec, line: str) -> None:
    """Nobody asked for the lines of pre-stop hooks."""


class InstancePool:
    """Runs invocations in processes. Use it from one event loop, between `start` and `stop`.

    `folder` is for what instances need on disk; nothing in it outlives them. `write_instance_log`
    gets the lines of pre-stop hooks, which belong to no invocation.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_instances: int = MOST_INSTANCES,
        idle: float = IDLE,
        longest_wait: float = LONGEST_WAIT,
        write_instance_log: Callable[[InstanceSpec, str], None] = _drop,
    ) -> None:
        self._folder = folder
        self._most = most_instances
        self._idle = idle
        self._longest_wait = longest_wait
        self._write_instance_log = write_instance_log
        self._runtimes = Runtimes()
        self._started = False
        self._templates: dict[str, Template] = {}
        self._instances: dict[InstanceSpec, list[Instance]] = {}
        self._count = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._under_way: dict[str, Instance | asyncio.Event] = {}
        self._asked: dict[str, InstanceSpec] = {}
        self._running: dict[str, int] = {}
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Find the interpreters. Templates start when they are first needed."""
        shutil.rmtree(self._folder / "tmp", ignore_errors=True)  # of a localcloud that was killed
        (self._folder / "tmp").mkdir(parents=True)
        await self._runtimes.find(self._folder / "interpreters.json")
        self._started = True
        self._stopping = False
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """End every instance and template; returns when no process of theirs is left.

        Invocations under way end as NO_INSTANCE.
        """
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for place in self._waiting:
            if not place.done():
                place.set_result(None)
        everyone = self._everyone()
        idle = [one for one in everyone if one.usable and not one.reserved and one.spec.pre_stop]
        if idle:
            await asyncio.wait([self._say_goodbye(one) for one in idle], timeout=_LAST_HOOKS)
        while everyone := self._everyone():
            for instance in everyone:  # again for one that was just being made
                instance.end(Ending.NO_INSTANCE, reason="localcloud is stopping")
            await asyncio.wait([instance.gone for instance in everyone], timeout=0.1)
        if self._goodbyes:
            await asyncio.wait(self._goodbyes)
        await asyncio.gather(*(template.stop() for template in self._templates.values()))
        self._templates.clear()

    def interpreters(self) -> dict[str, str]:
        """What runs which runtime, as a sentence."""
        return self._runtimes.sentences()

    def template_processes(self) -> set[int]:
        """The process ids of the templates that run."""
        return {pid for one in self._templates.values() if (pid := one.process_id) is not None}

    def supports(self, runtime: str) -> str | None:
        """None for a runtime that can run here, else the sentence why not."""
        return self._runtimes.why_not(runtime)

    async def prepare(self, runtime: str) -> None:
        """Start the template of a runtime, so that the first call of a function need not wait."""
        if self._started and not self._stopping and self.supports(runtime) is None:
            await self._template_of(runtime).start()

    def code_folders(self) -> set[Path]:
        """The unpacked folders (code and layers) that an instance or a coming one may read."""
        specs = {*self._instances, *self._asked.values()}
        return {folder for spec in specs for folder in (spec.code, *spec.layers)}

    def running(self, function_name: str) -> int:
        """How many invocations of a function are under way here."""
        return self._running.get(function_name, 0)

    async def invoke(self, spec: InstanceSpec, invocation: Invocation) -> Outcome:
        """Run one attempt to its end; every line of it is written when this returns.

        Uses a warm instance of an equal spec, else makes one; over `most_instances` it waits for a
        place and ends as NO_INSTANCE after `longest_wait` seconds.
        """
        self._asked[invocation.request_id] = spec
        name = spec.function_name
        self._running[name] = self._running.get(name, 0) + 1
        try:
            return await self._invoke(spec, invocation)
        finally:
            self._under_way.pop(invocation.request_id, None)
            self._asked.pop(invocation.request_id, None)
            self._running[name] -= 1
            if not self._running[name]:
                del self._running[name]

    async def _invoke(self, spec: InstanceSpec, invocation: Invocation) -> Outcome:
        instance = self._warm(spec)
        if instance is not None and instance.opened.done():
            return await self._run(instance, invocation)
        waiting = self._under_way[invocation.request_id] = asyncio.Event()
        deadline = time.monotonic() + self._longest_wait
        failures_to_start = 0
        while True:
            if waiting.is_set():
                return Outcome(Ending.STOPPED, failures.stopped(), 0, 0.0, "")
            if self._stopping or not self._started:
                return _no_instance("localcloud is stopping, or has not started")
            if reason := self.supports(spec.runtime):
                return Outcome(Ending.BAD_CODE, failures.not_run_here(reason), 0, 0.0, "")
            instance = self._warm(spec)
            if instance is not None and not instance.opened.done():
                instance.reserved += 1
                await _first(instance.opened, waiting, None)
                instance.reserved -= 1
                if instance.reserved == 0 and waiting.is_set():
                    self._left(instance)
            elif instance is not None:
                return await self._run(instance, invocation)
            elif self._count >= self._most:
                if time.monotonic() >= deadline:
                    return _no_instance(
                        f"all {self._most} instances are busy, and none was free within "
                        f"{self._longest_wait:g} seconds"
                    )
                await self._wait_for_place(waiting, deadline)
            else:
                try:
                    outcome = await self._open(spec, invocation, waiting)
                except (StartFailed, TemplateGone):
                    failures_to_start += 1
                    if failures_to_start == _MOST_STARTS:
                        return _no_instance("the template process of the interpreter keeps ending")
                    continue
                if outcome is not None:
                    return outcome

    async def _run(self, instance: Instance, invocation: Invocation) -> Outcome:
        self._under_way[invocation.request_id] = instance
        instance.reserved += 1
        spec = instance.spec
        try:
            outcome = await instance.call(
                Kind.INVOKE, invocation, spec.handler, spec.timeout, invocation.event
            )
            if outcome.ending in (Ending.NO_HANDLER, Ending.BAD_CODE):
                instance.end(Ending.NO_INSTANCE)
            return outcome
        finally:
            instance.reserved -= 1
            self._left(instance)

    async def _open(
        self, spec: InstanceSpec, invocation: Invocation, waiting: asyncio.Event
    ) -> Outcome | None:
        """Make an instance and initialise it; the outcome where that failed or was stopped.

        Raises StartFailed and TemplateGone where the template was killed.
        """
        template = self._template_of(spec.runtime)
        instance = Instance(spec, template, self._folder / "tmp", self._forget)
        self._count += 1
        self._instances.setdefault(spec, []).append(instance)
        instance.reserved += 1
        outcome = None
        try:
            await instance.start(
                self._runtimes.order(spec, invocation, instance.instance_id, instance.temporary)
            )
            if self._stopping:
                instance.end(Ending.NO_INSTANCE)
            elif not waiting.is_set():
                self._under_way[invocation.request_id] = instance
                outcome = await self._initialize(instance, invocation)
                self._under_way[invocation.request_id] = waiting
        except BaseException:
            instance.reserved -= 1
            if not instance.opened.done():
                instance.opened.set_result(False)
            instance.end(Ending.NO_INSTANCE)
            raise
        instance.reserved -= 1
        if not instance.opened.done():
            instance.opened.set_result(outcome is None)
        if instance.retiring and not instance.reserved:  # retired while it was being made
            self._say_goodbye(instance)
        if outcome is not None:
            instance.end(Ending.NO_INSTANCE)
            await instance.gone
        return outcome

    async def _initialize(self, instance: Instance, invocation: Invocation) -> Outcome | None:
        """Wait until the runtime is up, run the initializer; the outcome where that failed."""
        spec = instance.spec
        if self._runtimes.starts_slowly(spec.runtime):
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
        if outcome.ending in (Ending.HANDLED, Ending.TIMED_OUT, Ending.EXITED):
            return replace(outcome, ending=Ending.INITIALIZER_FAILED)
        return outcome

    async def stop_invocation(self, request_id: str) -> bool:
        """Stop an invocation; True when it was under way here.

        Returns when every process of its instance is gone; its `invoke` then returns STOPPED.
        """
        where = self._under_way.get(request_id)
        if where is None:
            return False
        if isinstance(where, asyncio.Event):
            where.set()
            return True
        if not where.stop(request_id):
            return False
        await asyncio.shield(where.gone)
        return True

    async def retire(self, function_name: str) -> None:
        """End a function's idle instances, pre-stop first; busy ones go when they have finished."""
        goodbyes: list[asyncio.Task[None]] = []
        for spec, instances in list(self._instances.items()):
            if spec.function_name == function_name:
                for instance in list(instances):
                    instance.retiring = True
                    if not instance.reserved:
                        goodbyes.append(self._say_goodbye(instance))
        if goodbyes:
            await asyncio.wait(goodbyes)

    def _warm(self, spec: InstanceSpec) -> Instance | None:
        for instance in reversed(self._instances.get(spec, ())):
            if instance.accepts:
                return instance
        return None

    def _left(self, instance: Instance) -> None:
        """An invocation has left an instance: it goes if it is to be retired, else it is free."""
        if instance.retiring and not instance.reserved:
            self._say_goodbye(instance)
        self._wake_one()

    def _wake_one(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return

    async def _wait_for_place(self, waiting: asyncio.Event, deadline: float) -> None:
        """Wait until an instance is free or gone, `waiting` is set or the time is over."""
        self._evict()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await _first(place, waiting, deadline - time.monotonic())
        finally:
            if not place.done():
                self._waiting.remove(place)

    def _evict(self) -> None:
        """Give up the instance that has been idle longest, for an invocation of another spec."""
        idle = [one for one in self._everyone() if one.usable and not one.reserved]
        if idle:
            self._say_goodbye(min(idle, key=lambda one: one.idle_since))

    def _everyone(self) -> list[Instance]:
        return [one for instances in self._instances.values() for one in instances]

    def _say_goodbye(self, instance: Instance) -> asyncio.Task[None]:
        instance.retiring = True
        task = asyncio.get_running_loop().create_task(self._goodbye(instance))
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)
        return task

    async def _goodbye(self, instance: Instance) -> None:
        """Run the pre-stop hook, if there is one, and end an idle instance."""
        spec = instance.spec
        if spec.pre_stop is not None and not instance.saying_goodbye and not instance.ending:
            instance.saying_goodbye = True
            invocation = Invocation(
                request_id=f"1-{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(6)}",
                event=b"",
                write_log=partial(self._write_instance_log, spec),
                credentials=instance.credentials,
            )
            await instance.call(
                Kind.PRE_STOP, invocation, spec.pre_stop.handler, spec.pre_stop.timeout
            )
        instance.end(Ending.NO_INSTANCE)
        await instance.gone

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP, self._idle / 2))
            now = time.monotonic()
            for instance in self._everyone():
                if instance.reserved or not instance.usable:
                    continue
                rested = now - instance.idle_since
                if rested >= self._idle:
                    self._say_goodbye(instance)
                elif rested >= _SETTLED:
                    instance.settle()

    def _template_of(self, runtime: str) -> Template:
        path = self._runtimes.template_for(runtime).path
        template = self._templates.get(path)
        if template is None:
            template = self._templates[path] = Template(path)
        return template

    def _forget(self, instance: Instance) -> None:
        instances = self._instances.get(instance.spec, [])
        if instance not in instances:
            return
        instances.remove(instance)
        if not instances:
            del self._instances[instance.spec]
        self._count -= 1
        self._wake_one()


def _no_instance(reason: str) -> Outcome:
    return Outcome(Ending.NO_INSTANCE, failures.no_instance(reason), 0, 0.0, "")


async def _first(
    awaited: "asyncio.Future[Any]", stopped: asyncio.Event, seconds: float | None
) -> None:
    """Return when one of the two happens, or after `seconds`."""
    until_stopped = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait(
            (awaited, until_stopped), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        until_stopped.cancel()
