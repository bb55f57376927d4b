"""The installed program `fctask`, run as a person or a script runs it."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import ran
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

PROGRAM = Path(sys.executable).with_name("fctask")
LONGEST_RUN = 90  # seconds: a hang is a failure, not a wait


@dataclass(frozen=True)
class Ran(ran.Ran):
    """One ended run of `fctask`."""

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        assert self.stdout.count("\n") >= 1, self.text
        return json.loads(self.stdout)

    @property
    def error(self) -> dict[str, Any]:
        """The error of a command with --json."""
        return json.loads(self.stderr)["error"]


def environment_of(cloud: RunningCloud) -> dict[str, str]:
    """The environment that `localcloud exec` makes for that cloud."""
    told = subprocess.run(
        [sys.executable, "-m", "localcloud", "exec", "--port", str(cloud.port), "--", "env", "-0"],
        capture_output=True,
        text=True,
        check=True,
        cwd=cloud.data,
    )
    return dict(one.split("=", 1) for one in told.stdout.split("\0") if "=" in one)


@dataclass
class Fctask:
    """`fctask` with an environment. `target` are the options that say which function is meant."""

    environment: Mapping[str, str]
    target: tuple[str, ...] = ()
    folder: Path | None = None

    def of(self, function: str, *more: str) -> "Fctask":
        """The program for another function."""
        options = ("--function", function, "--region", REGION, "--account", ACCOUNT_ID, *more)
        return Fctask(self.environment, options, self.folder)

    def run(self, *words: str, stdin: str = "", **environment: str) -> Ran:
        """Run it to its end; `environment` changes its environment, "" takes a variable away."""
        ended = subprocess.run(
            self.command(words),
            input=stdin,
            env=self.made_environment(environment),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LONGEST_RUN,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def json(self, *words: str, exit_code: int = 0, **options: str) -> Any:
        """Run it with --json; the document on its standard output."""
        ran = self.run(*words, "--json", **options)
        assert ran.exit_code == exit_code, ran.text
        return ran.document

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start it, with pipes on its standard output and error."""
        return subprocess.Popen(
            self.command(words),
            env=self.made_environment({}),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, words: tuple[str, ...]) -> list[str]:
        """The command line."""
        return [str(PROGRAM), *words, *self.target]

    def made_environment(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Its environment with these changes."""
        made = {**self.environment, "COLUMNS": "200", **changes}
        return {name: value for name, value in made.items() if value}


def interrupt(process: "subprocess.Popen[str]") -> Ran:
    """Ctrl-C, and the end of it."""
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=LONGEST_RUN)
    return Ran(process.returncode, stdout, stderr)


def plain_environment() -> dict[str, str]:
    """The test's own environment without anything that points to a cloud."""
    names = ("FCTASK_", "ALICLOUD_", "ALIBABA", "PULUMI_")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(names) and name.upper() not in proxies
    }


class Terminal:
    """`fctask` on a terminal of its own, as a person sees it."""

    def __init__(self, program: Fctask, *words: str) -> None:
        self._end, inside = pty.openpty()
        self.process = subprocess.Popen(
            program.command(words),
            env=program.made_environment({"TERM": "xterm"}),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        self.shown = ""

    def until(self, text: str, seconds: float = 20) -> None:
        """Read what is shown until `text` is in it."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self._end], [], [], left)[0]
            assert ready, f"{text!r} was not shown:\n{self.shown}"
            self.shown += os.read(self._end, 65536).decode("utf-8", "replace")

    def type(self, text: str) -> None:
        """Type it."""
        os.write(self._end, text.encode())

    def ended(self) -> int:
        """Wait for the end; the exit code."""
        while True:
            try:
                self.shown += os.read(self._end, 65536).decode("utf-8", "replace")
            except OSError:  # Linux's way to say that the other side is closed
                break
            if self.process.poll() is not None:
                break
        os.close(self._end)
        return self.process.wait(LONGEST_RUN)
