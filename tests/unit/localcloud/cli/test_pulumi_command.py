"""A command line of `pulumi` is read as pulumi's own parser reads it."""

import pytest

from localcloud.cli.pulumi_command import PulumiCommand


def read(line: str) -> PulumiCommand:
    command = PulumiCommand.of(["/usr/bin/pulumi", *line.split()])
    assert command is not None
    return command


@pytest.mark.parametrize(
    "line",
    ["up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"]
    + ["--cwd infra up", "-C infra up", "--cwd=infra up", "-v 3 up", "--non-interactive up -y"]
    + ["--color never --logtostderr up"],
)
def test_what_has_the_provider_called(line: str) -> None:
    assert read(line).calls_the_provider


@pytest.mark.parametrize(
    "line",
    ["", "stack ls", "stack import", "config set x up", "--cwd up stack", "cancel", "login"]
    + ["up --help", "preview -h", "version"],
)
def test_what_has_not(line: str) -> None:
    assert not read(line).calls_the_provider


@pytest.mark.parametrize(
    "line",
    ["up --stack dev", "up --stack=dev", "up -s dev", "up -sdev", "up -s=dev", "--cwd x up -s dev"]
    + ["up --stack organization/jobs/dev", "up --stack prod --stack dev"],
)
def test_the_stack_in_each_spelling(line: str) -> None:
    assert read(line).stack == "dev"


@pytest.mark.parametrize("line", ["up", "up --skip-preview", "up --yes -p 4", "up --stack"])
def test_no_stack(line: str) -> None:
    assert read(line).stack == ""


@pytest.mark.parametrize("line", ["-C infra up", "up --cwd infra", "up --cwd=infra", "-Cinfra up"])
def test_the_folder(line: str) -> None:
    assert read(line).folder == "infra"


def test_the_file_of_settings() -> None:
    assert read("up --config-file other.yaml").config_file == "other.yaml"
    assert read("up --config a=b").config_file == ""


def test_other_programs() -> None:
    assert PulumiCommand.of(["python", "-m", "pulumi", "up"]) is None


@pytest.mark.parametrize(
    ("line", "makes"), [("stack init dev", True), ("-C x stack init", True), ("stack rm", False)]
)
def test_a_stack_that_the_user_makes(line: str, makes: bool) -> None:
    assert read(line).makes_a_stack is makes
