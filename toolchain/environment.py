"""The project's virtual environment: made by whatever `python3` there is, from the locked files.

Run as a script by `make`, before anything is installed: the standard library only, and a syntax
that an old Python can read far enough to be told that it is too old.
"""

import fcntl
import hashlib
import importlib.util
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
UNKNOWN_AUTHORITY = ("UnknownIssuer", "CERTIFICATE_VERIFY_FAILED", "certificate verify failed")
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


def run(step: str, command: "list[str]", environ: "dict[str, str]") -> None:
    """Run one step; a failed one says what failed and what to do."""
    started = time.monotonic()
    finished = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if finished.returncode != 0:
        said = finished.stdout.decode(errors="replace").strip()
        say("\n".join(said.splitlines()[-15:]))
        raise SystemExit(
            f"set-up: {step} failed (exit code {finished.returncode}; its last lines are above).\n"
            f"{advice(said, environ)}, then run the same command again: it goes on from here."
        )
    say(f"set-up: {step} ({time.monotonic() - started:.0f} s)")


def advice(said: str, environ: "dict[str, str]") -> str:
    """What to do about a step that said this, as the beginning of a sentence."""
    if not any(words in said for words in UNKNOWN_AUTHORITY):
        return "Check that the Python package index can be reached"
    trusted = environ.get("SSL_CERT_FILE")
    return (
        "The package index, or a proxy before it, has a certificate of an authority that is not "
        f"trusted here{' (SSL_CERT_FILE is ' + trusted + ')' if trusted else ''}: name the file "
        "with your company's certificates in PIP_CERT, which pip and uv are both given, or in "
        "SSL_CERT_FILE where that is set; where the system trusts it, UV_SYSTEM_CERTS=1 is enough"
    )


def for_uv(environ: "dict[str, str]") -> "dict[str, str]":
    """`environ` with pip's index and certificates for uv, which reads no configuration of pip's.

    Its constraints are left out: what is installed here is locked.
    """
    # As a file of its own: the package that it is in imports what is not installed yet.
    file = ROOT / "components" / "fc_async_tasks" / "package_index.py"
    spec = importlib.util.spec_from_file_location("package_index", file)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - it is a .py file
    package_index = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package_index)
    made = package_index.uv_environment(environ)
    made.pop("UV_CONSTRAINT", None)
    return {**environ, **made}


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
    environ = dict(os.environ)
    uv_environ = for_uv(environ)
    STAMP.unlink(missing_ok=True)
    if not runs(python):
        shutil.rmtree(VENV, ignore_errors=True)
        run("virtual environment", [sys.executable, "-m", "venv", str(VENV)], environ)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run("uv", [*pip, "--require-hashes", "--requirement", "requirements/uv.txt"], environ)
    run(
        "locked packages",
        [uv, "pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode"]
        + ["requirements/uv.txt", "requirements/all.txt"],
        uv_environ,
    )
    run(
        "this project",
        [uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation"]
        + ["--editable", "components", "--editable", "."],
        uv_environ,
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
