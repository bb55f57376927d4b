"""Which of FC's runtimes this machine can run, with what, and the order that makes an instance."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc.instances import interpreters
from localcloud.fc.instances.environment import environment_of, moved_path, python_path_of
from localcloud.fc.instances.interpreters import Choice, Interpreter
from localcloud.fc.instances.invocation import InstanceSpec, Invocation

CUSTOM_RUNTIMES = ("custom", "custom.debian10", "custom.debian11", "custom.debian12")
_NODE_RUNTIME = re.compile(r"nodejs(\d+)")
_NODE_SCRIPT = Path(__file__).parent / "runtime" / "node.js"
_OLDEST_NODE = 14  # AsyncLocalStorage and import() as runtime/node.js uses them
_PATIENCE = 5  # seconds for node to tell its version
_CONTAINERS = (
    "localcloud runs functions as processes, not in containers: give the function a custom "
    "runtime (custom.debian12) with the command of its image to run it here"
)


class Runtimes:
    """What was found on this machine. Empty until `find` has returned."""

    def __init__(self) -> None:
        self._python: dict[str, Choice] = {}
        self._node = ""
        self._node_version = ""

    async def find(self, memory: Path) -> None:
        """Look for interpreters; `memory` is a file that spares asking the same ones again."""
        found, node = await asyncio.gather(interpreters.find(memory), _find_node())
        for runtime in interpreters.PYTHON_RUNTIMES:
            choice = interpreters.choose(runtime, found)
            if choice is not None:
                self._python[runtime] = choice
        self._node, self._node_version = node

    def sentences(self) -> dict[str, str]:
        """What runs which runtime, for health and the start-up line."""
        said = {runtime: choice.sentence for runtime, choice in self._python.items()}
        if self._node:
            said["nodejs"] = f"node {self._node_version} (for every nodejs runtime)"
        said["custom"] = "the function's own command"
        return said

    def why_not(self, runtime: str) -> str | None:
        """None for a runtime that runs here, else the sentence why it does not."""
        if runtime in self._python or runtime in CUSTOM_RUNTIMES:
            return None
        if _NODE_RUNTIME.fullmatch(runtime):
            if self._node and not os.access(self._node, os.X_OK):
                return self.cannot_start(runtime, FileNotFoundError(f"{self._node} is gone"))
            if self._node:
                return None
            return (
                f"runtime {runtime} needs node {_OLDEST_NODE} or newer on PATH, and there is "
                f"{f'only {self._node_version}' if self._node_version else 'none'}: install it "
                "and start localcloud again"
            )
        if runtime == "custom-container":
            return _CONTAINERS
        known = ", ".join((*self._python, "nodejs<version>", *CUSTOM_RUNTIMES))
        return f"localcloud does not run runtime {runtime}; it runs {known}"

    def cannot_start(self, runtime: str, error: Exception) -> str:
        """The sentence for an interpreter that was found and cannot be started any more."""
        return (
            f"the interpreter for runtime {runtime} cannot be started ({error}): install it again, "
            "or start localcloud again, which then looks for another one"
        )

    def starts_slowly(self, runtime: str) -> bool:
        """Whether an instance is a program started anew, whose start is no invocation's time."""
        return runtime not in self._python

    def template_for(self, runtime: str) -> Interpreter:
        """The interpreter whose template makes instances of this runtime."""
        if runtime in self._python:
            return self._python[runtime].interpreter
        return interpreters.own_interpreter()

    def order(
        self, spec: InstanceSpec, invocation: Invocation, instance_id: str, temporary: Path
    ) -> dict[str, Any]:
        """The order to the template for a new instance (see runtime/template.py)."""
        python = self._python.get(spec.runtime)
        interpreter = python.interpreter if python else None
        environment = environment_of(
            spec, invocation, instance_id, temporary, interpreter.path if interpreter else None
        )
        order: dict[str, Any] = {
            "instance_id": instance_id,
            "code": str(spec.code),
            "memory_size": spec.memory_size,
            "disk_size": spec.disk_size,
            "temporary": str(temporary),
            "instance_concurrency": spec.instance_concurrency,
            "environment": environment,
            "function_name": spec.function_name,
            "handler": spec.handler,
            "timeout": spec.timeout,
            "version": spec.version,
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "log_project": spec.log_project,
            "logstore": spec.logstore,
        }
        if interpreter is not None:
            order["python_path"] = python_path_of(spec, interpreter.version)
            order["context_of_3_12"] = spec.runtime == "python3.12"
        elif spec.runtime in CUSTOM_RUNTIMES:
            port = _port_for(spec.custom_port)
            environment["FC_CUSTOM_LISTEN_PORT"] = environment["FC_SERVER_PORT"] = str(port)
            order["custom_port"] = port
            command = spec.custom_command or ("/code/bootstrap",)
            order["custom_command"] = [moved_path(spec, word) for word in command]
        else:
            order["node"] = [self._node, str(_NODE_SCRIPT)]
        return order


async def _find_node() -> tuple[str, str]:
    """Path and version of a node that is new enough; ("", version) for an older one."""
    path = shutil.which("node")
    if path is None:
        return "", ""
    process = await asyncio.create_subprocess_exec(
        path,
        "--version",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return "", ""
    numbers = re.fullmatch(r"v((\d+)\.\d+\.\d+)\s*", said.decode("ascii", "replace"))
    if numbers is None:
        return "", ""
    return (path if int(numbers[2]) >= _OLDEST_NODE else ""), numbers[1]


def _port_for(wanted: int) -> int:
    """The configured port where it is free, else any: several instances share this machine."""
    with contextlib.closing(socket.socket()) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("0.0.0.0", wanted))  # noqa: S104 - as the function's server will
        except OSError:
            trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]
