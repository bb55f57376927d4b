"""What recovery asks of the machine, and the `pulumi` that it runs."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from fc_async_tasks.recovery import CannotLook, processes
from fc_async_tasks.recovery.processes import folder_of, running

LONGEST_WAIT = 60  # seconds: a hang is a failure
ENDS_WHEN_IT_IS_LET = """#!/bin/sh
trap 'echo heard > heard; read -r let < let; echo "$@" > ended; exit 1' INT
echo ready > ready
while :; do sleep 0.1; done
"""
TELLS_WHETHER_SIGINT_REACHES_IT = """#!/bin/sh
while read -r name value; do
    if [ "$name" = SigIgn: ]; then echo "$value" > ignored; fi
done < /proc/self/status
exit 1
"""
REFRESHES = """
from pathlib import Path
from fc_async_tasks.recovery import PulumiStack
PulumiStack(Path(), "dev").refresh()
"""
INTERRUPTED_AS_IT_STARTS_PULUMI = (
    """
import os, signal, subprocess
from pathlib import Path
class InterruptedPopen(subprocess.Popen):
    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        Path("ready").read_text()
        os.killpg(0, signal.SIGINT)
subprocess.Popen = InterruptedPopen
"""
    + REFRESHES
)


def told_through(pipe: Path) -> bytes:
    """What is written to a named pipe, by whoever opens it."""
    end = os.open(pipe, os.O_RDWR)  # which waits for nobody
    try:
        assert select.select([end], [], [], LONGEST_WAIT)[0], f"nobody has written to {pipe.name}"
        return os.read(end, 100)
    finally:
        os.close(end)


def test_a_machine_without_proc_is_asked_by_ps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path / "none")
    me = running()[os.getpid()]
    assert (me.parent, me.user) == (os.getppid(), os.getuid())
    assert me.name.startswith("py")


def test_a_machine_without_proc_and_ps_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotLook, match=r"there is no `ps` on PATH.*install it"):
        running()
    with pytest.raises(CannotLook, match="there is no `lsof` on PATH"):
        folder_of(7)


@pytest.mark.parametrize("script", [REFRESHES, INTERRUPTED_AS_IT_STARTS_PULUMI])
def test_an_interrupt_lets_pulumi_end_by_itself(tmp_path: Path, script: str) -> None:
    """Killed, it would leave its lock behind; left behind, it would go on beside the next one."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(ENDS_WHEN_IT_IS_LET)
    pulumi.chmod(0o755)
    for name in ("ready", "heard", "let"):
        os.mkfifo(tmp_path / name)
    let = os.open(tmp_path / "let", os.O_RDWR)
    command = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal's interrupt goes to all of a group
    )
    try:
        if script is REFRESHES:
            assert told_through(tmp_path / "ready") == b"ready\n"
            os.killpg(command.pid, signal.SIGINT)
        assert told_through(tmp_path / "heard") == b"heard\n"
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(1)  # longer than Popen gives a child, and it still waits for pulumi
        os.write(let, b"go\n")
        said = command.communicate(timeout=LONGEST_WAIT)[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)
        command.communicate()
        os.close(let)
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    told = (tmp_path / "ended").read_text()
    assert told == "refresh --yes --skip-preview --stack dev --non-interactive\n"


def test_sigint_reaches_the_pulumi_of_a_recovery_in_the_background(tmp_path: Path) -> None:
    """A script's background job begins with it ignored; the engine ends language hosts by it."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(TELLS_WHETHER_SIGINT_REACHES_IT)
    pulumi.chmod(0o755)
    ended = subprocess.run(
        ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable]
        + ["-m", "fc_async_tasks.recovery", "--stack", "dev"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT,
        check=False,
    )
    assert "`pulumi refresh" in ended.stderr
    ignored = int((tmp_path / "ignored").read_text(), 16)
    assert ignored & 1 << (signal.SIGINT - 1) == 0
