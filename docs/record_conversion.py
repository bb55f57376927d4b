# ruff: noqa: E501 - the page's own lines
"""Writes docs/serverless-devs.md from a real run: `python docs/record_conversion.py`.

A localcloud in a temporary folder and the guide's own s.yaml: converted, previewed, deployed and
invoked; and, on a second localcloud, deployed first as Serverless Devs does it, and then adopted.
"""

import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))

from fc_async_tasks.serverless_devs.table import CODE_FROM_OSS, TABLE  # noqa: E402

from tests.e2e.converted import Project  # noqa: E402
from tests.e2e.deployed_by_serverless_devs import (  # noqa: E402
    GUIDES_CONFIGURATION,
    GUIDES_FUNCTION,
    Deployed,
)
from tests.e2e.stack import run  # noqa: E402
from tests.ran import Ran  # noqa: E402
from tests.running_cloud import ACCOUNT_ID, RunningCloud, running_cloud  # noqa: E402
from tests.unit.serverless_devs.guide import GUIDE  # noqa: E402

STORY = """# From Serverless Devs

Who has an `s.yaml` and an account gets from it to a deployed Pulumi program in a few commands. The
credentials are in the environment (`ALICLOUD_ACCESS_KEY`, `ALICLOUD_SECRET_KEY`), and with them, for an
event age above 86400 seconds as the guide has it, `TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true`. Pulumi is
installed:

```
pip install ./components
python -m fc_async_tasks.serverless_devs convert s.yaml --out infra
cd infra && pulumi stack init prod
pulumi preview --stack prod
pulumi up --stack prod
```

The second one says what has no counterpart, and which commands come next, where there are others: keys
of the configuration that must be set, or an import in place of the update, for what is deployed already.
Whatever a file says becomes a text of the program, never code.

Everything in blocks below was printed by a real run on localcloud (`python docs/record_conversion.py`
writes this page), each `pulumi` and `fctask` with `localcloud exec --` in front, which is left out here.
`--provider-settings` puts localcloud's endpoints into the stack, which `localcloud exec` then creates by
itself: against Alibaba Cloud leave it out, and do as the command's `next:` says.

## To follow along

In a folder beside the checkout, which is called `fc-async-tasks` here, and with the demo taken down (`make
destroy`), since its function has the same name:

```
mkdir -p sample/by-hand && cd sample
cp -r ../fc-async-tasks/function_code code
cp ../fc-async-tasks/Pulumi.dev.yaml by-hand
printf 'name: by-hand\\nruntime: python\\n' > by-hand/Pulumi.yaml
```

and the guide's own file:

[[cat s.yaml]]

The guide has one make its role and its queue by hand. Here `by-hand/__main__.py` makes them:

[[cat by-hand/__main__.py]]

[[cd by-hand && pulumi up --stack dev --yes --skip-preview]]

## Convert

[[convert]]

`--replace` gives values to the placeholders of the guide's file; a file that has them filled in needs
none. Without it the command stops at the first placeholder and names it. The program reads as if written
by hand:

[[cat infra/__main__.py]]

## Preview, deploy, invoke

[[cd infra && pulumi preview --stack dev]]

[[pulumi up --stack dev --yes --skip-preview]]

[[fctask invoke --stack dev -e '{"failure":false}' --wait]]

To try it and take it away, whole: add `"keep_data": False` to the program before `pulumi up`. Without it `pulumi
destroy` leaves the log project, with its logs, in the account, and the next `pulumi up` ends in "already exists"
until `python -m fc_async_tasks.recovery --stack dev` has taken it in.

## Adopt what is already deployed

With `--import` the program takes over what `s deploy` has made, and changes nothing in it. Here, on a
localcloud that is empty but for that role and that queue, the function was first deployed by the requests that
Serverless Devs sends (tests/e2e/deployed_by_serverless_devs.py):

[[convert --import]]

[[cd infra && pulumi import --stack dev --file import.json --yes --skip-preview --protect=false --generate-code=false]]

[[pulumi preview --stack dev --expect-no-changes]]

Some things cannot be compared, and the program's option `adopted()` leaves them as they are:

- **The code.** Function Compute gives a checksum (CRC-64) of the archive, and neither gives the code
  back nor a checksum of the files. Serverless Devs packs an archive with the times of the files and
  compressed; ours is the same for the same files on every machine. So the two checksums differ for the
  same code, and nobody can say by them whether the folder has changed since the last `s deploy`. The
  deployed archive stays until `pulumi config set uploadCode true`; the next `pulumi up` then uploads
  the folder, once, also if it has the same files.
- **The qualifier** of the asynchronous configuration, which the provider does not read.
- **What fc3 sends empty** (`logConfig`, `vpcConfig`, `environmentVariables` and so on, where the file
  does not have them), which the provider reads as set; and `logBeginRule`, which `AsyncTask` does not
  set.

`pulumi import` knows of no secret: it writes the function's environment variables into the state in
clear. Run `pulumi up` after it; it sends nothing, and encrypts them there.

A function that has no role, no `logConfig` or no `asyncInvokeConfig` is adopted too; what the first
`pulumi up` then makes is listed when it is converted. A function of the older form is deployed under
the name `service$function`, which the provider refuses: it is converted to a new one, not adopted.

## What is converted

Edition 3.0.0 (`resources`, component fc3) and the older form (`services`, component fc, with
`service`, `function` and `triggers`), `extend` between files and `template` within one, YAML anchors and
merges. Each property of fc3 and the argument of `AsyncTask` that it is:

[[table]]

Timer triggers become a `TaskTimer` each. What a file does not say is what fc3 and Function Compute take
then, not what `AsyncTask` does: 512 MB, 3 seconds, no task, 86400 seconds of age, 3 retries.

| in the file | in the program |
|---|---|
| `${vars.x}`, `${this.x}`, `${resources.a.props.x}`, `${file()}`, `${json()}`, `${path()}` | the value |
| `${env('X', 'default')}`, `${env(X)}`, `${env.X}` | a key of the stack's configuration, with X's value now or the default |
| `${config('AccountID')}` | the account of the provider |
| `${resources.a.output.x}` | the property x of a; what only the cloud knows has no counterpart |
| `role: auto` | a role that `AsyncTask` makes, with the least that it needs; with `--import` aliyunfcdefaultrole |
| `logConfig: auto` | a project and a logstore that `AsyncTask` makes; with `--import` those of `auto` |
| no `logConfig` | a project and a logstore that `AsyncTask` makes; with `--import` none |
| `vpcConfig`, `nasConfig`, `ossMountConfig: auto` | no counterpart: write what `s deploy` printed |
| `component: fc3 build` | nothing to do: `requirements.txt` beside the code is installed by `AsyncTask` |
| an environment variable that looks like a secret | a secret of the stack's configuration; its value is written nowhere |

## What has no counterpart

It is listed with its file and line when the file is converted (`--json` for a program, `--strict` to
write nothing then), and named in a comment of the program: triggers other than timers, domains,
tracing, provisioned instances, scaling, commands that run before a deployment (`actions`), archives as
code, and components that are no function. A value that `AsyncTask` refuses, as a runtime that Function
Compute has no more, is kept, and the preview stops at it.

## In a program of your own

```python
from fc_async_tasks import AsyncTask, from_serverless_devs

for name, arguments in from_serverless_devs("s.yaml").items():
    AsyncTask(name, arguments)
```
"""

