"""`localcloud exec`: CMD as it would run without it, but for where its calls go."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.running_cloud import RunningCloud
from toolchain import find

NOT_FOUND = 127
SALT = "encryptionsalt: v1:SLoz44cqDTs=:v1:NTK7CLDvQuoJ6JUW:WhE+AJZW0q5W3N9DT7VyEUJ45jkNAQ==\n"


def start(
    cloud: RunningCloud, *command: str, cwd: Path | None = None, **environment: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "localcloud", "exec", "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd or cloud.log.parent,  # in no Pulumi project
        env={**os.environ, "LOCALCLOUD_PORT": str(cloud.port), **environment},
    )


def execute(
    cloud: RunningCloud, *command: str, cwd: Path | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    process = start(cloud, *command, cwd=cwd, **environment)
    out, error = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, out, error)


def test_a_command_sees_the_environment_of_this_cloud(cloud: RunningCloud) -> None:
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    done = execute(cloud, sys.executable, "-c", show, ALICLOUD_PROFILE="real", MINE="kept")
    seen = json.loads(done.stdout)
    assert seen["HTTP_PROXY"] == seen["FCTASK_FC_ENDPOINT"] == cloud.url
    assert seen["PULUMI_BACKEND_URL"] == f"file://{cloud.data}/pulumi"
    assert seen["MINE"] == "kept"
    assert "ALICLOUD_PROFILE" not in seen
    assert done.stderr == ""


def test_it_becomes_the_command_so_exit_codes_and_signals_are_its_own(cloud: RunningCloud) -> None:
    assert execute(cloud, sys.executable, "-c", "raise SystemExit(42)").returncode == 42
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    process = start(cloud, sys.executable, "-c", script)
    assert process.stdout
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == -signal.SIGTERM
    process.communicate()


@pytest.mark.parametrize(("name", "ignored"), [("pulumi", False), ("a-server", True)])
def test_a_background_job_runs_pulumi_as_in_the_foreground(
    cloud: RunningCloud, tmp_path: Path, name: str, ignored: bool
) -> None:
    """A script starts `... &` with SIGINT ignored, by which the engine ends its hosts."""
    program = tmp_path / name
    asks = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    program.write_text(f"#!{sys.executable}\n{asks}\n")
    program.chmod(0o755)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = start(cloud, str(program))
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.communicate(timeout=60) == (f"{ignored}\n", "")


def test_options_after_the_command_are_the_commands(cloud: RunningCloud) -> None:
    show = "import sys; print(sys.argv[1:])"
    done = execute(cloud, sys.executable, "-c", show, "--port", "1", "--help", "--", "-h")
    assert done.stdout.strip() == "['--port', '1', '--help', '--', '-h']"


def test_a_command_that_is_not_there_is_one_sentence(cloud: RunningCloud, tmp_path: Path) -> None:
    done = execute(cloud, "no-such-command", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (NOT_FOUND, "")
    assert done.stderr == "localcloud: no-such-command was not found\n"


def test_an_sdk_needs_nothing_but_exec(cloud: RunningCloud) -> None:
    script = textwrap.dedent("""
        from alibabacloud_sts20150401.client import Client
        from alibabacloud_tea_openapi.utils_models import Config
        from alibabacloud_credentials.client import Client as Credentials
        config = Config(credential=Credentials(), endpoint="sts.localcloud.invalid",
                        protocol="HTTP")
        print(Client(config).get_caller_identity().body.account_id)
    """)
    done = execute(cloud, sys.executable, "-c", script, NO_PROXY="*", http_proxy="http://x:1")
    assert done.stdout.strip() == "1234567890123456", done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Pulumi project with a stack for localcloud and one for the real cloud."""
    if find() is None and shutil.which("pulumi") is None:
        pytest.fail("no pulumi: run `make setup`")
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: exec-{os.urandom(4).hex()}\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(
        "# a comment\n" + SALT + "config:\n  alicloud:endpoints:\n"
        "    - fc: fc.localcloud.invalid\n      log: http-sls.localcloud.invalid\n"
    )
    (folder / "Pulumi.prod.yaml").write_text("config:\n  alicloud:region: cn-hangzhou\n")
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> str:
    """A program that is called `pulumi` and tells that it was started."""
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho started\n")
    program.chmod(0o755)
    return str(program)


