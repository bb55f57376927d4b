"""When a failed attempt is made again.

FC documents the exponential back-off for throttling and system errors, and the number of retries
for errors of the function, but not the pause before those: 1, 2, 4 ... s is ours.
https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2
"""

FIRST_PAUSE_AFTER_FUNCTION_ERROR = 1_000  # ms
LONGEST_PAUSE_AFTER_FUNCTION_ERROR = 60_000  # ms
FIRST_PAUSE_AFTER_SYSTEM_ERROR = 500  # ms
LONGEST_WAIT_FOR_SYSTEM_ERRORS = 5 * 3_600_000  # ms, all pauses of a task together


def after_function_error(function_errors: int, retry_limit: int, now: int) -> int | None:
    """When to try again after the `function_errors`th error of the function (ms), or None: never.

    `retry_limit` is maxAsyncRetryAttempts, 0..8: tries beyond the first.
    """
    if function_errors > retry_limit:
        return None
    pause = FIRST_PAUSE_AFTER_FUNCTION_ERROR << (function_errors - 1)
    return now + min(pause, LONGEST_PAUSE_AFTER_FUNCTION_ERROR)


def after_system_error(system_errors: int, now: int) -> int | None:
    """When to try again after the `system_errors`th system error (ms), or None: never.

    FC's bound of 5 hours is on the waiting (ours): an attempt that ran for 6 hours before its
    localcloud was stopped is made again like any other.
    """
    pause = FIRST_PAUSE_AFTER_SYSTEM_ERROR << (system_errors - 1)
    waited = 2 * pause - FIRST_PAUSE_AFTER_SYSTEM_ERROR  # this pause and all before it
    return now + pause if waited <= LONGEST_WAIT_FOR_SYSTEM_ERRORS else None
