"""The components as a package, consumed by programs that have none of our Python.

`pulumi package add` on the component folder, as a user runs it: the generated Python SDK, and YAML.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fc_async_tasks.plugin import schema

import toolchain
from fctask.clients import Clients
from fctask.messages import acknowledge, receive_for
from fctask.tasks import follow, submit
from tests.e2e.account_contents import contents
from tests.e2e.example import live
from tests.e2e.stack import BIN, ROOT, Ran, Stack, run
from tests.running_cloud import RunningCloud
from toolchain.yaml_host import ensure_yaml_host

HANDLER = "def handler(event, context):\n    return event\n"

PYTHON_PROJECT = """\
name: consumer
runtime:
  name: python
  options:
    toolchain: uv
    virtualenv: .venv
"""
PYTHON_DISTRIBUTION = """\
[project]
name = "consumer"
version = "0"
requires-python = ">=3.10"
dependencies = ["pulumi>=3.250,<4"]
"""
PYTHON_PROGRAM = """\
import pulumi
import pulumi_fc_async_tasks as tasks

queue = tasks.TaskQueue("from-python", visibility_timeout=60, keep_data=False)
task = tasks.AsyncTask(
    "from-python",
    code_path="function_code",
    runtime="python3.12",
    timeout=pulumi.Config().require_int("timeout"),
    existing_queue=queue.destination_arn,
    environment_variables={"WHO": "python"},
    keep_data=False,
)
for name in ("account_id", "region", "function_name", "queue_name", "log_project", "logstore"):
    first, *others = name.split("_")
    pulumi.export(first + "".join(map(str.capitalize, others)), getattr(task, name))
"""


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the component folder, with the environment that Pulumi would make in `venv`.

    uv fills it in a second with what the folder's pyproject.toml asks for; pip would take 15. What
    Pulumi's commands do beyond that, they do.
    """
    folder = tmp_path_factory.mktemp("package") / "components"
    ignored = shutil.ignore_patterns("__pycache__", "venv", "build", "*.egg-info")
    shutil.copytree(ROOT / "components", folder, ignore=ignored)
    uv = str(BIN / "uv")
    python = str(folder / "venv" / "bin" / "python")
    for command in (
        [uv, "venv", "--quiet", "--seed", "--python", str(BIN / "python"), "venv"],
        [uv, "pip", "install", "--quiet", "--python", python, "setuptools", "wheel"]
        + ["--requirement", "pyproject.toml", "--constraint", str(unhashed(folder.parent))],
    ):
        subprocess.run(command, cwd=folder, check=True)
    return folder


def unhashed(folder: Path) -> Path:
    """The locked versions as constraints, which have no hashes."""
    lines = (ROOT / "requirements" / "all.txt").read_text().splitlines()
    constraints = folder / "constraints.txt"
    kept = [line.removesuffix(" \\") for line in lines if "==" in line and line[0].isalnum()]
    constraints.write_text("\n".join(kept))
    return constraints


@pytest.fixture(scope="module")
def languages() -> dict[str, str]:
    """An environment with every language host on PATH, and where the provider is."""
    tools = toolchain.find()
    assert tools is not None
    ensure_yaml_host(tools)
    path = [*map(str, tools.path_entries), str(BIN), os.environ["PATH"]]
    home = {"PULUMI_HOME": str(tools.home)} if tools.home else {}
    return {"PATH": os.pathsep.join(path), "PULUMI_SKIP_UPDATE_CHECK": "true", **home}


def consumer(
    folder: Path, files: dict[str, str], components: Path, languages: dict[str, str]
) -> tuple[Path, Ran]:
    """A project with these files, to which the package was added."""
    (folder / "function_code").mkdir(parents=True)
    (folder / "function_code" / "index.py").write_text(HANDLER)
    for name, text in files.items():
        (folder / name).write_text(text)
    settings = ROOT / "examples" / "queue_of_another_stack" / "queue" / "Pulumi.dev.yaml"
    project = files["Pulumi.yaml"].splitlines()[0].removeprefix("name: ")
    (folder / "Pulumi.dev.yaml").write_text(f"{settings.read_text()}  {project}:timeout: 3\n")
    added = run(["pulumi", "package", "add", str(components)], folder, languages)
    assert added.exit_code == 0, added.text
    return folder, added


