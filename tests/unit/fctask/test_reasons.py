"""A chain of causes, as the SDKs print it, is one short reason."""

import pytest
from darabonba.exceptions import RetryError

from fctask.calling import calling
from fctask.errors import Unreachable


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        (
            "HTTPConnectionPool(host='h', port=1): Read timed out. (read timeout=10.0)",
            "Read timed out. (read timeout=10.0)",
        ),
        (
            "Max retries exceeded (Caused by NewConnectionError('<h>: [Errno 111] refused'))",
            "[Errno 111] refused",
        ),
    ],
)
def test_the_last_cause_is_the_reason(chain: str, reason: str) -> None:
    with pytest.raises(Unreachable) as told, calling("fc:ListAsyncTasks", "job"):
        raise RetryError(chain)
    assert reason in str(told.value)
    assert "Max retries" not in str(told.value)
