"""What an invocation leaves in its function's logstore: start, its own lines, end, report.

Fields and topic are those of FC 3.0 ("Function Compute 3.0 log field details" of Log Service).
FC keeps the numbers of an invocation under a topic of their own; here they are fields of the
report line (ours), so that one search by requestId finds the whole story.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from localcloud.clock import Clock
from localcloud.fc import permissions
from localcloud.fc.instances.invocation import Ending, InstanceSpec, Outcome
from localcloud.fc.permissions import Denied, Permissions
from localcloud.refusal import Refusal
from localcloud.sls import logs
from localcloud.sls.logs import Log
from localcloud.store.database import Transaction

TOPIC = "FCLogs:"
"""What stands before the name of a function in the topic of its logs."""

TAIL = 4 * 1024  # bytes of log that X-Fc-Log-Type: Tail gives back
MOST_WAITING = 4 * 1024 * 1024  # characters of one invocation between two writes

_ERROR_TYPES = {  # the three that the field details name
    Ending.TIMED_OUT: "FunctionTimeoutError",
    Ending.OUT_OF_MEMORY: "FunctionOOMError",
}

Logstore = tuple[str, str, str, str]
"""Role, project, logstore and topic: what is written together."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Logs of one or more invocations for one logstore, and how many are missing after them."""

    logstore: Logstore
    logs: Sequence[Log]
    lost: int = 0


class InvocationLog:
    """Collects the lines of one invocation until they are taken to be written.

    `changed` is told when there is something to take after there was nothing. With `keep_tail` the
    last `TAIL` bytes are kept as well. A function without a logstore keeps nothing but that.
    """

    def __init__(
        self,
        spec: InstanceSpec,
        qualifier: str,
        request_id: str,
        invocation_type: str,
        clock: Clock,
        changed: Callable[["InvocationLog"], None],
        *,
        instance_id: str = "",
        keep_tail: bool = False,
    ) -> None:
        self._spec = spec
        self._qualifier = qualifier
        self._request_id = request_id
        self._type = invocation_type
        self._clock = clock
        self._changed = changed
        self._instance_id = instance_id
        self._waiting: list[Log] = []
        self._characters = 0
        self._dropped = 0
        self._kept = bool(spec.logstore)
        self._tail: deque[str] | None = deque() if keep_tail else None
        self._tail_characters = 0

    def begin(self) -> None:
        """The attempt starts."""
        self._add(f"FC Invoke Start RequestId: {self._request_id}")

    def write(self, line: str) -> None:
        """One line of the handler's output."""
        self._add(line)

    def end(self, outcome: Outcome) -> None:
        """The attempt is over: the end line, with the kind of error, and the report."""
        if not self._kept and self._tail is None:
            return
        self._instance_id = outcome.instance_id
        error = ""
        if not outcome.succeeded:
            handled = outcome.ending is Ending.HANDLED
            error = f", Error: {'Handled' if handled else 'Unhandled'} function error"
        self._add(f"FC Invoke End RequestId: {self._request_id}{error}")
        self._add(
            f"Duration: {outcome.duration:.2f} ms, Billed Duration: {outcome.duration} ms,"
            f" Memory Size: {self._spec.memory_size} MB,"
            f" Max Memory Used: {outcome.peak_memory:.2f} MB",
            self._numbers(outcome),
        )

    def take(self) -> Lines | None:
        """What is to be written now; it is forgotten here."""
        if self._dropped:
            self._waiting.append(
                self._log(f"localcloud: {self._dropped} lines were too many at once and are lost")
            )
            self._dropped = 0
        if not self._waiting:
            return None
        taken, self._waiting, self._characters = self._waiting, [], 0
        return Lines(logstore_of(self._spec), taken)

    def tail(self) -> bytes:
        """The last `TAIL` bytes of the log, from the beginning of a line where there is one."""
        text = "".join(line + "\n" for line in self._tail or ()).encode()
        return text if len(text) <= TAIL else text[-TAIL:]

    def _numbers(self, outcome: Outcome) -> Sequence[tuple[str, str]]:
        fields = [
            ("operation", "InvokeFunction"),
            ("invocationType", self._type),
            ("memoryMB", str(self._spec.memory_size)),
            ("memoryUsageMB", f"{outcome.peak_memory:.2f}"),
            ("durationMs", f"{outcome.duration:.2f}"),
            ("hasFunctionError", "false" if outcome.succeeded else "true"),
        ]
        if not outcome.succeeded:
            fields.append(("errorType", _ERROR_TYPES.get(outcome.ending, "FunctionUnhandledError")))
        return fields

    def _add(self, line: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        if self._tail is not None:
            self._tail.append(line)
            self._tail_characters += len(line) + 1
            while self._tail_characters - len(self._tail[0]) - 1 >= TAIL:
                self._tail_characters -= len(self._tail.popleft()) + 1
        if not self._kept:
            return
        if not self._waiting:
            self._changed(self)
        if self._characters > MOST_WAITING and not fields:
            self._dropped += 1
            return
        self._characters += len(line)
        self._waiting.append(self._log(line, fields))

    def _log(self, message: str, fields: Sequence[tuple[str, str]] = ()) -> Log:
        return Log(
            self._clock() // 1000,
            (
                ("functionName", self._spec.function_name),
                ("instanceID", self._instance_id),
                ("message", message),
                ("qualifier", self._qualifier),
                ("requestId", self._request_id),
                ("versionId", self._spec.version),
                *fields,
            ),
        )


def logstore_of(spec: InstanceSpec) -> Logstore:
    """Where the instances of a function leave their lines, and in whose name."""
    return (spec.role, spec.log_project, spec.logstore, f"{TOPIC}{spec.function_name}")


def _note_of_lost(taken: Lines, now: int) -> Log:
    message = (
        f"localcloud: {taken.lost} lines are lost: the database could not be written, and there was"
        " no room to keep them"
    )
    name = taken.logstore[-1].removeprefix(TOPIC)
    return Log(now // 1000, (("functionName", name), ("message", message)))


def write(
    tx: Transaction, allowed: Permissions, lines: Iterable[Lines], now: int
) -> dict[Logstore, str]:
    """Write what was taken, one group for each logstore; returns why not, where it could not be."""
    grouped: dict[Logstore, list[Log]] = {}
    for taken in lines:
        group = grouped.setdefault(taken.logstore, [])
        group.extend(taken.logs)
        if taken.lost:
            group.append(_note_of_lost(taken, now))
    failed: dict[Logstore, str] = {}
    for key, group in grouped.items():
        role, project, logstore, topic = key
        try:
            allowed.require(
                role, "log:PostLogStoreLogs", permissions.logstore_resource(project, logstore)
            )
            logs.put_logs(tx, project, logstore, group, topic, now=now)
        except Denied as denied:
            failed[key] = str(denied)
        except Refusal as refusal:
            failed[key] = f"{refusal.code}: {refusal.message}"
    return failed