def test_before_the_provider_calls_the_real_cloud_one_sentence_warns(
    cloud: RunningCloud, project: Path, engine: str
) -> None:
    done = execute(cloud, engine, "preview", "--stack", "prod", cwd=project)
    assert (done.returncode, done.stdout) == (0, "started\n")
    told = [line for line in done.stderr.splitlines() if "created the stack" not in line]
    assert len(told) == 1, done.stderr
    assert told[0].startswith("localcloud: Pulumi.prod.yaml names no endpoint of localcloud")
    assert "real Alibaba Cloud" in told[0]
    assert "localcloud settings" in told[0]


def test_what_settings_prints_makes_a_stack_that_is_local(
    cloud: RunningCloud, project: Path, engine: str
) -> None:
    done = execute(cloud, engine, "up", "--stack", "new", cwd=project)
    assert "`localcloud settings >> Pulumi.new.yaml`" in done.stderr
    settings = execute(cloud, sys.executable, "-m", "localcloud", "settings")
    (project / "Pulumi.new.yaml").write_text(settings.stdout)
    assert sorted(_stacks(cloud, project)) == ["dev", "new"]
    done = execute(cloud, engine, "--cwd", project.name, "up", "-s", "new", cwd=project.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", "")


def test_an_active_virtual_environment_is_the_programs_own(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python").write_text("#!/bin/sh\necho the own one\n")
    (programs / "python").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    done = execute(cloud, "python", VIRTUAL_ENV=str(tmp_path), PATH=path)
    assert (done.stdout, done.stderr) == ("the own one\n", "")
    show = "import sys; print(sys.prefix)"
    done = execute(cloud, "python", "-c", show, VIRTUAL_ENV=str(tmp_path))
    assert done.stdout == f"{sys.prefix}\n", "left behind by a shell, and not active"


def _stacks(cloud: RunningCloud, project: Path) -> list[str]:
    done = execute(cloud, "pulumi", "stack", "ls", "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    return [stack["name"] for stack in json.loads(done.stdout)]


def test_a_fresh_clone_has_its_local_stack_and_no_other(cloud: RunningCloud, project: Path) -> None:
    before = {path.name: path.read_bytes() for path in project.iterdir()}
    assert _stacks(cloud, project) == ["dev"]
    assert _stacks(cloud, project) == ["dev"]
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before


def test_the_salt_of_the_clone_opens_with_the_documented_passphrase(
    cloud: RunningCloud, project: Path
) -> None:
    execute(cloud, "true", cwd=project)
    done = execute(
        cloud, "pulumi", "config", "set", "--secret", "s", "v", "--stack", "dev", cwd=project
    )
    assert done.returncode == 0, done.stderr
    text = (project / "Pulumi.dev.yaml").read_text()
    assert SALT in text
    assert "secure:" in text


def test_a_wrong_passphrase_is_told_and_changes_nothing(cloud: RunningCloud, project: Path) -> None:
    before = (project / "Pulumi.dev.yaml").read_bytes()
    done = execute(
        cloud, "pulumi", "stack", "ls", cwd=project, PULUMI_CONFIG_PASSPHRASE="not-the-one"
    )
    assert done.returncode == 1
    assert "dev could not be created" in done.stderr
    assert "passphrase" in done.stderr
    assert (project / "Pulumi.dev.yaml").read_bytes() == before


def test_many_at_once_make_one_stack(cloud: RunningCloud, project: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(execute, cloud, "true", cwd=project) for _ in range(4)]
    done = [one.result() for one in started]
    assert [one.returncode for one in done] == [0] * 4, [one.stderr for one in done]
    assert _stacks(cloud, project) == ["dev"]


def test_with_a_backend_of_ones_own_nothing_is_created(
    cloud: RunningCloud, project: Path, tmp_path: Path
) -> None:
    backend = tmp_path / "backend"
    backend.mkdir()
    own = f"file://{backend}"
    done = execute(cloud, "pulumi", "stack", "ls", cwd=project, PULUMI_BACKEND_URL=own)
    assert done.returncode == 0, done.stderr
    assert "dev" not in done.stdout


def test_a_stack_that_the_user_creates_is_left_to_the_user(
    cloud: RunningCloud, project: Path
) -> None:
    done = execute(cloud, "pulumi", "stack", "init", "dev", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "Created stack 'dev'" in done.stdout + done.stderr
