"""Secrets of a full run, looked for in everything that the run said, wrote down and started.

The secrets: an environment variable of the function, marked as one in the stack's configuration;
the temporary credentials that its executions ran with; the secret key of whoever runs a command.
Each is looked for in clear and encoded.
"""

import json
import secrets
import stat
import subprocess
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import toolchain
from localcloud.cli.environment import PASSPHRASE
from tests.contract.console.serving import serving
from tests.e2e.cut_off import begin_update, created, cut_off, held
from tests.e2e.engine_logs import ENCRYPTED, EngineLogs
from tests.e2e.spellings import files_with, held_of
from tests.e2e.stack import BIN, Stack, copy_program
from tests.e2e.started import listing, starts, strace, traced
from tests.fctask_program import Fctask
from tests.held_answers import wire_to
from tests.running_cloud import RunningCloud, running_cloud
from toolchain.record import user_home

HANDLER = '''
"""Write down the credentials that this execution has, and fail."""

import json
import os


def handler(event, context):
    found = context.credentials
    with open(os.environ["NOTES"], "a") as notes:
        note = [found.access_key_secret, found.security_token, os.environ["API_TOKEN"]]
        notes.write(json.dumps(note) + "\\n")
    raise RuntimeError("this task fails on purpose")
'''


def a_secret(kind: str) -> str:
    """A text that is nowhere else."""
    return f"{kind}{secrets.token_hex(16)}"


