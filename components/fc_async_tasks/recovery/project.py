"""The Pulumi project that a folder belongs to."""

from pathlib import Path

import yaml

_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


def project_folder(folder: Path) -> Path:
    """Give the folder of the project file that `pulumi` finds from here; the folder if none."""
    file = _project_file(folder)
    return folder.resolve() if file is None else file.parent


def project_name(folder: Path) -> "str | None":
    """Give the name of the project that a folder belongs to; None if no project file tells it."""
    file = _project_file(folder)
    if file is None:
        return None
    told = yaml.safe_load(file.read_text(encoding="utf-8"))  # of which JSON is a part
    return str(told["name"]) if isinstance(told, dict) and "name" in told else None


def _project_file(folder: Path) -> "Path | None":
    start = folder.resolve()
    files = (place / name for place in (start, *start.parents) for name in _FILES)
    return next((file for file in files if file.is_file()), None)
