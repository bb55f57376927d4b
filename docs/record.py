"""Writes docs/day-on-call.md and its pictures from a real run: `python docs/record.py`.

A localcloud in a temporary folder, the dev stack of a copy of the project with a handler of its
own, and the commands of the story one after the other; what they print is what the page shows.
The console's pictures are what Chromium shows at the same moments of the same story.
"""

import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))

from picturing import pictures  # noqa: E402

from tests.e2e.stack import Stack, copy_program  # noqa: E402
from tests.running_cloud import running_cloud  # noqa: E402

HANDLER = '''"""Bills an order: the amount comes as text."""

import json


def handler(event, context):
    order = json.loads(event)
    print("billing order", order["order"])
    cents = round(float(order["amount"]) * 100)
    return json.dumps({"order": order["order"], "cents": cents})
'''
BROKEN, REPAIRED = 'float(order["amount"])', 'float(order["amount"].replace(",", "."))'
ORDERS = [(1001, "19.90"), (1002, "7.00"), (1003, "12,50"), (1004, "88.10"), (1005, "3.75")]
EVENTS = [f'{{"order": {order}, "amount": "{amount}"}}' for order, amount in ORDERS]
DEADLINE = 60  # seconds for what the story waits for

STORY = """# A day on call

One failed task, from the alert to its redrive. The function bills orders; it is deployed with the
stack of this project, its results go to the stack's queue. Everything below was printed by a real
run on localcloud (`python docs/record.py` writes this page), in a shell that `localcloud exec --
bash` started and where `export FCTASK_STACK=dev` saves `--stack dev`. Against Alibaba Cloud the
commands are the same. Beside it stands the [console](console.md): `fctask console`, and its address
in the browser.

## To follow along

The handler, which is `function_code/index.py` of a copy of this checkout:

```python
{handler}```

The stack, and five orders, each submitted when the one before has ended:

```
localcloud exec -- bash
export FCTASK_STACK=dev
pulumi up --stack dev
{orders}
```

## 09:12, the alert

The queue's alarm says that a message is waiting. Looking does not take it away:

[[fctask messages peek]]

The messages without a condition are results of tasks that succeeded. One is a failure. The same
in the console:

![The queue's messages in the console, with Redrive](console-messages.png)

## Which tasks failed, and how many

[[fctask list --status Failed --since 1d]]

[[fctask stats --since 1d]]

One task of five, tried twice, and an error that will not go away by trying: not an outage, a case
that the code does not handle.

## What happened to it

[[fctask show {failed}]]

The payload is there, and so are both attempts, with the pause between them. The console draws it:

![The task's page in the console: its timeline, payload and result](console-task.png)

Its own log lines, and nobody else's:

[[fctask logs {failed}]]

An amount with a comma. Orders from a new shop write it so.

## Repair

The handler gets `{repaired}`, and the stack is updated:

[[pulumi up --yes --skip-preview --stack dev]]

## Redrive

`redrive` goes through the queue, looks each message's task up by its request id, and submits the
payloads of those that failed. The results of tasks that succeeded stay where they are, for whoever
reads them. It asks first, unless `--yes` says that there is nothing to ask:

[[fctask redrive --yes]]

Had the terminal been closed in the middle, the same command would have gone on: a message is
removed only after its new task is accepted, and the new task's id follows from the old request, so
that it cannot be accepted twice. In the console the same is the button Redrive of the queue's
page, which asks first and then tells what becomes of each message. The last message came meanwhile:
it is the new task's own, which ended well:

[[fctask watch redrive-{failed}]]

[[fctask list --since 1d]]

![The tasks in the console: the redriven one is the newest](console-tasks.png)

## If it had been worse

- A task that hangs: `fctask stop ID` returns when the stop is true. All that run for more than an
  hour: `fctask stop --status Running --older-than 1h`.
- Failures whose messages are gone (retention, another reader): `fctask rerun --status Failed
  --since 1d` has the payloads from the task records, which are kept for seven days.
- Messages to be looked at elsewhere: `fctask messages drain --to FILE`.
"""


