from __future__ import annotations

import os
from typing import Any

import wheel_of_fortune  # pyright: ignore[reportMissingImports] - from requirements.txt
from shared_layer import NUMBER  # pyright: ignore[reportMissingImports] - from the layer

STARTED: list[str] = []


def initialize(_context: Any) -> None:
    STARTED.append("initialized")


def stop(_context: Any) -> None:
    print("stopped")


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    return {
        "received": event.decode(),
        "dependency": wheel_of_fortune.spin(),
        "layer": NUMBER,
        "started": STARTED,
        "token": os.environ["TOKEN"] == "s3cr3t-token",
        "mode": os.environ["MODE"],
    }
