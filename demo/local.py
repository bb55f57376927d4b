"""The demo's local cloud: started in the background when none is running, and stopped."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo.telling import tell
from localcloud.cli import server_calls
from localcloud.cli.defaults import default_data

PROGRAM = Path(sys.executable).with_name("localcloud")


class NotStarted(Exception):
    """localcloud did not become ready; the text carries its own words."""


def is_running(port: int) -> bool:
    """Whether a localcloud answers on the port."""
    try:
        server_calls.call(port, "GET", "health")
    except server_calls.NotRunning:
        return False
    return True


def data_folder(port: int) -> Path:
    """The data folder of the localcloud on the port, or of the one that `start` would start."""
    try:
        return Path(str(server_calls.call(port, "GET", "health")["data"]))
    except server_calls.NotRunning:
        named = os.environ.get("LOCALCLOUD_DATA")
        return Path(named).absolute() if named else default_data()


def start(port: int) -> None:
    """Have a localcloud answer on the port; one that runs already is left as it is.

    Raises NotStarted with localcloud's own sentence (port in use, folder not writable ...).
    """
    if is_running(port):
        tell(f"     http://127.0.0.1:{port}, already running")
        return
    with tempfile.TemporaryFile("w+") as words:
        server = subprocess.Popen(
            [str(PROGRAM), "serve", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            start_new_session=True,
        )
        assert server.stdout is not None  # noqa: S101 - asked for with PIPE
        ready = server.stdout.readline().strip()
        if not ready:
            server.wait()
            words.seek(0)
            hint = "For make, --port N is PORT=N, and --data FOLDER is LOCALCLOUD_DATA=FOLDER."
            raise NotStarted(f"{words.read().strip()}\n{hint}")
    tell(f"     {ready}")


def stop(port: int) -> None:
    """Stop the localcloud on the port and wait until it is gone."""
    subprocess.run([str(PROGRAM), "stop", "--port", str(port)], check=True)
