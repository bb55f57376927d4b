"""A program of the components in a folder of its own, beside the project's."""

import shutil
from pathlib import Path

from tests.e2e.stack import BIN, ROOT

PROGRAMS = Path(__file__).parent / "programs"


def copy_component_program(name: str, folder: Path) -> Path:
    """Copy a program of `programs/` into the new folder, with the dev stack's endpoints."""
    shutil.copytree(PROGRAMS / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.dev.yaml", folder)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder
