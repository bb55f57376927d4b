"""Pulumi's engine, its Python language host and the alicloud provider, wherever they come from.

`ensure()` uses what is installed or can be downloaded in the official way, and builds the rest from
package registries, once per user; `find()` tells in a few milliseconds what it came to. See
docs/toolchain.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.record import Toolchain, ToolchainError, find

if TYPE_CHECKING:
    from toolchain.progress import Display

__all__ = ["Toolchain", "ToolchainError", "ensure", "find"]


def ensure(progress: Display | None = None, *, rebuild: bool = False) -> Toolchain:
    """The toolchain, made if need be: some minutes the first time, milliseconds after that.

    `progress` shows what happens (by default on standard error). `rebuild` looks for everything
    anew and builds again what is ours. Raises ToolchainError with a text that says what failed and
    what to do, and KeyboardInterrupt on Ctrl-C; neither leaves anything half made.
    """
    from toolchain.progress import Display
    from toolchain.setup import ensure_toolchain

    return ensure_toolchain(progress or Display(), rebuild=rebuild)
