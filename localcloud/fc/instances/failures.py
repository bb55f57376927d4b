"""What FC answers when an attempt did not end by itself: its JSON with errorMessage.

The wording is FC's where a document shows it (named at each function); the rest is ours and says
so. Memory is in whole MB, rounded down, as the guide's example has it.
"""

import json


def _payload(message: str, kind: str = "") -> bytes:
    document = {"errorMessage": message}
    if kind:
        document["errorType"] = kind
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def timed_out(timeout: int, peak_memory: float) -> bytes:
    """The guide's message. `timeout` in seconds, `peak_memory` in MB."""
    return _payload(
        f"Function timed out after {timeout} seconds (maxMemoryUsage: {int(peak_memory)}MB)"
    )


def exited(duration: int, peak_memory: float) -> bytes:
    """FC's message for a process that ended before it answered. `duration` in ms, memory in MB.

    https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-nodejs
    """
    return _payload(_exited(duration, peak_memory))


def out_of_memory(duration: int, peak_memory: float) -> bytes:
    """FC says of a killed process that it exited; the type is its name for this in request logs.

    That both stand in one payload is ours: no document shows FC's.
    """
    return _payload(_exited(duration, peak_memory), "FunctionOOMError")


def _exited(duration: int, peak_memory: float) -> str:
    return (
        "Process exited unexpectedly before completing request "
        f"(duration: {duration}ms, maxMemoryUsage: {int(peak_memory)}MB)"
    )


def initializer_timed_out(timeout: int, peak_memory: float) -> bytes:
    """Ours, after the message for a handler. `timeout` in seconds, `peak_memory` in MB."""
    return _payload(
        f"Function initialization timed out after {timeout} seconds "
        f"(maxMemoryUsage: {int(peak_memory)}MB)"
    )


def not_started(seconds: int, port: int | None) -> bytes:
    """Ours, for a custom runtime whose server takes no connections, or a node that hangs.

    FC waits 120 seconds. `port` is the configured one; the server's may be another.
    """
    what = "did not start" if port is None else f"did not listen on its port (configured: {port})"
    how = "" if port is None else "; the port is in the environment variable FC_CUSTOM_LISTEN_PORT"
    return _payload(f"Function instance {what} within {seconds} seconds{how}", "FunctionNotStarted")


def not_run_here(reason: str) -> bytes:
    """Ours, for a runtime that this machine cannot run. It is no system error: it stays so."""
    return _payload(reason, "RuntimeNotSupported")


def stopped() -> bytes:
    """Ours: no document shows what FC answers for a stopped invocation."""
    return _payload("Invocation was stopped")


def no_instance(reason: str) -> bytes:
    """Ours, for a system error: there was no instance, or it went for another call's sake."""
    return _payload(reason, "InternalServerError")
