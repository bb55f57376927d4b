"""`make demo` and `make destroy`, as a new user runs them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.e2e.stack import PROGRAM_FILES, ROOT, Ran, run
from tests.running_cloud import processes_with


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Generator["dict[str, str]", None, None]:
    """An environment with a free port and an empty data folder; taken down at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("data")
    environment = {"LOCALCLOUD_PORT": str(port), "LOCALCLOUD_DATA": str(data)}
    yield environment
    run([sys.executable, "-m", "demo", "destroy"], ROOT, environment)


def tracked_changes() -> str:
    """What `git status` has to say of the files that Pulumi could touch."""
    return subprocess.run(
        ["git", "status", "--porcelain", "--", *PROGRAM_FILES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def tell(environment: "dict[str, str]") -> Ran:
    """Run the demo."""
    return run([sys.executable, "-m", "demo"], ROOT, environment)


def shows_its_own_message(ran: Ran) -> None:
    """Assert that the last line on standard output is the message of the task just submitted."""
    assert ran.exit_code == 0, ran.text
    message = json.loads(ran.stdout.splitlines()[-1])
    assert message["requestContext"]["condition"] == "InvocationError"
    assert message["requestContext"]["approximateInvokeCount"] == 2
    request = re.search(r"request (1-[0-9a-f-]+)", ran.stdout)
    assert request, ran.text
    assert message["requestContext"]["requestId"] == request[1]


@pytest.fixture(scope="module")
def first(demo: "dict[str, str]") -> Ran:
    """The first demo, on nothing."""
    return tell(demo)


@pytest.fixture(scope="module", autouse=True)
def _files_of_the_program() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    before = tracked_changes()
    yield
    assert tracked_changes() == before


def test_the_last_line_is_the_message(first: Ran) -> None:
    shows_its_own_message(first)


def test_standard_error_ends_with_what_goes_on_running_and_the_warning_is_explained(
    first: Ran, demo: "dict[str, str]"
) -> None:
    port = demo["LOCALCLOUD_PORT"]
    assert first.stderr.splitlines()[-1] == (
        f"localcloud goes on running on port {port}, with the stack dev on it: "
        f"`make destroy PORT={port}` takes both down"
    )
    provision = first.stdout.index("2/3")
    explained = first.stdout.index("It is only a warning", provision)
    assert explained < first.stdout.index("expected max_async_event_age_in_seconds", provision)


def of_another_shell(elsewhere: Path) -> "dict[str, str]":
    """What a user may have set for work of their own; nothing answers at the proxy."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PULUMI_BACKEND_URL": f"file://{elsewhere}",
        "PULUMI_CONFIG_PASSPHRASE": "mine",
        "PULUMI_STACK": "prod",
        "PULUMI_ACCESS_TOKEN": "not-a-token",
        "PULUMI_SELF_MANAGED_STATE_GZIP": "true",
        "ALICLOUD_PROFILE": "work",
        "ALIBABA_CLOUD_PROFILE": "work",
        "ALIBABA_CLOUD_REGION": "cn-beijing",
        "https_proxy": nowhere,
        "HTTPS_PROXY": nowhere,
        "ALL_PROXY": nowhere,
        "NO_PROXY": "*",
    }


@pytest.mark.usefixtures("first")
def test_the_second_works_again_whatever_the_user_has_set_for_other_work(
    demo: "dict[str, str]", tmp_path: Path
) -> None:
    shows_its_own_message(tell({**demo, **of_another_shell(tmp_path)}))
    assert list(tmp_path.iterdir()) == [], "the user's own backend is not the demo's"


def test_ctrl_c_while_the_task_is_followed_ends_in_one_sentence(demo: "dict[str, str]") -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={**os.environ, **demo},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal's interrupt goes to all of a group
    ) as telling:
        assert telling.stdout is not None
        while "Running" not in (line := telling.stdout.readline()):
            assert line, "the demo ended before its task ran"
        os.killpg(telling.pid, signal.SIGINT)
        said = telling.communicate(timeout=30)[1]
    assert telling.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("demo: interrupted; run it again, or `make destroy")


def test_destroy_acts_on_the_demos_own_stack_and_leaves_no_process_behind(
    demo: "dict[str, str]", tmp_path: Path
) -> None:
    server = f"--port {demo['LOCALCLOUD_PORT']}"
    assert processes_with(server), "the demo before this left its local cloud running"
    environment = {**demo, **of_another_shell(tmp_path)}
    ran = run([sys.executable, "-m", "demo", "destroy"], ROOT, environment)
    assert ran.exit_code == 0, ran.text
    assert "15 deleted" in ran.stdout
    assert processes_with(server) == []
