"""What git lists."""

import importlib.metadata
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_npm_package_is_installed_beside_the_locks() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = {Path(name).name for name in listed.stdout.splitlines()}
    assert "pyproject.toml" in files
    assert not files & {"package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"}
    # pyright's own JavaScript comes in its wheel, whose hash is locked
    pyright = importlib.metadata.files("pyright")
    assert pyright
    assert any(str(each) == "pyright/dist/index.js" for each in pyright)
