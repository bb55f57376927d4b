"""Runs programs on mocks that record what is registered and raise on what nobody expected."""

import asyncio
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar, cast
from unittest.mock import patch

import pulumi
import pulumi.runtime.resource
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import run_pulumi_func

T = TypeVar("T")

ACCOUNT = "1234567890123456"
REGION = "cn-hangzhou"

# What the provider gives back beyond the inputs, by the type of the resource.
COMPUTED: "dict[str, Callable[[dict[str, Any]], dict[str, Any]]]" = {
    "alicloud:ram/role:Role": lambda i: {"arn": f"acs:ram::{ACCOUNT}:role/{i['roleName']}"},
    "alicloud:ram/policy:Policy": lambda _: {"type": "Custom"},
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": lambda _: {},
    "alicloud:message/serviceQueue:ServiceQueue": lambda _: {},
    "alicloud:log/project:Project": lambda _: {},
    "alicloud:log/store:Store": lambda _: {},
    "alicloud:log/storeIndex:StoreIndex": lambda _: {},
    "alicloud:fc/v3Function:V3Function": lambda i: {
        "functionArn": f"acs:fc:{REGION}:{ACCOUNT}:functions/{i['functionName']}"
    },
    "alicloud:fc/v3AsyncInvokeConfig:V3AsyncInvokeConfig": lambda _: {},
    "alicloud:fc/v3ConcurrencyConfig:V3ConcurrencyConfig": lambda _: {},
    "alicloud:fc/v3FunctionVersion:V3FunctionVersion": lambda _: {"versionId": "1"},
    "alicloud:fc/v3Alias:V3Alias": lambda _: {},
    "alicloud:fc/v3Trigger:V3Trigger": lambda _: {"triggerId": "7d1c"},
    "pulumi:providers:alicloud": lambda _: {},
}


class Registered(NamedTuple):
    """A resource as it was registered: with the references of its provider and its parent.

    `kept` says that deleting it leaves it at the provider; another text in `replaced_with` has it
    replaced, if the text is no secret: the engine does not compare secrets.
    """

    type: str
    name: str
    inputs: "dict[str, Any]"
    provider: str
    parent: str
    kept: bool = False
    replaced_with: str = ""


class Deployment:
    """What one run of a program registered, called, logged and returned."""

    def __init__(self) -> None:
        self.resources: list[Registered] = []
        self.calls: list[pulumi_mocks.MockCallArgs] = []
        self.warnings: list[str] = []
        self.returned: Any = None
        self.exports: dict[str, Any] = {}

    def of(self, type_name: str) -> "list[Registered]":
        """Give the resources whose type ends with a name, as in `V3Function`."""
        return [each for each in self.resources if each.type.endswith(f":{type_name}")]

    def inputs(self, type_name: str) -> "dict[str, Any]":
        """Give the inputs of the only resource whose type ends with a name."""
        (only,) = self.of(type_name)
        return only.inputs

    def in_the_cloud(self) -> "list[str]":
        """Give the names of the types of what is made at the provider, sorted."""
        types = [each.type for each in self.resources if each.type.startswith("alicloud:")]
        return sorted(each.rpartition(":")[2] for each in types)


class RecordingMocks(pulumi_mocks.Mocks):
    """A provider that gives back what it is given, and in a preview nothing that it computes."""

    def __init__(self, deployment: Deployment, region: str, preview: bool) -> None:
        self._deployment = deployment
        self._region = region
        self._preview = preview

    def new_resource(
        self, args: pulumi_mocks.MockResourceArgs
    ) -> "tuple[str | None, dict[str, Any]]":
        if args.typ.startswith("fc-async-tasks:index:"):
            return "", dict(args.inputs)
        computed = COMPUTED[args.typ]
        if self._preview:
            return None, dict(args.inputs)
        return f"{args.name}-id", {**args.inputs, **computed(args.inputs)}

    def call(self, args: pulumi_mocks.MockCallArgs) -> Any:
        self._deployment.calls.append(args)
        if args.token == "alicloud:index/getAccount:getAccount":
            return {"id": ACCOUNT}
        if args.token == "alicloud:index/getRegions:getRegions":
            assert args.args == {"current": True}
            return {"id": "1", "ids": [self._region], "regions": [{"id": self._region}]}
        raise AssertionError(f"nobody expected a call of {args.token}")


