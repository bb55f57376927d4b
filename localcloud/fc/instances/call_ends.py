"""What the end of a call says: a payload where the handler gave none, and lines in its log."""

import json
import os
import signal

from localcloud.fc.instances import failures
from localcloud.fc.instances.calls import LOG_NAMES, Call, Kind
from localcloud.fc.instances.invocation import Ending, InstanceSpec


def payload_of(
    call: Call, ending: Ending, spec: InstanceSpec, took: float, peak: float, reason: str
) -> bytes:
    """FC's JSON for a call that localcloud ended; `took` in ms, `peak` in MB.

    `reason` is why there is no instance (any more).
    """
    if ending is Ending.TIMED_OUT and call.kind is Kind.INITIALIZE:
        return failures.initializer_timed_out(call.timeout, peak)
    if ending is Ending.TIMED_OUT and call.kind is Kind.START:
        custom = spec.custom_port if spec.runtime.startswith("custom") else None
        return failures.not_started(call.timeout, custom)
    if ending is Ending.TIMED_OUT:
        return failures.timed_out(call.timeout, peak)
    if ending is Ending.OUT_OF_MEMORY:
        return failures.out_of_memory(round(took), peak)
    if ending is Ending.STOPPED:
        return failures.stopped()
    if ending is Ending.NO_INSTANCE:
        return failures.no_instance(reason)
    return failures.exited(round(took), peak)


def say_end(
    call: Call, ending: Ending, spec: InstanceSpec, payload: bytes, peak: float, reason: str
) -> None:
    """A line of ours on what FC's message leaves out, and FC's end line of a hook.

    `reason` is how the instance ended; `peak` in MB.
    """
    say = call.output.say
    if ending is Ending.OUT_OF_MEMORY:
        size = spec.memory_size
        did = "used" if peak > size else "asked for more memory at once than it may, holding"
        say(
            f"localcloud: the instance was ended because it {did} {peak:.2f} MB; "
            f"its memorySize is {size} MB"
        )
    elif ending is Ending.EXITED:
        say(f"localcloud: the instance ended: {reason}")
    if call.kind in LOG_NAMES:
        end = f"FC {LOG_NAMES[call.kind]} End RequestId: {call.invocation.request_id}"
        say(end + _error_of_hook(ending, payload))


def _error_of_hook(ending: Ending, payload: bytes) -> str:
    if ending is Ending.ANSWERED:
        return ""
    if ending in (Ending.RAISED, Ending.NO_HANDLER, Ending.BAD_CODE):
        return ", Error: Unhandled function error"
    if ending is Ending.HANDLED:
        return ", Error: Handled function error"
    return f", Error: {json.loads(payload)['errorMessage']}"


def exit_of(status: int | None) -> str:
    """How a process ended, by its wait status; None: nobody knows."""
    if status is None:
        return "its process is gone"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"its process was killed by signal {number} ({signal.strsignal(number)})"
    return f"its process ended with exit status {os.WEXITSTATUS(status)}"
