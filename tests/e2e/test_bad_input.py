"""What a person gets to read when something is wrong, and that nothing was made or sent."""

import http.server
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.e2e.stack import BIN, Ran, Stack, run
from tests.running_cloud import RunningCloud

REAL_LOOKING = {
    "ALICLOUD_ACCESS_KEY": "LTAI5tRealLookingKeyId00",
    "ALICLOUD_SECRET_KEY": "RealLookingSecret0000000000000",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tRealLookingKeyId00",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "RealLookingSecret0000000000000",
}


@pytest.fixture
def stack(program: Path, cloud: RunningCloud) -> Stack:
    """A fresh copy of the program for each test: each spoils its configuration."""
    return Stack(program, cloud.port)


def refused(stack: Stack, *sentence: str) -> Ran:
    """The preview stops, says each part of the sentence, and shows no traceback."""
    ran = stack.pulumi("preview")
    assert ran.exit_code != 0, ran.text
    said = " ".join((ran.stdout + ran.stderr).split())
    for part in sentence:
        assert part in said, ran.text
    assert "Traceback" not in said, ran.text
    return ran


@pytest.mark.parametrize(
    ("setting", "value", "allowed"),
    [
        ("timeout", "86401", "1 to 86400"),
        ("memorySize", "100", "multiple of 64"),
        ("instanceConcurrency", "0", "1 to 200"),
        ("maxAsyncRetryAttempts", "9", "0 to 8"),
        ("maxAsyncEventAgeInSeconds", "604801", "1 to 604800"),
        ("diskSize", "1024", "512 or 10240"),
        ("cpu", "17", "0.05 to 16"),
        ("policy", "everything", "least"),
        ("codePath", "no_such_folder", "no_such_folder"),
        ("handler", "missing.handler", "missing"),
    ],
)
def test_a_value_out_of_range_stops_the_preview_with_one_sentence(
    stack: Stack, setting: str, value: str, allowed: str
) -> None:
    stack.set(setting, value)
    refused(stack, setting, value, allowed)


def test_the_guides_two_days_deploy_with_the_genuine_provider(stack: Stack) -> None:
    stack.set("maxAsyncEventAgeInSeconds", "172800")
    assert stack.preview()["create"] >= 9


def test_no_credentials_is_a_sentence_that_names_the_variables(
    stack: Stack, cloud: RunningCloud
) -> None:
    names = (
        "ALICLOUD_ACCESS_KEY",
        "ALICLOUD_SECRET_KEY",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABACLOUD_ACCESS_KEY_ID",
        "ALIBABACLOUD_ACCESS_KEY_SECRET",
    )
    bare = ["env", *(word for name in names for word in ("-u", name))]
    before = len(cloud.requests())
    ran = stack.exec(*bare, "pulumi", "preview", "--stack", "dev", "--non-interactive")
    assert ran.exit_code != 0, ran.text
    assert "set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY" in ran.stdout + ran.stderr, ran.text
    assert "Traceback" not in ran.stdout + ran.stderr, ran.text
    assert len(cloud.requests()) == before


class _Recorder(http.server.BaseHTTPRequestHandler):
    """A proxy that notes which host each request wants, and lets nothing through."""

    wanted: "list[str]"

    def _note(self) -> None:
        self.wanted.append(self.path)
        self.send_error(502, "no way out")

    do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = _note  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing on the test's output."""


@pytest.fixture
def way_out() -> Generator[tuple[str, list[str]], None, None]:
    """The only way off the machine, as a proxy: its URL, and what was asked of it."""
    wanted: list[str] = []
    handler = type("Recorder", (_Recorder,), {"wanted": wanted})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", wanted
        server.shutdown()
        thread.join()


def without_exec(stack: Stack, backend: Path) -> dict[str, str]:
    """The environment of a shell with real-looking keys, the toolchain, and no localcloud."""
    told = stack.exec("env")  # where the engine and its home are
    found = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
    return {
        **REAL_LOOKING,
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "localcloud",
        "TF_SKIP_RESOURCE_SCHEMA_VALIDATION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **{name: found[name] for name in ("PATH", "PULUMI_HOME") if name in found},
    }


def test_the_dev_stack_without_exec_is_told_how_to_run_it(stack: Stack, tmp_path: Path) -> None:
    plain = without_exec(stack, tmp_path)
    run(["pulumi", "stack", "init", "dev"], stack.folder, plain)
    ran = run(["pulumi", "preview", "--stack", "dev", "--non-interactive"], stack.folder, plain)
    assert ran.exit_code != 0, ran.text
    # which says `localcloud exec -- pulumi ...` in its first line
    assert "the head of Pulumi.dev.yaml" in " ".join((ran.stdout + ran.stderr).split()), ran.text
    assert "Traceback" not in ran.stdout + ran.stderr, ran.text
    assert REAL_LOOKING["ALICLOUD_SECRET_KEY"] not in ran.stdout + ran.stderr


def test_the_dev_stack_without_exec_sends_nothing_to_the_real_cloud(
    stack: Stack, cloud: RunningCloud, tmp_path: Path, way_out: tuple[str, list[str]]
) -> None:
    """Real-looking keys are set, and every request that would leave passes a recording proxy."""
    proxy, wanted = way_out
    plain = {**without_exec(stack, tmp_path), "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
    before = len(cloud.requests())
    run(["pulumi", "stack", "init", "dev"], stack.folder, plain)
    ran = run(
        ["pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"],
        stack.folder,
        plain,
    )
    assert ran.exit_code != 0, ran.text
    hosts = {one.split("//")[-1].split("/")[0].split(":")[0] for one in wanted}
    assert hosts, f"nothing was tried at all: {ran.text}"
    assert all(host.endswith(".localcloud.invalid") for host in hosts), hosts
    assert REAL_LOOKING["ALICLOUD_SECRET_KEY"] not in ran.stdout + ran.stderr
    assert len(cloud.requests()) == before


def test_localcloud_not_running_is_a_sentence_that_says_how_to_start_it(program: Path) -> None:
    ran = run(
        [str(BIN / "localcloud"), "exec", "--port", "1", "--", "pulumi", "preview"], program, {}
    )
    assert ran.exit_code == 3, ran.text
    assert "localcloud serve" in ran.stderr
    assert "Traceback" not in ran.stderr
