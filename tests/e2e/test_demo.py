"""`make demo` and `make destroy`, as a new user runs them."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Generator

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


def test_the_last_line_is_the_message_and_the_second_run_works_again(
    demo: "dict[str, str]",
) -> None:
    before = tracked_changes()
    for _ in range(2):
        ran = tell(demo)
        assert ran.exit_code == 0, ran.text
        lines = ran.stdout.splitlines()
        message = json.loads(lines[-1])
        assert message["requestContext"]["condition"] == "InvocationError"
        assert message["requestContext"]["approximateInvokeCount"] == 2
        request = re.search(r"request (1-[0-9a-f-]+)", ran.stdout)
        assert request, ran.text
        assert message["requestContext"]["requestId"] == request[1]
    assert tracked_changes() == before


def test_destroy_leaves_no_process_behind(demo: "dict[str, str]") -> None:
    server = f"--port {demo['LOCALCLOUD_PORT']}"
    assert processes_with(server), "the demo before this left its local cloud running"
    ran = run([sys.executable, "-m", "demo", "destroy"], ROOT, demo)
    assert ran.exit_code == 0, ran.text
    assert processes_with(server) == []
