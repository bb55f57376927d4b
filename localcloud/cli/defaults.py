"""Where localcloud is when nobody says otherwise."""

import os
from pathlib import Path

DEFAULT_PORT = 8321


def default_data() -> Path:
    """The user's data folder: localcloud in $XDG_DATA_HOME, or ~/.local/share/localcloud."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # the XDG specification says that a relative path is to be ignored
    folder = Path(base) if base.startswith("/") else Path.home() / ".local" / "share"
    return folder / "localcloud"
