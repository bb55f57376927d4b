"""What several windows share, what an action makes of it, and how much is kept."""

import threading
from collections.abc import Callable

import anyio
import pytest

from fctask.console.asking import MOST_KEPT, Asking
from fctask.errors import Throttled

WITHIN = 10  # seconds: a test that hangs fails


class World:
    """Something that is asked for in a thread and changed meanwhile; `asked` counts."""

    def __init__(self) -> None:
        self.state = "Running"
        self.asked = 0
        self.reading = threading.Event()
        self.go_on = threading.Event()

    def look(self) -> str:
        self.asked += 1
        return self.state

    def look_slowly(self) -> str:
        """The state as it was when the call began, given back when `go_on` is set."""
        found = self.look()
        self.reading.set()
        assert self.go_on.wait(WITHIN)
        return found


def bounded(test: Callable[[], object]) -> None:
    async def run() -> None:
        with anyio.fail_after(WITHIN):
            await test()  # type: ignore[misc]

    anyio.run(run)


def kept(asking: Asking) -> int:
    return len(asking._shared)  # pyright: ignore[reportPrivateUsage] - memory is the matter here


def test_windows_that_look_at_once_share_one_call() -> None:
    async def check() -> None:
        asking, world = Asking(), World()
        found: list[str] = []

        async def look() -> None:
            found.append(await asking.shared("task", world.look_slowly))

        async with anyio.create_task_group() as windows:
            for _ in range(5):
                windows.start_soon(look)
            await anyio.to_thread.run_sync(world.reading.wait, WITHIN)
            world.go_on.set()
        assert (found, world.asked) == (["Running"] * 5, 1)

    bounded(check)


def test_an_answer_asked_before_an_action_is_shown_to_nobody_after_it() -> None:
    async def check() -> None:
        asking, world = Asking(), World()
        found: dict[str, str] = {}

        async def look(window: str) -> None:
            found[window] = await asking.shared("task", world.look_slowly)

        async with anyio.create_task_group() as windows:
            windows.start_soon(look, "before")
            await anyio.to_thread.run_sync(world.reading.wait, WITHIN)
            world.state = "Stopped"  # the action, while the look goes on
            asking.forget()
            windows.start_soon(look, "after")
            world.go_on.set()
        assert found == {"before": "Running", "after": "Stopped"}
        assert await asking.shared("task", world.look) == "Stopped"
        assert world.asked == 2  # the second look is shared again

    bounded(check)


def test_an_error_is_kept_for_nobody() -> None:
    async def check() -> None:
        asking, world = Asking(), World()

        def refused() -> str:
            raise Throttled("not now")

        with pytest.raises(Throttled):
            await asking.shared("task", refused)
        assert await asking.shared("task", world.look) == "Running"

    bounded(check)


def test_nothing_is_kept_for_keys_that_nobody_asks_for_any_more() -> None:
    async def check() -> None:
        asking, world = Asking(), World()

        def refused() -> str:
            raise Throttled("not now")

        for number in range(3 * MOST_KEPT):
            await asking.shared(("task", number), world.look)
            with pytest.raises(Throttled):
                await asking.shared(("refused", number), refused)
            assert kept(asking) <= MOST_KEPT
        asking.forget()
        assert kept(asking) == 0

    bounded(check)