@dataclass
class Everything:
    """All that a run said: output by command, and the arguments of the processes seen.

    `command_lines` are from looks at the list of processes; `starts`, where there is strace, are of
    everything that the run's commands started.
    """

    notes: Path
    said: dict[str, str] = field(default_factory=dict[str, str])
    command_lines: set[str] = field(default_factory=set[str])
    starts: list[str] = field(default_factory=list[str])
    console_secrets: list[str] = field(default_factory=list[str])

    def run(self, stack: Stack, *command: str, stdin: str = "", expect: int = 0) -> str:
        """Run one command behind `localcloud exec`; keep what it says."""
        words = [str(BIN / "localcloud"), "exec", "--port", str(stack.port), "--", *command]
        ended = subprocess.run(
            traced(words, self.notes),
            cwd=stack.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        said = ended.stdout + ended.stderr
        self.starts += starts(self.notes)
        self.said[f"{len(self.said)}: {' '.join(command)}"] = said
        assert ended.returncode == expect, said
        return ended.stdout


@dataclass
class AfterRecovery:
    """The state right after a function was recovered: no update has been there yet.

    `in_clear` are its files with the secret; `outputs` the function's, as they stand there.
    """

    in_clear: list[Path]
    checkpoint: str
    outputs: dict[str, Any]


@dataclass
class FullRun:
    """What is left of a run: what it said, where it wrote, and the secrets that it had."""

    everything: Everything
    cloud: RunningCloud
    folder: Path
    variable: str
    operators_key: str
    credentials: list[str]
    journal: str
    recoveries: list["AfterRecovery"]
    engine_logs: dict[str, tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Generator[FullRun, None, None]:
    """The guide's stack with a secret variable: up, changed, invoked, looked at, and refused."""
    folder = tmp_path_factory.mktemp("run")
    everything = Everything(folder / "starts")
    (folder / "data").mkdir(mode=0o755)  # as one has it who makes the folder before
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            everything.command_lines |= listing()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with running_cloud(folder, "--verbose") as cloud:
            yield _run(folder, cloud, everything)
    finally:
        over.set()
        watching.join()


def _run(folder: Path, cloud: RunningCloud, everything: Everything) -> FullRun:
    began = time.time()
    stack = Stack(copy_program(folder / "fc-async-tasks"), cloud.port)
    (stack.folder / "function_code" / "index.py").write_text(HANDLER)
    notes = folder / "notes.jsonl"
    first, second, key = a_secret("variable"), a_secret("variable"), a_secret("key")
    pulumi = ("pulumi", "--non-interactive")
    secret = (*pulumi, "config", "set", "--stack", "dev", "--secret", "--path")
    plain = (*pulumi, "config", "set", "--stack", "dev", "--path")
    everything.run(stack, *secret, "environmentVariables.API_TOKEN", stdin=first)
    everything.run(stack, *plain, "environmentVariables.NOTES", str(notes))
    everything.run(stack, *plain, "maxAsyncRetryAttempts", "0")
    recoveries = [_recovered_while_created(stack, cloud, everything, first)]
    everything.run(stack, *pulumi, "up", "--yes", "--diff", "--stack", "dev")
    recoveries.append(_recovered_as_planned(stack, cloud, everything, first))
    everything.run(stack, *secret, "environmentVariables.API_TOKEN", stdin=second)
    everything.run(stack, *pulumi, "preview", "--diff", "--json", "--stack", "dev")
    everything.run(stack, *pulumi, "up", "--yes", "--skip-preview", "--stack", "dev")
    everything.run(stack, *pulumi, "refresh", "--yes", "--stack", "dev")
    everything.run(stack, *pulumi, "stack", "export", "--stack", "dev")
    everything.run(stack, *pulumi, "config", "--stack", "dev")

    of = ("--stack", "dev")
    told = everything.run(stack, "fctask", "invoke", "-e", "{}", "--wait", "--json", *of, expect=10)
    task = json.loads(told)["taskId"]
    for words in (
        ("list",),
        ("show", task),
        ("logs", task),
        ("messages", "peek", "--json"),
        ("rerun", task, "--yes"),
    ):
        everything.run(stack, "fctask", *words, *of)

    _look_at_the_console(stack, task, everything)

    # the same commands, with a secret key that localcloud refuses
    refused = folder / "refused.sh"
    refused.write_text(
        f"export ALIBABA_CLOUD_ACCESS_KEY_SECRET={key} ALICLOUD_SECRET_KEY={key}\n"
        f"export ALIBABACLOUD_ACCESS_KEY_SECRET={key}\n"
        'fctask list --stack dev || echo "fctask ended with $?"\n'
        'pulumi up --yes --skip-preview --stack dev || echo "pulumi ended with $?"\n'
    )
    said = everything.run(stack, "sh", str(refused))
    assert "fctask ended with 4" in said
    assert "pulumi ended with" in said
    journal = json.dumps(cloud.requests())
    credentials: list[str] = []
    for line in notes.read_text().splitlines():
        access_key_secret, security_token, variable = json.loads(line)
        assert variable == second
        credentials += [access_key_secret, security_token]
    assert len(credentials) >= 4, "the task and its re-run"
    assert all(len(each) > 20 for each in credentials)
    everything.said["localcloud status"] = json.dumps(cloud.own("status"))
    everything.said["localcloud's own log"] = cloud.stderr()
    secrets_ = [*credentials, first]
    logs = EngineLogs(pulumi_home(), stack.folder / "Pulumi.dev.yaml", PASSPHRASE).since(began)
    return FullRun(
        everything, cloud, stack.folder, second, key, secrets_, journal, recoveries, logs
    )


def pulumi_home() -> Path:
    """Where the engine that `localcloud exec` starts writes its logs."""
    found = toolchain.find()
    assert found
    return found.home or user_home()


def _recovered_while_created(
    stack: Stack, cloud: RunningCloud, everything: Everything, secret: str
) -> AfterRecovery:
    """Cut an update off while it creates the function, and recover it from what was begun."""
    with wire_to(cloud.port, created("/2023-03-30/functions HTTP")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
    recovery = ("python", "-m", "fc_async_tasks.recovery", "--stack", "dev")
    assert "taken in: V3Function my-fc-job" in everything.run(stack, *recovery)
    return _after_recovery(stack, cloud, secret)


def _recovered_as_planned(
    stack: Stack, cloud: RunningCloud, everything: Everything, secret: str
) -> AfterRecovery:
    """Have the state lose the function, and recover it by what the program would create."""
    urn = _function_in_the_state(stack)["urn"]
    forget = ("pulumi", "--non-interactive", "state", "delete", urn, "--target-dependents")
    everything.run(stack, *forget, "--yes", "--stack", "dev")
    recovery = ("python", "-m", "fc_async_tasks.recovery", "--stack", "dev", "--yes")
    assert "taken in: V3Function my-fc-job" in everything.run(stack, *recovery)
    return _after_recovery(stack, cloud, secret)


def _function_in_the_state(stack: Stack) -> dict[str, Any]:
    told = stack.pulumi("stack", "export")
    entries = json.loads(told.stdout)["deployment"]["resources"]
    return next(one for one in entries if one["type"].endswith(":V3Function"))


def _after_recovery(stack: Stack, cloud: RunningCloud, secret: str) -> AfterRecovery:
    state = cloud.data / "pulumi"
    checkpoint = next((state / ".pulumi" / "stacks").rglob("dev.json")).read_text()
    outputs = _function_in_the_state(stack)["outputs"]
    return AfterRecovery(files_with(state, secret), checkpoint, outputs)


def _look_at_the_console(stack: Stack, task: str, everything: Everything) -> None:
    """Keep every page of `fctask console`; its own token is a secret to whoever lists processes."""
    exec_ = (str(BIN / "localcloud"), "exec", "--port", str(stack.port), "--", "env", "-0")
    told = subprocess.run(exec_, cwd=stack.folder, capture_output=True, text=True, check=True)
    environment = dict(one.split("=", 1) for one in told.stdout.split("\0") if "=" in one)
    console = serving(Fctask(environment, ("--stack", "dev"), stack.folder))
    try:
        console.let_in()
        for path in ("/tasks", f"/tasks/{task}", "/messages", "/totals", "/stack"):
            page = console.send("GET", path)
            assert page.status == 200, page.text
            everything.said[f"console {path}"] = page.text
        everything.console_secrets = [console.url.rpartition("token=")[2], console.cookie]
    finally:
        ended = console.end()
    everything.said["console's own output"] = ended.text


def of(run: FullRun) -> list[str]:
    """All secrets of a run."""
    return [run.variable, run.operators_key, *run.credentials]


def test_no_command_and_no_log_says_a_secret(full_run: FullRun) -> None:
    said = full_run.everything.said
    assert any("[secret]" in text for text in said.values()), "pulumi hid it, as it should"
    assert any("this task fails on purpose" in text for text in said.values())
    assert [name for name, text in said.items() if held_of(text, of(full_run))] == []
    assert held_of(full_run.journal, of(full_run)) == []


def test_no_process_was_given_a_secret_as_an_argument(full_run: FullRun) -> None:
    seen = full_run.everything.command_lines
    assert any("pulumi --non-interactive up" in line for line in seen)
    assert any("pulumi-resource-alicloud" in line for line in seen)
    of_the_console = full_run.everything.console_secrets
    assert len(of_the_console) == 2
    every = [*of(full_run), *of_the_console]
    assert [line for line in seen if held_of(line, every)] == []


@pytest.mark.skipif(strace() is None, reason="no strace: short processes are not looked at")
def test_no_process_however_short_was_given_one_either(full_run: FullRun) -> None:
    """Of what the commands started; localcloud's own and a cut-off update's are in the listing."""
    seen = full_run.everything.starts
    assert any('"pulumi", "--non-interactive", "up"' in each for each in seen)
    assert any("pulumi-resource-alicloud" in each for each in seen)
    assert any("pulumi-language-python" in each for each in seen)
    assert [each for each in seen if held_of(each, of(full_run))] == []


def test_the_engines_own_logs_hold_no_secret_in_clear(full_run: FullRun) -> None:
    """With the stack's key, which encrypts its state too, they say what the engine was told.

    The stack `dev` has a key that is known: it is the folder that keeps them from others.
    """
    folder = pulumi_home() / "logs"
    if not folder.is_dir():
        found = toolchain.find()
        assert found
        assert found.origin["engine"] == "installed", "the one that is built here has logs"
        pytest.skip("the installed engine is of a version that keeps no logs")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    logs = full_run.engine_logs
    ours = str(full_run.cloud.data / "pulumi").encode()
    encrypted = {name: said for name, (raw, said) in logs.items() if raw.startswith(ENCRYPTED)}
    readable = {name: said for name, (_, said) in logs.items() if name not in encrypted}
    for read in (encrypted, readable):
        assert any(ours in said for said in read.values()), "the logs of this run are read"
    assert [name for name, (raw, _) in logs.items() if held_of(raw, of(full_run))] == []
    assert [name for name, said in readable.items() if held_of(said, of(full_run))] == []
    others = [each for each in of(full_run) if not each.startswith("variable")]
    assert [name for name, said in encrypted.items() if held_of(said, others)] == []
    assert any(held_of(said, [full_run.variable]) for said in encrypted.values())


def test_the_state_and_the_stacks_files_hold_no_secret_in_clear(full_run: FullRun) -> None:
    state = full_run.cloud.data / "pulumi"
    assert files_with(state, "my-fc-job"), "the state is looked at"
    for each in of(full_run):
        assert files_with(state, each) == []
        assert files_with(full_run.folder, each) == []


@pytest.mark.parametrize("number", [0, 1], ids=["begun", "planned"])
def test_a_recovered_function_has_its_secrets_encrypted_at_once(
    full_run: FullRun, number: int
) -> None:
    after = full_run.recoveries[number]
    assert "ciphertext" in after.outputs["environmentVariables"], "it was read from the cloud"
    assert after.in_clear == []
    assert '"[secret]"' not in after.checkpoint


def test_localcloud_keeps_what_it_must_know_in_its_database_alone(full_run: FullRun) -> None:
    """The function's environment and the keys that requests are signed by: as the user's own."""
    data = full_run.cloud.data
    database = {data / f"localcloud.sqlite3{end}" for end in ("", "-wal", "-shm")}
    assert set(files_with(data, full_run.variable)) & database, "it runs the function with it"
    for each in of(full_run):
        assert set(files_with(data, each)) <= database
    assert files_with(data, full_run.operators_key) == [], "a foreign key is never written down"


def test_what_localcloud_writes_is_the_users_own_alone(full_run: FullRun) -> None:
    """In a folder that was open to others before."""
    data = full_run.cloud.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    kept = [path for path in data.iterdir() if path.is_file()]
    assert data / "localcloud.sqlite3" in kept
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
