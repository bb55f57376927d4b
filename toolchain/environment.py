"""The project's virtual environment: made by whatever `python3` there is, from the locked files.

Run as a script by `make`, before anything is installed: the standard library only, and a syntax
that an old Python can read far enough to be told that it is too old.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

OLDEST = (3, 10)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.10")

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from"
SOURCES = (
    "requirements/uv.txt",
    "requirements/all.txt",
    "pyproject.toml",
    "components/pyproject.toml",
    "toolchain/environment.py",
)


def fingerprint(root: Path) -> str:
    """What the environment is made from, as one hash: it is made anew when this changes."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in SOURCES:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def say(line: str) -> None:
    """Progress is for people: standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def alone(lock: Path):
    """Hold the lock file; the kernel lets go of it when this process ends, however it ends."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up of this checkout is under way: waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def run(step: str, command: "list[str]") -> None:
    """Run one step; a failed one says what failed and what to do."""
    started = time.monotonic()
    finished = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if finished.returncode != 0:
        tail = finished.stdout.decode(errors="replace").strip().splitlines()[-15:]
        say("\n".join(tail))
        raise SystemExit(
            f"set-up: {step} failed (exit code {finished.returncode}; its last lines are above).\n"
            "Check that the Python package index can be reached, then run the same command again: "
            "it goes on from here."
        )
    say(f"set-up: {step} ({time.monotonic() - started:.0f} s)")


def runs(python: str) -> bool:
    """Whether it is a Python that starts; a shim for a version that is not installed does not."""
    quiet = subprocess.DEVNULL
    try:
        return subprocess.run([python, "-c", "pass"], stdout=quiet, stderr=quiet).returncode == 0
    except OSError:
        return False


def make() -> None:
    """Bring .venv to what the locked files say."""
    python = str(VENV / "bin" / "python")
    uv = str(VENV / "bin" / "uv")
    STAMP.unlink(missing_ok=True)
    if not runs(python):
        shutil.rmtree(VENV, ignore_errors=True)
        run("virtual environment", [sys.executable, "-m", "venv", str(VENV)])
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run("uv", [*pip, "--require-hashes", "--requirement", "requirements/uv.txt"])
    run(
        "locked packages",
        [uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode"]
        + ["requirements/uv.txt", "requirements/all.txt"],
    )
    run(
        "this project",
        [uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation"]
        + ["--editable", "components", "--editable", "."],
    )


def main() -> None:
    """Make the environment where it is missing or out of date; else take no time."""
    if sys.version_info < OLDEST:
        newer = next(filter(runs, CANDIDATES), None)
        if newer is None:
            raise SystemExit(
                "set-up: this is Python {}.{}; 3.10 or newer is needed and none was found. "
                "Install one, or name it: make PYTHON=/path/to/python3.12".format(
                    *sys.version_info[:2]
                )
            )
        os.execvp(newer, [newer, __file__])
    with alone(ROOT / ".venv.lock"):
        wanted = fingerprint(ROOT)
        if STAMP.exists() and STAMP.read_text() == wanted:
            return
        say("set-up: Python packages into .venv (about half a minute, once)")
        make()
        STAMP.write_text(wanted)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("set-up: interrupted; nothing is lost, run the same command again")
        sys.exit(130)
