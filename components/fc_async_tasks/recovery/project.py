"""The Pulumi project that a folder belongs to."""

from pathlib import Path

import yaml

_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


def project_folder(folder: Path) -> Path:
    """Give the folder of the project file that `pulumi` finds from here; the folder if none."""
    start = folder.resolve()
    for place in (start, *start.parents):
        if any((place / name).is_file() for name in _FILES):
            return place
    return start


def project_name(folder: Path) -> "str | None":
    """Give the name of the project that a folder belongs to; None if no project file tells it."""
    for name in _FILES:
        file = project_folder(folder) / name
        if file.is_file():
            told = yaml.safe_load(file.read_text(encoding="utf-8"))  # of which JSON is a part
            return str(told["name"]) if isinstance(told, dict) and "name" in told else None
    return None
