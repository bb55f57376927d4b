"""What holds for every test, wherever the tests are run from."""

import signal
from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    """What a test starts can be interrupted, also where the tests run in the background.

    A shell has background jobs ignore SIGINT, and what they start inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
