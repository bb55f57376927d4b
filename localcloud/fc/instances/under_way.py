"""Invocations that have not returned: what they were told, and how many there are."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from localcloud.fc.instances.instance import Instance
from localcloud.fc.instances.invocation import InstanceSpec


class UnderWay:
    """An invocation that has not returned: whether it was told to stop, and where it is.

    `deleted` says that it was told so because its function is gone.
    """

    __slots__ = ("deleted", "instance", "spec", "stopped")

    def __init__(self, spec: InstanceSpec) -> None:
        self.spec = spec
        self.stopped = asyncio.Event()
        self.deleted = False
        self.instance: Instance | None = None


class AllUnderWay:
    """The invocations under way by their request ids, of which no two have the same."""

    def __init__(self) -> None:
        self._invocations: dict[str, UnderWay] = {}
        self._of_function: Counter[str] = Counter()

    def begin(self, request_id: str, spec: InstanceSpec) -> UnderWay:
        """An invocation of a function with this spec begins."""
        begun = self._invocations[request_id] = UnderWay(spec)
        self._of_function[spec.function_name] += 1
        return begun

    def finish(self, request_id: str) -> None:
        """It returns."""
        name = self._invocations.pop(request_id).spec.function_name
        self._of_function[name] -= 1
        if not self._of_function[name]:
            del self._of_function[name]

    def find(self, request_id: str) -> UnderWay | None:
        """The invocation with this request id; None when it is over, or never was."""
        return self._invocations.get(request_id)

    def running(self, function_name: str) -> int:
        """How many of a function are under way."""
        return self._of_function[function_name]

    def __iter__(self) -> Iterator[UnderWay]:
        return iter(self._invocations.values())
