"""Ctrl-C in the first moments of `localcloud`, while its commands are being imported."""

import subprocess
import sys

INTERRUPTED_AS_IT_IMPORTS = """
import signal, sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "localcloud.cli.commands":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["localcloud", "exec", "--", "true"]
from localcloud.cli import main
main()
"""


def test_an_interrupt_before_the_commands_are_there_is_no_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AS_IT_IMPORTS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (130, "")