def lives(stack: Stack, cloud: RunningCloud, clients_of: Callable[[Stack], Clients]) -> None:
    """The consumer's stack: up, nothing more to change, a task and its message, and destroyed."""
    stack.up()
    assert set(stack.preview()) == {"same"}
    clients = clients_of(stack)
    submitted = submit(clients, b'{"from":"another language"}')
    *_, last = follow(clients, submitted.task_id)
    assert last[1].status == "Succeeded"
    message = receive_for(clients, submitted.request_id, 30)
    acknowledge(clients, message)
    assert message.document["responsePayload"] == '{"from":"another language"}'
    stack.destroy()
    assert contents(cloud) == set()


def refuses_a_timeout(stack: Stack) -> None:
    """A value out of range stops the preview with the component's own sentence."""
    stack.set("timeout", "86401")
    ran = stack.pulumi("preview")
    assert ran.exit_code != 0, ran.text
    said = " ".join((ran.stdout + ran.stderr).split())
    assert "timeout is 86401 seconds: it must be a whole number from 1 to 86400 seconds" in said
    stack.set("timeout", "3")


def told(package: dict[str, Any]) -> dict[str, str]:
    """The description of every component, argument and output of a package schema."""
    found = {token: one["description"] for token, one in package["resources"].items()}
    for token, one in package["resources"].items():
        for kind in ("inputProperties", "properties"):
            for name, about in one[kind].items():
                found[f"{token} {kind} {name}"] = about["description"]
    return found


def test_the_schema_is_the_packages_own(components: Path, languages: dict[str, str]) -> None:
    ran = run(["pulumi", "package", "get-schema", str(components)], ROOT, languages)
    assert ran.exit_code == 0, ran.text
    given: dict[str, Any] = json.loads(ran.stdout)
    own = schema()
    assert given["version"] == own["version"] != "0.0.0"
    assert told(given) == told(own)
    task = given["resources"]["fc-async-tasks:index:AsyncTask"]
    assert task["description"].startswith("An asynchronous task on Function Compute")
    assert task["inputProperties"]["timeout"]["description"].startswith("Seconds that one")


def test_a_python_program_uses_the_generated_sdk(
    components: Path,
    languages: dict[str, str],
    tmp_path: Path,
    cloud: RunningCloud,
    clients_of: Callable[[Stack], Clients],
) -> None:
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "pyproject.toml": PYTHON_DISTRIBUTION,
        "__main__.py": PYTHON_PROGRAM,
    }
    folder, added = consumer(tmp_path / "consumer", files, components, languages)
    assert "import pulumi_fc_async_tasks" in added.stdout
    python = str(folder / ".venv" / "bin" / "python")
    ours = run([python, "-c", "import fc_async_tasks"], folder, {})
    assert "No module named 'fc_async_tasks'" in ours.stderr
    (generated,) = folder.glob("sdks/*/pulumi_fc_async_tasks/async_task.py")
    for said in ("An asynchronous task on Function Compute: ", "Seconds that one execution may"):
        assert said in generated.read_text()

    stack = Stack(folder, cloud.port)
    refuses_a_timeout(stack)
    lives(stack, cloud, clients_of)


def test_the_example_in_yaml_uses_the_package(
    components: Path, languages: dict[str, str], cloud: RunningCloud
) -> None:
    example = components.parent / "examples" / "yaml"
    shutil.copytree(ROOT / "examples" / "yaml", example)
    refuses_a_timeout(Stack(example, cloud.port, environment=languages))
    life = live(example, cloud.port, languages)
    (message,) = life.messages()
    assert message["requestContext"]["functionArn"].endswith(":functions/example-yaml")
    assert json.loads(message["responsePayload"]) == {"said": "hello, world"}
    assert contents(cloud) == set()
