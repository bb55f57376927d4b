"""The workflows: their shell steps run in a clone, and what their files promise."""

import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tests.e2e.stack import BIN, ROOT
from tests.e2e.workflow_job import Job, workflow
from tests.running_cloud import processes_with
from toolchain import environment as virtual_environment

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TOKEN = "ghs_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
REPOSITORY = "somebody/fc-async-tasks"
BOT = {"login": "github-actions[bot]"}


@dataclass
class GitHub:
    """Stands in for the part of GitHub's REST API that keeps an issue's comments."""

    url: str = ""
    refuses: bool = False
    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    tokens: set[str] = field(default_factory=set[str])

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and document for one request."""
        issue = f"/repos/{REPOSITORY}/issues/7/comments"
        if self.refuses and method != "GET":
            return 403, {"message": "Resource not accessible by integration"}
        if method == "GET" and path.startswith(f"{issue}?"):
            at = int(path.rpartition("page=")[2])
            return 200, self.comments[100 * (at - 1) : 100 * at]
        if method == "POST" and path == issue:
            made = {"id": len(self.comments) + 1, "user": BOT, **body}
            self.comments.append(made)
            return 201, made
        one = re.fullmatch(rf"/repos/{REPOSITORY}/issues/comments/(\d+)", path)
        if method == "PATCH" and one:
            found = self.comments[int(one[1]) - 1]
            found.update(body)
            return 200, found
        return 404, {"message": "Not Found"}


@pytest.fixture
def github() -> Generator[GitHub, None, None]:
    """GitHub's API on a port of its own."""
    stand_in = GitHub()

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            """Answer with what the stand-in says."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            stand_in.tokens.add(self.headers["authorization"])
            status, said = stand_in.answer(
                self.command, self.path, json.loads(body) if body else None
            )
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join()


def git(folder: Path, *words: str) -> str:
    """One git command with an identity of its own; its output."""
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    ended = subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of its own with this working tree as its main branch.

    Its virtual environment leads to this one, said to be made from the same locked files: its
    set-up has nothing left to do.
    """
    folder = tmp_path / "clone"
    folder.mkdir()
    listed = git(ROOT, "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    files = "\0".join(name for name in listed if name and (ROOT / name).exists())
    packed = subprocess.run(
        ["tar", "--null", "--files-from=-", "-cf", "-"],
        cwd=ROOT,
        input=files.encode(),
        capture_output=True,
        check=True,
    )
    subprocess.run(["tar", "-xf", "-"], cwd=folder, input=packed.stdout, check=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "main")
    (folder / ".venv").mkdir()
    for entry in BIN.parent.iterdir():
        if entry.name != virtual_environment.STAMP.name:
            (folder / ".venv" / entry.name).symlink_to(entry)
    made_from = virtual_environment.fingerprint(folder)
    (folder / ".venv" / virtual_environment.STAMP.name).write_text(made_from)
    return folder


def job(file: str, clone: Path, github: GitHub, **event: Any) -> Job:
    """The job of a workflow that needs no account, as GitHub would start it on the clone."""
    temp = clone.parent / "temp"
    temp.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    names = ("HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR", "USER", "XDG_CACHE_HOME")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    environment |= {
        "CI": "true",
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SERVER_URL": "https://github.com",
        # where GitHub's machines have free ports and a python3 of the set-up's version
        "LOCALCLOUD_PORT": str(port),
        "PYTHON": sys.executable,
    }
    context = {"github.token": TOKEN}
    if "pull_request" in event:
        base = event["pull_request"]["base"]["sha"]
        context["github.event.pull_request.base.sha"] = base
    steps = workflow(ROOT / ".github" / "workflows" / file)["jobs"]["localcloud"]["steps"]
    return Job(clone, temp, steps, event, context, environment)


def pull_request(clone: Path, **settings: str) -> dict[str, Any]:
    """Commit changes of the dev stack's settings; the event that GitHub would send for them."""
    base = git(clone, "rev-parse", "HEAD")
    file = clone / "Pulumi.dev.yaml"
    lines = file.read_text().splitlines()
    for setting, value in settings.items():
        lines = [line for line in lines if f":{setting}:" not in line]
        lines.append(f"  fc-async-tasks:{setting}: {value}")
    file.write_text("\n".join(lines) + "\n")
    git(clone, "commit", "--all", "--quiet", "--message", "change")
    return {"number": 7, "base": {"sha": base}}


def test_a_pull_request_gets_one_comment_with_its_diff(clone: Path, github: GitHub) -> None:
    github.comments.append({"id": 1, "user": {"login": "somebody"}, "body": "Looks good"})
    event = pull_request(clone, timeout="9")
    preview = job("preview.yml", clone, github, pull_request=event)
    assert preview.run(), {name: ran.text for name, ran in preview.ran.items()}
    assert processes_with(str(preview.temp)) == []

    assert len(github.comments) == 2
    body = github.comments[1]["body"]
    assert re.search(r"\*\*1 to update, \d+ unchanged\*\*", body)
    assert re.search(r"^! +alicloud:fc/v3Function:V3Function: \(update\)$", body, re.MULTILINE)
    assert re.search(r"^! +timeout *: 3 => 9$", body, re.MULTILINE)
    assert re.search(r"Policy Packs run:\n.*\n +fc-async-policies", body)
    assert f"https://github.com/{REPOSITORY}/actions/runs/42" in body
    assert preview.summary() == body
    assert github.tokens == {f"Bearer {TOKEN}"}
    assert all(TOKEN not in ran.text for ran in preview.ran.values())

    git(clone, "worktree", "remove", "--force", str(preview.temp / "base"))
    subprocess.run(["rm", "-r", str(preview.temp)], check=True)
    event = pull_request(clone, policy="guide")
    again = job("preview.yml", clone, github, pull_request=event)
    assert not again.run(), "the guide's policy has wildcards, which the pack refuses"
    assert again.ran["Preview"].exit_code != 0
    assert "Stop the local cloud" in again.ran
    assert processes_with(str(again.temp)) == []
    assert len(github.comments) == 2, "the comment is replaced, not followed by another"
    body = github.comments[1]["body"]
    assert "**The preview failed**" in body
    assert "wildcard in its action 'log:*'" in body


def test_a_push_to_main_brings_the_whole_stack_up(clone: Path, github: GitHub) -> None:
    up = job("up.yml", clone, github)
    assert up.run(), {name: ran.text for name, ran in up.ran.items()}
    said = up.ran["Up"].stdout
    created = re.search(r"\+ (\d+) created", said)
    assert created, said
    assert f"{created[1]} unchanged" in said
    assert processes_with(str(up.temp)) == []


def comment(github: GitHub, folder: Path, output: str, outcome: str = "success") -> str:
    """Run the commenting step alone; what it printed."""
    (folder / "preview.txt").write_text(output)
    (folder / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    ended = subprocess.run(
        [sys.executable, ROOT / ".github/scripts/comment.py", "dev", folder / "preview.txt"],
        env={
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_TOKEN": TOKEN,
            "OUTCOME": outcome,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_fork_that_may_not_comment_has_the_summary_and_a_warning(
    github: GitHub, tmp_path: Path
) -> None:
    github.refuses = True
    said = comment(github, tmp_path, "    + 3 to create\n")
    assert said.startswith("::warning::")
    assert "3 to create" in (tmp_path / "summary.md").read_text()


def test_a_comment_is_found_behind_a_hundred_others_and_is_the_bots_own(
    github: GitHub, tmp_path: Path
) -> None:
    comment(github, tmp_path, "first")
    mine = github.comments.pop()
    forged = {"user": {"login": "somebody"}, "body": mine["body"]}
    github.comments = [{"id": at, **forged} for at in range(1, 121)] + [{**mine, "id": 121}]
    comment(github, tmp_path, "second")
    assert len(github.comments) == 121
    assert "second" in github.comments[-1]["body"]
    assert all("second" not in one["body"] for one in github.comments[:-1])


def test_a_diff_is_cut_to_what_a_comment_takes_and_cannot_leave_its_fence(
    github: GitHub, tmp_path: Path
) -> None:
    comment(github, tmp_path, "```\n</details>\n" + "+ a line of the diff\n" * 9000)
    body = github.comments[0]["body"]
    assert len(body) < 65536
    assert "cut here" in body
    assert body.count("````") == 2


# What the files promise


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_by_commit_with_its_version_beside_it(file: Path) -> None:
    uses = re.findall(r"uses: (.+)", file.read_text())
    assert uses
    for each in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_job_may_do_what_it_needs_and_no_more(file: Path) -> None:
    read = workflow(file)
    assert read["permissions"] == {}, "what a job needs it says itself"
    assert "pull_request_target" not in read["on"], "it would run a fork's code with our secrets"
    for name, each in read["jobs"].items():
        allowed = each["permissions"]
        assert allowed.pop("contents") == "read"
        if file.name == "preview.yml":
            assert allowed.pop("pull-requests") == "write"
        if name == "alibaba-cloud":
            assert allowed.pop("id-token") == "write"
        assert allowed == {}, name
        for step in each["steps"]:
            assert "${{" not in step.get("run", ""), step
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def given_to(job: "dict[str, Any]") -> "set[str]":
    """The secrets and the role that a job refers to."""
    return set(re.findall(r"secrets\.\w+|vars\.\w*ROLE_ARN", json.dumps(job)))


def test_a_pull_requests_code_gets_nothing_that_updates_have() -> None:
    jobs = {file.name: workflow(file)["jobs"] for file in WORKFLOWS}
    preview, update = jobs["preview.yml"], jobs["up.yml"]
    assert preview["alibaba-cloud"]["environment"] == "preview", "a reviewer lets its code in"
    assert update["alibaba-cloud"]["environment"] == "production"
    assert given_to(preview["alibaba-cloud"]) == {
        "vars.ALIBABA_CLOUD_PREVIEW_ROLE_ARN",
        "secrets.PULUMI_PREVIEW_ACCESS_TOKEN",
        "secrets.PULUMI_PREVIEW_CONFIG_PASSPHRASE",
    }
    assert not given_to(preview["alibaba-cloud"]) & given_to(update["alibaba-cloud"])
    for each in (*preview.values(), *update.values()):
        assert "environment" in each or not given_to(each), "a secret of the whole repository"


def test_the_page_tells_of_every_secret_variable_and_environment() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    for file in WORKFLOWS:
        text = file.read_text()
        for name in re.findall(r"(?:secrets|vars)\.(\w+)", text):
            assert f"`{name}`" in page, name
        for name in re.findall(r"^ +environment: (\w+)$", text, re.MULTILINE):
            assert f"repo:<owner>/<repository>:environment:{name}" in page, name


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_the_real_cloud_is_reached_by_a_role_and_never_by_a_key(file: Path) -> None:
    text = file.read_text()
    assert not re.search("ACCESS_KEY|SECRET_KEY", text)
    real = workflow(file)["jobs"]["alibaba-cloud"]
    (credentials,) = [
        step for step in real["steps"] if "configure-aliyun-credentials" in step.get("uses", "")
    ]
    wanted = cast("dict[str, str]", credentials["with"])
    assert re.fullmatch(r"\$\{\{ vars\.\w+ROLE_ARN \}\}", wanted["role-to-assume"])
    assert wanted["oidc-provider-arn"] == "${{ vars.ALIBABA_CLOUD_OIDC_PROVIDER_ARN }}"
    assert wanted["role-to-assume"].strip("${ }") in real["if"]
