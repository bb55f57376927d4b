"""What recovery asks of the machine, and the `pulumi` that it runs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fc_async_tasks.recovery import CannotLook, processes
from fc_async_tasks.recovery.processes import folder_of, running

ENDS_IN_ITS_OWN_TIME = """#!/bin/sh
trap 'sleep 1; echo "$@" >> ended; exit 1' INT
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


def test_an_interrupt_lets_pulumi_end_by_itself(tmp_path: Path) -> None:
    """Killed, it would leave its lock behind."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(ENDS_IN_ITS_OWN_TIME)
    pulumi.chmod(0o755)
    os.mkfifo(tmp_path / "ready")
    with subprocess.Popen(
        [sys.executable, "-c", REFRESHES],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal's interrupt goes to all of a group
    ) as command:
        assert (tmp_path / "ready").read_text() == "ready\n"
        os.killpg(command.pid, signal.SIGINT)
        said = command.communicate(timeout=30)[1]
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
        timeout=30,
        check=False,
    )
    assert "`pulumi refresh" in ended.stderr
    ignored = int((tmp_path / "ignored").read_text(), 16)
    assert ignored & 1 << (signal.SIGINT - 1) == 0