class RecordingMonitor(pulumi_mocks.MockMonitor):
    """Records what the mocks do not see: parents, and the stack's exports."""

    def __init__(self, mocks: RecordingMocks, deployment: Deployment) -> None:
        super().__init__(mocks)
        self._deployment = deployment

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the engine's own name
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self._deployment.resources.append(
                Registered(
                    request.type,
                    request.name,
                    rpc.deserialize_properties(request.object),
                    request.provider,
                    request.parent,
                    request.retainOnDelete,
                    request.replacement_trigger.string_value,
                )
            )
        return answer


class _Warnings(logging.Handler):
    def __init__(self, deployment: Deployment) -> None:
        super().__init__(logging.WARNING)
        self._deployment = deployment

    def emit(self, record: logging.LogRecord) -> None:
        self._deployment.warnings.append(record.getMessage())


class Deploy(Protocol):
    """What the fixture `deploy` is."""

    def __call__(
        self,
        program: "Callable[[], object]",
        *,
        preview: bool = False,
        stack: str = "test",
        region: str = REGION,
    ) -> Deployment: ...


def deploy_on_mocks(
    program: "Callable[[], object]",
    *,
    preview: bool = False,
    stack: str = "test",
    region: str = REGION,
) -> Deployment:
    """Run a program to its end, as the engine would, and give what it did.

    What the program returns is waited for: `returned` has the values of its outputs, and None for
    what is unknown. Raises what the program raises.
    """
    deployment = Deployment()
    # What a program that failed has left behind belongs to a loop that is closed.
    left_behind = cast(Any, SETTINGS)
    left_behind.rpc_manager.clear()
    left_behind.outputs.clear()
    logger = logging.Logger("deployment", logging.WARNING)
    logger.addHandler(_Warnings(deployment))
    with _event_loop() as loop, _no_stack_traces():
        mocks = RecordingMocks(deployment, region, preview)
        pulumi_mocks.set_mocks(
            mocks,
            project="fc-async-tasks",
            stack=stack,
            preview=preview,
            organization="team",
            logger=logger,
            monitor=RecordingMonitor(mocks, deployment),
        )

        async def to_its_end() -> None:
            # one stack serves all programs of a process: what another one exported is not ours
            cast(Any, get_root_resource()).outputs.clear()
            returned = pulumi.Output.from_input(program())
            deployment.returned = await returned.future()

        loop.run_until_complete(run_pulumi_func(to_its_end))
    return deployment


class _InPlace(ThreadPoolExecutor):
    """Does what it is given at once, in the thread of the one who asks, on a loop of its own.

    What the mocks answer is there when the loop next comes round: nothing waits for a thread, and
    every run of a program has the same order.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self.loop = asyncio.new_event_loop()

    def submit(self, fn: "Callable[..., T]", /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()
        asking = asyncio.get_running_loop()
        # The mocks serialise with `run_until_complete`, which a running loop would not let them.
        asyncio._set_running_loop(None)
        asyncio.set_event_loop(self.loop)
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as raised:  # noqa: BLE001 - the one who asks gets it
            future.set_exception(raised)
        finally:
            asyncio.set_event_loop(asking)
            asyncio._set_running_loop(asking)
        return future


@contextmanager
def _event_loop() -> Generator[asyncio.AbstractEventLoop, None, None]:
    """Give a loop that leaves nothing behind: no task and no other loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = _InPlace()
    loop.set_default_executor(executor)
    # As in a real run, what depends on a failure fails in silence: the failure itself is raised.
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        executor.loop.close()
        loop.close()


def _no_stack_traces() -> Any:
    """Have the SDK not tell the engine at which lines a resource is made: nothing here looks.

    It reads all frames down to pytest's own for each resource, a fifth of a program's time.
    """
    return patch.object(pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace)