CONVERT = (
    "python -m fc_async_tasks.serverless_devs convert s.yaml --out infra --stack dev"
    f" --replace accountid={ACCOUNT_ID} --replace myqueue=results"
    " --provider-settings ../fc-async-tasks/Pulumi.dev.yaml"
)
INTO = re.compile(r"cd (\S+) && ")
LANGUAGES = {".py": "python", ".yaml": "yaml"}

BY_HAND = '''"""What the guide has one make by hand: a role that functions run as, and a queue."""

import json

import pulumi_alicloud as alicloud

trust = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["fc.aliyuncs.com"]},
        }
    ],
}
role = alicloud.ram.Role(
    "role", role_name="aliyunfcdefaultrole", assume_role_policy_document=json.dumps(trust)
)
alicloud.ram.RolePolicyAttachment(
    "role",
    role_name=role.role_name,
    policy_name="AliyunFCDefaultRolePolicy",
    policy_type="System",
)
alicloud.message.ServiceQueue("queue", queue_name="results")
'''


class Recorder:
    """Runs the commands of the page in one project's folder, on one localcloud."""

    def __init__(self, project: Project, cloud: RunningCloud) -> None:
        self._folder = project.folder
        self._cloud = cloud

    def block(self, command: str) -> str:
        """Run a command, which must succeed; the command and what it prints, as a block."""
        if into := INTO.match(command):
            self._folder = (self._folder / into[1]).resolve()
        ended = self._run(INTO.sub("", command))
        if ended.exit_code != 0:
            raise SystemExit(f"{command}: {ended.text}")
        if command.startswith("cat "):
            return f"```{LANGUAGES[Path(command).suffix]}\n{ended.stdout}```"
        return f"```console\n$ {command}\n{shortened(ended.stdout)}\n```"

    def _run(self, command: str) -> Ran:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        through = [str(BIN / "localcloud"), "exec", "--port", str(self._cloud.port), "--"]
        environment = {"PATH": path, "COLUMNS": "100"}
        return run([*through, *shlex.split(command)], self._folder, environment)


