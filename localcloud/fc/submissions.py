"""Accepting asynchronous invocations: into the queue, durably, many in one write."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localcloud.clock import Clock
from localcloud.fc import functions
from localcloud.refusal import Refusal
from localcloud.store import tasks as store
from localcloud.store.database import Database, Transaction

log = logging.getLogger(__name__)

MAX_ASYNC_PAYLOAD = 128 * 1024  # bytes
MAX_DELAY_SECONDS = 3600  # x-fc-async-delay: more than 0, less than this
MAX_CHAIN_DEPTH = 16  # functions that call the next as their destination; ours
_MOST_SHORT = 1024 * 1024  # bytes of payloads that are written on the event loop

Wake = Callable[[str], None]
"""Told, once it is committed, that a function of that name has something in the queue."""

_TASK_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")


@dataclass(slots=True)
class Submission:
    """One asynchronous invocation. `task_id` None: the request id serves as one.

    `delay` in seconds; `chain_depth` counts the functions before it that had this one, or another
    of the chain, as their destination.
    """

    function: str
    payload: bytes
    request_id: str
    qualifier: str = ""
    task_id: str | None = None
    delay: float = 0
    chain_depth: int = 0
    origin: str = ""


@dataclass(slots=True)
class Accepted:
    """In the queue. `task_id` is None where the function has no asyncTask set: then it is none."""

    function: str
    request_id: str
    task_id: str | None


def check_task_id(task_id: str) -> None:
    """Raise Refusal InvalidArgument unless FC takes this as a task id."""
    if not _TASK_ID.fullmatch(task_id):
        raise Refusal(
            "InvalidArgument",
            f"X-Fc-Async-Task-Id {task_id[:140]!r} is not valid: it begins with a letter or _,"
            " goes on with letters, digits, _ and -, and has at most 128 of them",
        )


def check_payload(payload: bytes) -> None:
    """Raise Refusal EntityTooLarge (413) for more than an asynchronous invocation may carry."""
    if len(payload) > MAX_ASYNC_PAYLOAD:
        raise Refusal(
            "EntityTooLarge",
            f"payload size exceeds maximum allowed size ({len(payload)} bytes; an asynchronous"
            f" invocation may carry {MAX_ASYNC_PAYLOAD})",
            413,
        )


def submit(
    tx: Transaction, submissions: Sequence[Submission], now: int, wake: Wake
) -> list[Accepted | Refusal]:
    """Put invocations into the queue; for each, what came of it, in their order.

    Refusals: FunctionNotFound, VersionNotFound, AliasNotFound, FunctionInvocationDisabled (403),
    EntityTooLarge (413), AsyncTaskAlreadyExists (409), InvalidArgument.
    """
    found: dict[tuple[str, str], functions.ResolvedFunction] = {}
    tasks: dict[tuple[str, str], store.NewTask] = {}
    answers: list[Accepted | Refusal] = []
    for submission in submissions:
        asked = (submission.function, submission.qualifier)
        try:
            resolved = found.get(asked)
            if resolved is None:
                resolved = found[asked] = functions.resolve(tx, *asked)
            task = _task(submission, resolved, now)
            key = (task.function, task.task_id or task.request_id)
            if submission.task_id and (key in tasks or store.is_taken(tx, *key)):
                raise _already_exists(*key)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        tasks[key] = task
        answers.append(Accepted(task.function, task.request_id, task.task_id))
    store.insert(tx, list(tasks.values()))
    for name in {function for function, _ in tasks}:
        tx.after_commit(lambda name=name: wake(name))
    return answers


def _task(submission: Submission, resolved: functions.ResolvedFunction, now: int) -> store.NewTask:
    check_payload(submission.payload)
    refuse_if_disabled(resolved)
    config = resolved.async_config
    task_id = submission.task_id
    if config.is_async_task:
        task_id = task_id or submission.request_id
    elif task_id is not None:
        raise Refusal(
            "InvalidArgument",
            f"X-Fc-Async-Task-Id is given, but asyncTask is not enabled for"
            f" {resolved.name}.{resolved.qualifier}: enable it in the asynchronous invocation"
            " configuration, or leave the header out",
        )
    due_at = now + round(submission.delay * 1000)
    return store.NewTask(
        function=resolved.name,
        task_id=task_id,
        qualifier=resolved.qualifier,
        request_id=submission.request_id,
        payload=submission.payload,
        enqueued_at=now,
        due_at=due_at,
        # the age counts from when it may run first (ours): a delay of an hour is no waiting
        expires_at=due_at + config.age_limit_seconds * 1000,
        chain_depth=submission.chain_depth,
        detail=submission.origin,
    )


def _already_exists(function: str, task_id: str) -> Refusal:
    return Refusal(
        "AsyncTaskAlreadyExists",
        f"the async task {task_id!r} of function {function!r} was submitted within the"
        " last 7 days: use another X-Fc-Async-Task-Id",
        409,
    )


def refuse_if_disabled(resolved: functions.ResolvedFunction) -> None:
    """Raise Refusal FunctionInvocationDisabled (403) for a function that may not be invoked."""
    if resolved.disabled:
        raise Refusal(
            "FunctionInvocationDisabled",
            f"invocation of function {resolved.name!r} is disabled:"
            f" {resolved.disabled_reason or 'no reason was given'}",
            403,
        )


class Submitter:
    """Collects what arrives while a write is under way, and writes it as one change.

    That is what makes thousands of durable submissions a second cost a few hundred changes.
    """

    _MOST_IN_A_CHANGE = 256

    def __init__(self, database: Database, clock: Clock, wake: Wake) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._waiting: list[tuple[Submission, asyncio.Future[Accepted]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def submit(self, submission: Submission) -> Accepted:
        """Returns when the invocation is durably in the queue; raises what `submit` refuses."""
        answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await answer

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._MOST_IN_A_CHANGE]
                del self._waiting[: len(batch)]
                await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: list[tuple[Submission, asyncio.Future[Accepted]]]) -> None:
        now = self._clock()
        submissions = [submission for submission, _ in batch]
        size = sum(len(submission.payload) for submission in submissions)
        write = self._database.write_short if size <= _MOST_SHORT else self._database.write
        try:
            answers = await write(lambda tx: submit(tx, submissions, now, self._wake))
        except Exception as error:  # noqa: BLE001 - each of those who wait gets it
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if waiting.done():  # whoever asked has gone; it is accepted all the same
                continue
            if isinstance(answer, Refusal):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
