"""Without --stack it is the stack that `pulumi stack select` has chosen that is warned of."""

import os
from pathlib import Path

import pytest

from localcloud.cli.leaving import warning
from localcloud.cli.pulumi_command import PulumiCommand
from localcloud.cli.settings import as_yaml

PULUMI = """\
#!/bin/sh
# stands in for the engine: the selected stack, or its refusal where there is none
[ "$*" = "stack --show-name --non-interactive" ] || { echo "error: unknown: $*" >&2; exit 2; }
[ -n "$SELECTED" ] || { echo "error: no stack selected" >&2; exit 255; }
echo "$SELECTED"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stack for localcloud and one for the real cloud, and an engine."""
    (tmp_path / "Pulumi.yaml").write_text("name: jobs\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(as_yaml())
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  alicloud:region: cn-hangzhou\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(PULUMI)
    (tmp_path / "bin" / "pulumi").chmod(0o755)
    return tmp_path


def warned(project: Path, selected: str) -> str | None:
    path = f"{project / 'bin'}:{os.environ['PATH']}"
    return warning(PulumiCommand(["up"]), project, {"PATH": path, "SELECTED": selected})


def test_the_selected_stack_is_the_one_that_counts(project: Path) -> None:
    assert "Pulumi.prod.yaml names no endpoint" in str(warned(project, "prod"))
    assert "Pulumi.prod.yaml names no endpoint" in str(warned(project, "organization/jobs/prod"))
    assert warned(project, "dev") is None


def test_with_none_selected_pulumi_asks_and_nothing_is_said(project: Path) -> None:
    assert warned(project, "") is None


def test_where_the_first_stack_is_about_to_be_made(project: Path) -> None:
    (project / "Pulumi.dev.yaml").unlink()
    (project / "Pulumi.prod.yaml").unlink()
    assert "`localcloud settings >> Pulumi.dev.yaml`" in str(warned(project, ""))


def test_where_every_stack_is_local_the_engine_is_not_asked(project: Path) -> None:
    (project / "Pulumi.prod.yaml").unlink()
    (project / "bin" / "pulumi").write_text("#!/bin/sh\necho prod\n")
    assert warned(project, "prod") is None