def shortened(printed: str) -> str:
    """What a command printed, of Pulumi's progress and times nothing but the end."""
    if "Resources:" in printed:
        end = printed.index("Duration:") if "Duration:" in printed else len(printed)
        printed = "...\n" + printed[printed.index("Resources:") : end]
        printed = printed.split("warning: ")[0]
    return printed.rstrip()


def table() -> str:
    """The properties of fc3 and the arguments that they are, from the conversion's own table."""
    lines = ["| property | argument |", "|---|---|"]
    lines += [f"| `{row.path}` | `{row.argument}` |" for row in (*TABLE, CODE_FROM_OSS)]
    return "\n".join(lines)


def deploy(cloud: RunningCloud, project: Project) -> None:
    """What `s deploy` makes of the guide's file."""
    account = Deployed(cloud)
    account.role_and_queue()
    account.function("my-fc-job", project.code, **GUIDES_FUNCTION)
    account.asynchronous("my-fc-job", **GUIDES_CONFIGURATION)


def project_in(folder: Path) -> Project:
    """The guide's project, beside a folder with this project's settings for localcloud."""
    beside = folder / "fc-async-tasks"
    beside.mkdir(parents=True)
    shutil.copy(ROOT / "Pulumi.dev.yaml", beside)
    (folder / "sample").mkdir()
    return Project(folder / "sample", GUIDE)


def made_by_hand(project: Project) -> None:
    """The program that makes the guide's role and queue, with the settings of localcloud."""
    folder = project.folder / "by-hand"
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.dev.yaml", folder)
    (folder / "Pulumi.yaml").write_text("name: by-hand\nruntime: python\n")
    (folder / "__main__.py").write_text(BY_HAND)


def tell(folder: Path, fresh: RunningCloud, deployed: RunningCloud) -> str:
    """Run the story; the page."""
    sample = project_in(folder / "fresh")
    made_by_hand(sample)
    recorder = Recorder(sample, fresh)
    page: list[str] = []
    for part in re.split(r"\[\[(.*?)\]\]", STORY):
        if part == "table":
            page.append(table())
        elif part == "convert":
            page.append(recorder.block(f"cd .. && {CONVERT}"))
        elif part == "convert --import":
            project = project_in(folder / "deployed")
            deploy(deployed, project)
            recorder = Recorder(project, deployed)
            page.append(recorder.block(f"{CONVERT} --import"))
        elif part.startswith(("cd ", "pulumi ", "fctask ", "cat ")):
            page.append(recorder.block(part))
        else:
            page.append(part)
    return "".join(page)


def main() -> None:
    """Record everything in a temporary folder and write the page."""
    with tempfile.TemporaryDirectory(prefix="conversion-record-") as name:
        folder = Path(name)
        (folder / "one").mkdir()
        (folder / "two").mkdir()
        with running_cloud(folder / "one") as fresh, running_cloud(folder / "two") as deployed:
            page = tell(folder, fresh, deployed)
    (DOCS / "serverless-devs.md").write_text(page)


if __name__ == "__main__":
    main()
