"""Which stacks are created for localcloud, on what, and how often."""

import os
import stat
from pathlib import Path

import pytest

from localcloud.cli.stacks import StackNotCreated, create_missing

LOCAL = """\
encryptionsalt: v1:abc
config:
  alicloud:endpoints:
    - fc: fc.localcloud.invalid
      log: http-sls.localcloud.invalid
"""
REAL = "config:\n  alicloud:region: cn-hangzhou  # never localcloud.invalid\n"
MIXED = "config:\n  alicloud:endpoints:\n    - {fc: fc.localcloud.invalid, ram: ram.aliyuncs.com}\n"

PULUMI = """\
#!/bin/sh
# stands in for the engine: notes its arguments, changes the stack's file, makes the state
echo "$@" >> "$NOTES"
[ -z "$FAIL" ] || { echo "error: $FAIL" >&2; exit 255; }
for last; do :; done
echo "encryptionsalt: changed" >> "$last/Pulumi.$3.yaml"
mkdir -p "$BACKEND/.pulumi/stacks/proj"
echo "{}" > "$BACKEND/.pulumi/stacks/proj/$3.json"
"""


class Project:
    """A project folder, a backend, and an engine that notes what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.backend = folder / "backend"
        self.notes = folder / "notes"
        self.folder.mkdir()
        (folder / "bin").mkdir()
        engine = folder / "bin" / "pulumi"
        engine.write_text(PULUMI)
        engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
        self.environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "NOTES": str(self.notes),
            "BACKEND": str(self.backend),
        }

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name.replace('_', '.')}.yaml").write_text(text)

    def create(self, folder: Path | None = None) -> list[str]:
        return create_missing(folder or self.folder, self.backend, self.environment)

    def asked(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path)
    # the engine is looked for on the PATH of the calling process
    monkeypatch.setenv("PATH", made.environment["PATH"])
    return made


def test_local_stacks_are_created_and_no_other(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL, Pulumi_prod=REAL, Pulumi_mixed=MIXED)
    assert project.create() == ["dev"]
    assert len(project.asked()) == 1
    assert project.asked()[0].startswith("stack init dev --no-select --non-interactive --cwd ")


def test_a_stack_that_is_there_costs_nothing(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL)
    project.create()
    assert project.create() == []
    assert len(project.asked()) == 1


def test_the_stacks_own_file_is_never_touched(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL)
    file = project.folder / "Pulumi.dev.yaml"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    project.create()
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_folder_within_the_project_will_do(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL)
    (project.folder / "a" / "b").mkdir(parents=True)
    assert project.create(project.folder / "a" / "b") == ["dev"]


def test_stack_files_in_a_folder_of_their_own_are_found(project: Project) -> None:
    project.write(Pulumi="name: proj\nstackConfigDir: stacks\n")
    (project.folder / "stacks").mkdir()
    (project.folder / "stacks" / "Pulumi.dev.yaml").write_text(LOCAL)
    assert project.create() == ["dev"]


def test_outside_a_project_nothing_happens(project: Project, tmp_path: Path) -> None:
    assert project.create(tmp_path) == []
    assert project.asked() == []


def test_a_stack_file_that_is_no_yaml_is_left_to_pulumi(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev="config: [localcloud.invalid")
    assert project.create() == []


def test_what_the_engine_says_comes_out(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL)
    project.environment["FAIL"] = "incorrect passphrase"
    with pytest.raises(StackNotCreated, match=r"dev could not be created: .*incorrect passphrase"):
        project.create()


def test_a_stack_that_somebody_else_made_meanwhile_is_fine(project: Project) -> None:
    project.write(Pulumi="name: proj\n", Pulumi_dev=LOCAL)
    project.environment["FAIL"] = "stack 'organization/proj/dev' already exists"
    assert project.create() == ["dev"]
