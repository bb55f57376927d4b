"""Invocations of all functions: each on an instance that is warm, or is made for it."""

import asyncio
import logging
import time
from pathlib import Path

from localcloud.fc.instances import failures, hooks
from localcloud.fc.instances.calls import Kind
from localcloud.fc.instances.instance import SPARED, Instance
from localcloud.fc.instances.invocation import Ending, InstanceSpec, Invocation, Outcome
from localcloud.fc.instances.keepers import StartFailed
from localcloud.fc.instances.places import first
from localcloud.fc.instances.roster import Roster
from localcloud.fc.instances.runtimes import Runtimes
from localcloud.fc.instances.templates import CannotStart, Template, TemplateGone, Templates
from localcloud.fc.instances.under_way import AllUnderWay, UnderWay
from localcloud.removal import remove_or_warn

log = logging.getLogger(__name__)

MOST_INSTANCES = 50  # ours; FC's quota for a region is 300
IDLE = 60.0  # seconds an instance is kept without a call; FC does not promise a number
LONGEST_WAIT = 10.0  # seconds an invocation waits for a place
_MOST_STARTS = 3
_ENDED_WITH_ANOTHER = SPARED.format("was stopped")
_DELETED = "the function was deleted"


class InstancePool:
    """Runs invocations in processes. Use it from one event loop, between `start` and `stop`.

    `folder` is for what instances need on disk; nothing in it outlives them. `open_instance_log`
    is asked where the lines of a pre-stop hook go.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_instances: int = MOST_INSTANCES,
        idle: float = IDLE,
        longest_wait: float = LONGEST_WAIT,
        open_instance_log: hooks.OpenInstanceLog = hooks.nowhere,
    ) -> None:
        self._folder = folder
        self._roster = Roster(most_instances, idle, open_instance_log)
        self._longest_wait = longest_wait
        self._runtimes = Runtimes()
        self._started = False
        self._templates = Templates()
        self._under_way = AllUnderWay()
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Find the interpreters. Templates start when they are first needed."""
        # of a localcloud that was killed; it may be much, and nothing else runs yet
        await asyncio.to_thread(remove_or_warn, self._folder / "tmp")
        (self._folder / "tmp").mkdir(parents=True, exist_ok=True)
        await self._runtimes.find(self._folder / "interpreters.json")
        self._started = True
        self._stopping = False
        self._sweeper = asyncio.create_task(self._roster.sweep())

    async def stop(self) -> None:
        """End every instance and template; returns when no process of theirs is left.

        Invocations under way end as NO_INSTANCE.
        """
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._roster.end_everyone("localcloud is stopping")
        await self._templates.stop()

    def interpreters(self) -> dict[str, str]:
        """What runs which runtime, as a sentence."""
        return self._runtimes.sentences()

    def template_processes(self) -> set[int]:
        """The process ids of the templates that run."""
        return self._templates.processes()

    def supports(self, runtime: str) -> str | None:
        """None for a runtime that can run here, else the sentence why not."""
        return self._runtimes.why_not(runtime)

    async def prepare(self, runtime: str) -> None:
        """Start the template of a runtime, so that the first call of a function need not wait."""
        if self._started and not self._stopping and self.supports(runtime) is None:
            try:
                await self._template_of(runtime).start()
            except CannotStart as error:
                log.warning("%s", self._runtimes.cannot_start(runtime, error))

    def code_folders(self) -> set[Path]:
        """The unpacked folders (code and layers) that an instance or a coming one may read."""
        specs = {*self._roster.specs(), *(one.spec for one in self._under_way)}
        return {folder for spec in specs for folder in (spec.code, *spec.layers)}

    def running(self, function_name: str) -> int:
        """How many invocations of a function are under way here."""
        return self._under_way.running(function_name)

    async def invoke(self, spec: InstanceSpec, invocation: Invocation) -> Outcome:
        """Run one attempt to its end; every line of it is written when this returns.

        Uses a warm instance of an equal spec, else makes one; over `most_instances` it waits for a
        place and ends as NO_INSTANCE after `longest_wait` seconds.
        """
        under_way = self._under_way.begin(invocation.request_id, spec)
        try:
            return await self._invoke(spec, invocation, under_way)
        finally:
            self._under_way.finish(invocation.request_id)

    async def _invoke(
        self, spec: InstanceSpec, invocation: Invocation, under_way: UnderWay
    ) -> Outcome:
        instance = self._roster.warm(spec)
        if instance is not None and instance.opened.done():
            return await self._run(instance, invocation, under_way)
        stopped = under_way.stopped
        places = self._roster.places
        deadline = time.monotonic() + self._longest_wait
        failures_to_start = 0
        while True:
            if under_way.deleted:
                return _no_instance(_DELETED)
            if stopped.is_set():
                return Outcome(Ending.STOPPED, failures.stopped(), 0, 0.0, "")
            if self._stopping or not self._started:
                return _no_instance("localcloud is stopping, or has not started")
            if reason := self.supports(spec.runtime):
                return _no_runtime(reason)
            instance = self._roster.warm(spec)
            if instance is not None and not instance.opened.done():
                await self._opened(instance, stopped)
            elif instance is not None:
                return await self._run(instance, invocation, under_way)
            elif places.full:
                self._roster.evict()
                if not await places.wait(stopped, deadline) and not stopped.is_set():
                    return _no_instance(
                        f"all {places.most} instances are busy, and none was free within "
                        f"{self._longest_wait:g} seconds"
                    )
            else:
                try:
                    outcome = await self._open(spec, invocation, under_way)
                except CannotStart as error:
                    return _no_runtime(self._runtimes.cannot_start(spec.runtime, error))
                except (StartFailed, TemplateGone):
                    failures_to_start += 1
                    if failures_to_start == _MOST_STARTS:
                        return _no_instance(
                            "the template process of the interpreter keeps ending: "
                            f"{self._runtimes.template_for(spec.runtime).path}"
                        )
                    continue
                if outcome is not None and not (
                    stopped.is_set() and outcome.ending is Ending.NO_INSTANCE
                ):
                    return outcome

    async def _opened(self, instance: Instance, stopped: asyncio.Event) -> None:
        """Wait, with a place in it, for an instance that another invocation opens."""
        instance.reserved += 1
        try:
            await first(instance.opened, stopped, None)
        finally:
            instance.reserved -= 1
            if not instance.reserved:  # stopped, or it was retired meanwhile
                self._roster.left(instance)

    async def _run(
        self, instance: Instance, invocation: Invocation, under_way: UnderWay
    ) -> Outcome:
        under_way.instance = instance
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
            self._roster.left(instance)

    async def _open(
        self, spec: InstanceSpec, invocation: Invocation, under_way: UnderWay
    ) -> Outcome | None:
        """Make an instance and initialise it; the outcome where that failed or was stopped.

        Raises StartFailed and TemplateGone where the template was killed, CannotStart where there
        is none any more.
        """
        template = self._template_of(spec.runtime)
        instance = Instance(spec, template, self._folder / "tmp", self._roster.remove)
        self._roster.add(instance)
        instance.reserved += 1
        outcome = None
        try:
            await instance.start(
                self._runtimes.order(spec, invocation, instance.instance_id, instance.temporary)
            )
            if self._stopping:
                instance.end(Ending.NO_INSTANCE)
            elif not under_way.stopped.is_set():
                under_way.instance = instance
                outcome = await hooks.initialize(
                    instance,
                    invocation,
                    starts_slowly=self._runtimes.starts_slowly(spec.runtime),
                )
                under_way.instance = None
        except BaseException:
            instance.reserved -= 1
            if not instance.opened.done():
                instance.opened.set_result(False)
            if instance.started:
                instance.end(Ending.NO_INSTANCE)
            else:
                instance.discard()
            raise
        instance.reserved -= 1
        if not instance.opened.done():
            instance.opened.set_result(outcome is None)
        if outcome is None:
            self._roster.left(instance)  # retired while it was being made, or its call was stopped
        else:
            instance.end(Ending.NO_INSTANCE)
            await instance.gone
        return outcome

    async def stop_invocation(self, request_id: str) -> bool:
        """Stop an invocation; True when it was under way here.

        Returns when every process of its instance is gone; its `invoke` then returns STOPPED.
        """
        under_way = self._under_way.find(request_id)
        if under_way is None:
            return False
        under_way.stopped.set()  # between two calls, of initializer and handler say, it reads this
        instance = under_way.instance
        if instance is not None:
            if not instance.stop(request_id):  # its call has just ended
                instance.end(Ending.NO_INSTANCE, reason=_ENDED_WITH_ANOTHER)
            await asyncio.shield(instance.gone)
        return True

    async def end_instance(self, instance_id: str) -> None:
        """End an instance for the sake of an invocation that has returned, and was told to stop.

        Returns when every process of it is gone; invocations under way there end as NO_INSTANCE.
        """
        for instance in self._roster.everyone():
            if instance.instance_id == instance_id:
                instance.end(Ending.NO_INSTANCE, reason=_ENDED_WITH_ANOTHER)
                await asyncio.shield(instance.gone)

    async def retire(self, function_name: str) -> None:
        """End a function's idle instances, pre-stop first; busy ones go when they have finished."""
        await self._roster.retire(function_name)

    async def end_function(self, function_name: str) -> None:
        """End all instances of a function that is deleted, busy or not.

        So FC does: https://www.alibabacloud.com/help/en/functioncompute/how-to-stop-an-instance
        Invocations under way end as NO_INSTANCE; idle instances get their pre-stop hook.
        """
        for under_way in self._under_way:
            if under_way.spec.function_name == function_name:
                under_way.deleted = True
                under_way.stopped.set()
        for instance in self._roster.everyone():
            if instance.spec.function_name == function_name and instance.reserved:
                instance.end(Ending.NO_INSTANCE, reason=_DELETED)
        await self.retire(function_name)

    def _template_of(self, runtime: str) -> Template:
        return self._templates.of(self._runtimes.template_for(runtime).path)


def _no_instance(reason: str) -> Outcome:
    return Outcome(Ending.NO_INSTANCE, failures.no_instance(reason), 0, 0.0, "")


def _no_runtime(reason: str) -> Outcome:
    return Outcome(Ending.NO_RUNTIME, failures.not_run_here(reason), 0, 0.0, "")
