"""Before a `pulumi` whose provider would call the real Alibaba Cloud, `exec` warns; else never."""

from pathlib import Path

import pytest
import yaml

from localcloud.cli.leaving import warning
from localcloud.cli.pulumi_command import PulumiCommand
from localcloud.cli.settings import PROVIDER, as_yaml

ROOT = Path(__file__).parents[4]
PROJECTS = [ROOT, *sorted({file.parent for file in (ROOT / "examples").rglob("Pulumi.dev.yaml")})]
REAL = "config:\n  alicloud:region: cn-hangzhou\n"


def warned(folder: Path, *arguments: str, **environment: str) -> str | None:
    return warning(PulumiCommand(arguments), folder, environment)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: jobs\nruntime: python\n")
    return tmp_path


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_stacks_of_this_repository_are_not_warned_of(folder: Path) -> None:
    assert warned(folder, "preview", "--stack", "dev") is None
    assert warned(folder, "up", PULUMI_STACK="dev") is None


def test_the_stack_for_the_real_cloud_is(project: Path) -> None:
    said = warned(ROOT, "up", "--stack", "prod")
    assert said is not None
    assert "Pulumi.prod.yaml names no endpoint of localcloud" in said
    assert "real Alibaba Cloud" in said
    assert ">>" not in said, "appending to a file with a config: spoils it"
    (project / "Pulumi.prod.yaml").write_text(REAL)
    assert "under its `config:`" in str(warned(project, "preview", "-s", "prod"))


def test_a_stack_that_pulumi_has_just_made(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:abc\n")
    said = str(warned(project, "refresh", "--stack", "organization/jobs/dev"))
    assert "`localcloud settings >> Pulumi.dev.yaml`" in said
    assert "\n" not in said, "one sentence"


def test_a_stack_without_a_file(project: Path) -> None:
    said = str(warned(project, "destroy", "--stack", "dev"))
    assert said.startswith("there is no Pulumi.dev.yaml")
    assert "`localcloud settings >> Pulumi.dev.yaml`" in said


def test_what_settings_prints_ends_the_warning(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:abc\n" + as_yaml())
    assert warned(project, "import", "--stack", "dev") is None
    assert warned(project, "up") is None, "no other stack can be meant"


def test_what_the_project_says_for_all_stacks_counts(project: Path) -> None:
    config = {key: {"value": value} for key, value in PROVIDER.items()}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "jobs", "config": config}))
    assert warned(project, "up", "--stack", "dev") is None


def test_the_endpoints_that_are_missing_are_named(project: Path) -> None:
    lacking = as_yaml().replace("ram.localcloud.invalid", "ram.aliyuncs.com")
    lacking = "".join(line for line in lacking.splitlines(True) if " ecs:" not in line)
    (project / "Pulumi.dev.yaml").write_text(lacking)
    assert "names no endpoint of localcloud for ecs, ram:" in str(
        warned(project, "up", "-s", "dev")
    )


def test_the_folder_that_pulumi_is_told(project: Path) -> None:
    said = str(warned(project.parent, "--cwd", project.name, "up", "--stack", "dev"))
    assert f"there is no {project.name}/Pulumi.dev.yaml" in said


def test_a_file_of_settings_elsewhere(project: Path) -> None:
    (project / "local.yaml").write_text(as_yaml())
    assert warned(project, "up", "--stack", "dev", "--config-file", "local.yaml") is None
    (project / "other.yaml").write_text(REAL)
    assert "other.yaml" in str(warned(project, "up", "--config-file=other.yaml"))


def test_what_calls_no_provider_is_not_warned_of(project: Path) -> None:
    assert warned(project, "stack", "ls") is None
    assert warned(project, "config", "set", "a", "up", "--stack", "dev") is None


def test_outside_a_project_pulumi_itself_speaks(tmp_path: Path) -> None:
    assert warned(tmp_path, "up", "--stack", "dev") is None


def test_files_that_are_no_yaml_are_left_to_pulumi(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("config: [")
    assert "Pulumi.dev.yaml names no endpoint" in str(warned(project, "up", "--stack", "dev"))
    (project / "Pulumi.yaml").write_text("name: [")
    assert "Pulumi.dev.yaml names no endpoint" in str(warned(project, "up", "--stack", "dev"))
