"""Which localcloud this is."""

from importlib import metadata


def version() -> str:
    """The installed version, such as 0.1.0; 0 where it was not installed."""
    try:
        return metadata.version("fc-async-tasks-workspace")
    except metadata.PackageNotFoundError:
        return "0"
