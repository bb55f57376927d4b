"""The instances there are, of all functions: which one is warm, which one is given up, and when."""

import asyncio
import time
from collections.abc import Iterable

from localcloud.fc.instances import hooks
from localcloud.fc.instances.instance import Instance
from localcloud.fc.instances.invocation import Ending, InstanceSpec
from localcloud.fc.instances.places import Places

_SWEEP = 5.0  # seconds between two looks at instances
_SETTLED = 1.0  # seconds without a call, after which leftover processes are looked for
_LAST_HOOKS = 3.0  # seconds that pre-stop hooks get when localcloud itself stops


class Roster:
    """Up to `most` instances, an idle one for `idle` seconds. Use it from one event loop."""

    def __init__(self, most: int, idle: float, open_instance_log: hooks.OpenInstanceLog) -> None:
        self.places = Places(most)
        self._idle = idle
        self._goodbyes = hooks.Goodbyes(open_instance_log)
        self._instances: dict[InstanceSpec, list[Instance]] = {}

    def specs(self) -> Iterable[InstanceSpec]:
        """What there are instances of."""
        return self._instances.keys()

    def everyone(self) -> list[Instance]:
        """Every instance, from when it is being made until it is gone."""
        return [one for instances in self._instances.values() for one in instances]

    def add(self, instance: Instance) -> None:
        """An instance is being made."""
        self.places.take()
        self._instances.setdefault(instance.spec, []).append(instance)

    def remove(self, instance: Instance) -> None:
        """An instance is gone."""
        instances = self._instances.get(instance.spec, [])
        if instance not in instances:
            return
        instances.remove(instance)
        if not instances:
            del self._instances[instance.spec]
        self.places.give_back()

    def warm(self, spec: InstanceSpec) -> Instance | None:
        """An instance of this spec with a place for one more invocation; it may not be open yet."""
        for instance in reversed(self._instances.get(spec, ())):
            if instance.accepts:
                return instance
        return None

    def left(self, instance: Instance) -> None:
        """An invocation has left an instance: it goes if it is to be retired, else it is free."""
        if instance.retiring and not instance.reserved:
            self._goodbyes.say(instance)
        self.places.wake_one()

    def evict(self) -> None:
        """Give up the instance that has been idle longest, for an invocation of another spec."""
        idle = [one for one in self.everyone() if one.usable and not one.reserved]
        if idle:
            self._goodbyes.say(min(idle, key=lambda one: one.idle_since))

    async def retire(self, function_name: str) -> None:
        """End a function's idle instances, pre-stop first; busy ones go when they have finished."""
        goodbyes: list[asyncio.Task[None]] = []
        for spec, instances in list(self._instances.items()):
            if spec.function_name == function_name:
                for instance in list(instances):
                    instance.retiring = True
                    if not instance.reserved:
                        goodbyes.append(self._goodbyes.say(instance))
        if goodbyes:
            await asyncio.wait(goodbyes)

    async def sweep(self) -> None:
        """Give up instances that have been idle for long, have the others looked at.

        Does not return.
        """
        while True:
            await asyncio.sleep(min(_SWEEP, self._idle / 2))
            now = time.monotonic()
            for instance in self.everyone():
                if not instance.usable:
                    continue
                if instance.reserved:
                    instance.look()
                    continue
                rested = now - instance.idle_since
                if rested >= self._idle:
                    self._goodbyes.say(instance)
                elif rested >= _SETTLED:
                    instance.settle()
                else:
                    instance.look()

    async def end_everyone(self, reason: str) -> None:
        """End every instance; returns when no process of theirs is left.

        Idle ones have 3 seconds for their pre-stop hooks. Invocations under way end as NO_INSTANCE,
        for `reason`.
        """
        self.places.wake_all()
        everyone = self.everyone()
        idle = [one for one in everyone if one.usable and not one.reserved and one.spec.pre_stop]
        if idle:
            await asyncio.wait([self._goodbyes.say(one) for one in idle], timeout=_LAST_HOOKS)
        while everyone := self.everyone():
            for instance in everyone:  # again for one that was just being made
                instance.end(Ending.NO_INSTANCE, reason=reason)
            await asyncio.wait([instance.gone for instance in everyone], timeout=0.1)
        await self._goodbyes.all_said()