def record(stack: Stack, command: str) -> str:
    """The command and what it prints, as a block of the page."""
    words = command.split()
    if words[0] == "fctask":
        words[0] = str(BIN / "fctask")
    ran = stack.exec(*words)
    if ran.exit_code != 0:
        raise SystemExit(f"{command}: {ran.text}")
    printed = (ran.stdout + ran.stderr).rstrip()
    if words[0] == "pulumi":
        end = printed[printed.index("Resources:") : printed.index("Duration:")]
        printed = f"...\n{end.rstrip()}"
    return f"```console\n$ {command}\n{printed}\n```"


def picture(stack: Stack, commands: list[str]) -> None:
    """docs/fctask.svg: the commands on a terminal with colours."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=128, file=io.StringIO())
    for command in commands:
        ran = stack.exec("env", "FORCE_COLOR=1", str(BIN / "fctask"), *command.split()[1:])
        console.print(Text(f"$ {command}", style="bold"))
        console.print(Text.from_ansi(ran.stdout + "\n"))
    drawn = console.export_svg(title="fctask")
    # nothing is fetched from outside: the reader's own monospaced font does
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"<!--.*?-->\s*", "", drawn, flags=re.DOTALL)
    (DOCS / "fctask.svg").write_text(drawn.replace("Fira Code, monospace", "monospace"))


def tell(stack: Stack) -> str:
    """Run the story; the page."""
    code = stack.folder / "function_code" / "index.py"
    shutil.rmtree(code.parent)
    code.parent.mkdir()
    code.write_text(HANDLER)
    stack.up()
    failed = ""
    for event in EVENTS:
        told = stack.exec(str(BIN / "fctask"), "invoke", "-e", event, "--wait", "--json")
        if told.exit_code == 10:
            failed = json.loads(told.stdout)["taskId"]
    await_logs(stack, failed)
    page: list[str] = []
    with pictures(stack, DOCS) as take:
        for part in re.split(r"\[\[(.*?)\]\]", STORY.replace("{failed}", failed)):
            if part.startswith(("fctask ", "pulumi ")):
                if part.startswith("pulumi"):
                    take("console-messages", "/messages", "#queue .messages > li")
                    take("console-task", f"/tasks/{failed}", "#log li", height=1100)
                    take("console-stack", "/stack", ".arcs", height=1080)
                    code.write_text(HANDLER.replace(BROKEN, REPAIRED))
                page.append(record(stack, part))
            else:
                page.append(filled(part))
        take("console-tasks", "/tasks", "tr[data-task]", height=520)
        take("console-totals", "/totals?window=1h", ".plot .is-median", height=1000, dark=True)
        take("console-phone", f"/tasks/{failed}", "#log li", width=390, height=844, dark=True)
    picture(stack, ["fctask list", "fctask stats", f"fctask show {failed}"])
    stack.destroy()
    return "".join(page)


def filled(part: str) -> str:
    """The page's own text, with the handler, the orders and the repair that the run has."""
    orders = "\n".join(f"fctask invoke -e '{event}' --wait" for event in EVENTS)
    for name, text in (("handler", HANDLER), ("orders", orders), ("repaired", REPAIRED)):
        part = part.replace(f"{{{name}}}", text)
    return part


def await_logs(stack: Stack, task_id: str) -> None:
    """Wait until the log has the end of both attempts."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        told = stack.exec(str(BIN / "fctask"), "logs", task_id)
        if told.stdout.count("FC Invoke End") == 2:
            return
    raise SystemExit(f"the log of {task_id} is not complete after {DEADLINE} s")


def main() -> None:
    """Record everything in a temporary folder and write the page."""
    with (
        tempfile.TemporaryDirectory(prefix="fctask-record-") as name,
        running_cloud(Path(name)) as cloud,
    ):
        folder = copy_program(Path(name) / "fc-async-tasks")
        stack = Stack(folder, cloud.port, environment={"FCTASK_STACK": "dev", "COLUMNS": "120"})
        page = tell(stack)
    (DOCS / "day-on-call.md").write_text(page)
    subprocess.run(["git", "diff", "--stat", "--", "docs"], cwd=ROOT, check=False)


if __name__ == "__main__":
    main()
