"""Installs what was built where nothing else is, and sees it work."""

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fc_async_tasks import provider_ids
from fc_async_tasks.plugin import NAME

import toolchain

from .build import Release, ReleaseError

TRY_WHEEL = Path(__file__).resolve().with_name("try_wheel.py")
MADE_BY_AN_ASYNC_TASK = {
    provider_ids.ASYNC_INVOKE_CONFIG,
    provider_ids.FUNCTION,
    provider_ids.LOG_INDEX,
    provider_ids.LOG_PROJECT,
    provider_ids.LOGSTORE,
    provider_ids.POLICY_ATTACHMENT,
    provider_ids.QUEUE,
    provider_ids.RAM_POLICY,
    provider_ids.ROLE,
}


def check_wheel(release: Release) -> None:
    """Install the wheel into an empty environment, and run a program with it on mocks.

    What it depends on comes from the index that uv and pip are configured for. Raises ReleaseError.
    """
    uv = [sys.executable, "-m", "uv"]
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        environment = Path(scratch) / "environment"
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        _run([*uv, "venv", "--quiet", "--python", sys.executable, str(environment)], scratch)
        _run(
            [*uv, "pip", "install", "--quiet", "--python", str(python), str(release.wheel)], scratch
        )
        found = json.loads(_run([str(python), "-I", str(TRY_WHEEL)], scratch))
        expect("the wheel's version", found["version"], release.version)
        expect("fc_async_tasks.__version__", found["importedVersion"], release.version)
        expect("the wheel's licence files", found["licenses"], ["LICENSE"])
        expect("py.typed in the wheel", found["typed"], True)
        if not Path(found["package"]).is_relative_to(environment):
            raise ReleaseError(f"the wheel was not tried: {found['package']} was imported.")
        made = {each for each in found["registered"] if each.startswith("alicloud:")}
        expect("what an AsyncTask of the wheel makes", made, MADE_BY_AN_ASYNC_TASK)


def check_plugin(release: Release) -> dict[str, Any]:
    """Install the plugin as Pulumi does, from a server, and give the schema that it then has.

    Raises ReleaseError.
    """
    tools = toolchain.find()
    if tools is None:
        raise ReleaseError("there is no Pulumi engine: run `make setup`.")
    path = os.pathsep.join([*map(str, tools.path_entries), os.environ["PATH"]])
    pulumi = str(tools.pulumi)
    with (
        tempfile.TemporaryDirectory(prefix="release-") as home,
        _served(release.wheel.parent) as (url, asked),
    ):
        environment = {"PATH": path, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        install = [pulumi, "plugin", "install", "resource", NAME, release.version]
        _run([*install, "--server", url], home, environment)
        if not asked:
            raise ReleaseError("pulumi did not ask for the plugin archive.")
        schema = json.loads(
            _run([pulumi, "package", "get-schema", f"{NAME}@{release.version}"], home, environment)
        )
    expect("the schema's version", schema["version"], release.version)
    expect("the schema's name", schema["name"], NAME)
    return schema


def expect(what: str, found: object, wanted: object) -> None:
    """Raise ReleaseError if something is other than it has to be."""
    if found != wanted:
        raise ReleaseError(f"{what} is {found!r}: it must be {wanted!r}.")


def _run(command: Sequence[str], folder: str, environment: Mapping[str, str] | None = None) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = "\n".join((ended.stdout + ended.stderr).splitlines()[-15:])
        raise ReleaseError(f"`{' '.join(command)}` failed ({ended.returncode}):\n{said}")
    return ended.stdout


@contextmanager
def _served(folder: Path) -> Generator[tuple[str, list[str]], None, None]:
    """The folder's files on a port of their own: its URL, and what was asked of it."""
    asked: list[str] = []

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
            """Note the request; nothing on standard error."""
            asked.append(self.path)

    handler = partial(Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
