"""Show a preview where the reviewer looks: in the job's summary and in one comment.

    comment.py STACK FILE

FILE has the output of `pulumi preview --diff`, OUTCOME (success, failure) says how it ended. The
comment of an earlier run on the same pull request is replaced. A pull request from a fork has a
token that may not comment: then the summary has to do, and a warning says so. Standard library
only.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LONGEST = 60_000  # characters: GitHub takes 65,536 in a comment
BOT = "github-actions[bot]"
_STEP = re.compile(r"^( *)(\+-|\+\+|--|[+~-]) ?")
_COUNT = re.compile(r"^ +([+~-]{1,2}) (\d+) to (\w+)|^ +(\d+) unchanged", re.MULTILINE)


def marker(stack: str) -> str:
    """The invisible line by which a later run finds its comment."""
    return f"<!-- fc-async-tasks preview of {stack} -->"


def page(stack: str, output: str, outcome: str, run_url: str) -> str:
    """The comment in Markdown: what would change in a line, and the whole diff to unfold."""
    counts = [
        f"{found[1]} to {found[2]}" if found[1] else f"{found[3]} unchanged"
        for found in (("", each[1], each[2], each[3]) for each in _COUNT.findall(output))
    ]
    if outcome != "success":
        line = "**The preview failed**: its last lines say why."
    else:
        line = f"**{', '.join(counts) or 'Nothing to change'}**"
    shown = coloured(output.strip())
    if len(shown) > LONGEST:
        shown = shown[:LONGEST].rsplit("\n", 1)[0] + f"\n... cut here; the whole: {run_url}"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    is_open = " open" if outcome != "success" else ""
    return (
        f"{marker(stack)}\n### Pulumi preview: {stack}\n\n{line}\n\n"
        f"<details{is_open}><summary>The diff</summary>\n\n{fence}diff\n{shown}\n{fence}\n\n"
        f"</details>\n\n[This run]({run_url})\n"
    )


def coloured(output: str) -> str:
    """The diff with the sign of each line in front, where GitHub colours it: `!` for a change."""
    return "\n".join(_STEP.sub(_in_front, line) for line in output.splitlines())


def _in_front(found: "re.Match[str]") -> str:
    sign = {"~": "!", "++": "+", "--": "-", "+-": "!"}.get(found[2], found[2])
    return f"{sign}{found[1]}{' ' * (len(found[0]) - len(found[1]) - 1)}"


def comment(text: str, stack: str) -> None:
    """Create the pull request's comment about a stack, or replace the text of the earlier one.

    Raises urllib.error.HTTPError where GitHub refuses.
    """
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text())
    issue = f"issues/{event['pull_request']['number']}"
    for at in range(1, 100):
        some = ask("GET", f"{issue}/comments?per_page=100&page={at}")
        for one in some:
            if one["user"]["login"] == BOT and one["body"].startswith(marker(stack)):
                ask("PATCH", f"issues/comments/{one['id']}", {"body": text})
                return
        if len(some) < 100:
            break
    ask("POST", f"{issue}/comments", {"body": text})


def ask(method: str, path: str, body: "dict[str, str] | None" = None) -> Any:
    """One request to GitHub's REST API, for this repository; what it answers."""
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    request = urllib.request.Request(  # noqa: S310 - the address is GitHub's own variable
        f"{repository}/{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def main(stack: str, file: str) -> None:
    """Write the summary, then the comment."""
    output = Path(file).read_text() if Path(file).exists() else "The preview did not begin."
    run_url = (
        f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/"
        f"{os.environ['GITHUB_RUN_ID']}"
    )
    text = page(stack, output, os.environ["OUTCOME"], run_url)
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a") as summary:
        summary.write(text)
    try:
        comment(text, stack)
    except urllib.error.HTTPError as refused:
        if refused.code != 403:
            raise
        print(
            "::warning::GitHub does not let this run comment, as on a pull request from a fork: "
            "the preview is in the job's summary."
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
