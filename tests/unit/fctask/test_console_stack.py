"""A stack's resources: read from the backend, and drawn with arcs to what they need."""

import json
from pathlib import Path

import pytest

from fctask.console.arcs import ROW, WIDTH, arcs
from fctask.console.stack_page import destination_of
from fctask.stacks import StackResource, resources_of

STACK = "urn:pulumi:dev::my-tasks::pulumi:pulumi:Stack::my-tasks-dev"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::my-tasks::{kind}::{name}"


ROLE = urn("alicloud:ram/role:Role", "task")
TASK = urn("fc-async-tasks:index:AsyncTask", "task")
JOB = urn("alicloud:fc/v3Function:V3Function", "job")
STATE = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"x": "y"}},
    {"urn": TASK, "type": "fc-async-tasks:index:AsyncTask", "parent": STACK},
    {
        "urn": JOB,
        "type": "alicloud:fc/v3Function:V3Function",
        "id": "my-job",
        "parent": TASK,
        "dependencies": [ROLE, ROLE],
        "inputs": {"environment": "a secret"},
    },
    {"urn": ROLE, "type": "alicloud:ram/role:Role", "id": "role-1", "parent": TASK},
    {"urn": ROLE, "type": "alicloud:ram/role:Role", "id": "role-0", "delete": True},
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: my-tasks\n")
    return folder


def test_resources_come_from_a_folder_backends_own_file(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "backend/.pulumi/stacks/my-tasks/dev.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": STATE}}}))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'backend'}")
    monkeypatch.setenv("PATH", str(tmp_path))  # no pulumi there
    found = resources_of("dev", project)
    assert [one.id for one in found] == ["", "", "my-job", "role-1"]
    assert found[2] == StackResource(
        JOB, "alicloud:fc/v3Function:V3Function", "job", "my-job", TASK, (ROLE,)
    )
    assert "secret" not in repr(found)


def test_rows_follow_the_tree_and_an_arc_leads_to_each_need() -> None:
    resources = [
        StackResource(STACK, "pulumi:pulumi:Stack", "s", "", "", ()),
        StackResource(ROLE, "alicloud:ram/role:Role", "task", "role-1", TASK, ()),
        StackResource(TASK, "fc-async-tasks:index:AsyncTask", "task", "", STACK, ()),
        StackResource(JOB, "alicloud:fc/v3Function:V3Function", "job", "j", TASK, (ROLE, "gone")),
    ]
    drawn = arcs(resources)
    assert [(row.kind, row.depth, row.needs) for row in drawn.rows] == [
        ("AsyncTask", 0, ()),
        ("ram Role", 1, ()),
        ("fc V3Function", 1, ("task",)),
    ]
    assert drawn.height == 3 * ROW
    (path,) = drawn.paths
    assert path.startswith(f"M{WIDTH} {2.5 * ROW:g}C")
    assert path.endswith(f" {WIDTH} {1.5 * ROW:g}")


def test_a_destination_is_named_by_what_it_is() -> None:
    assert destination_of("acs:mns:cn-hangzhou:1:/queues/q/messages") == ("queue", "q")
    assert destination_of("acs:mns:::/topics/t/messages") == ("topic", "t")
    assert destination_of("acs:fc:cn-hangzhou:1:functions/f") == ("function", "f")
    assert destination_of("acs:new:thing") == ("destination", "acs:new:thing")
    assert destination_of("") == ("", "")
