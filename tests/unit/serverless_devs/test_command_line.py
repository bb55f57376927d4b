"""The command: exit codes, what it says, what it writes, and what it does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fc_async_tasks.serverless_devs.command_line import main

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.guide import GUIDE
from tests.unit.serverless_devs.sample import ACCOUNT, Sample

PLACEHOLDERS = ("--replace", f"accountid={ACCOUNT}", "--replace", "myqueue=results")

Convert = Callable[..., int]


@pytest.fixture
def guide(sample: MakeSample, monkeypatch: pytest.MonkeyPatch) -> Sample:
    """The guide's project, as the working folder."""
    made = sample(GUIDE).code("code")
    monkeypatch.chdir(made.folder)
    return made


def convert(*words: str) -> int:
    return main(["convert", "s.yaml", "--out", "infra", *words])


def written(guide: Sample) -> "list[str]":
    return sorted(path.name for path in (guide.folder / "infra").glob("*"))


def test_the_guides_file_is_converted(guide: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(*PLACEHOLDERS) == 0
    assert written(guide) == ["Pulumi.prod.yaml", "Pulumi.yaml", "__main__.py"]
    said = capsys.readouterr().out
    assert said.startswith("s.yaml: edition 3.0.0, 1 function\n  fc-job in cn-hangzhou\n")
    assert "no counterpart" not in said
    commands, _, afterwards = said.partition("next:\n")[2].partition("\n\n")
    assert commands == (
        "  cd infra\n  export TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true\n"
        "  pulumi stack init prod\n  pulumi preview --stack prod"
    )
    assert '"keep_data": False' in afterwards
    assert afterwards.endswith("`python -m fc_async_tasks.recovery --stack prod` takes it in.\n")


@pytest.mark.parametrize("logs", ["existing", "adopted"])
def test_what_stays_is_told_only_of_what_the_program_makes(
    guide: Sample, capsys: pytest.CaptureFixture[str], logs: str
) -> None:
    if logs == "existing":
        named = "      logConfig: {project: team, logstore: lines}\n"
        guide.file.write_text(GUIDE.replace("      timeout: 60\n", f"      timeout: 60\n{named}"))
    assert convert(*PLACEHOLDERS, *(["--import"] if logs == "adopted" else [])) == 0
    said = capsys.readouterr().out
    assert "keep_data" not in said
    assert said.endswith("pulumi preview --stack prod\n")


def test_a_refusal_writes_nothing(guide: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert() == 1
    assert written(guide) == []
    said = capsys.readouterr()
    assert said.out == ""
    line = guide.line("role:")
    assert said.err.startswith(f"error: s.yaml:{line}: resources.fc-job.props.role holds the ")


def test_a_file_that_is_no_s_yaml(guide: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    guide.file.write_text("version: '3'\nservices:\n  web: {image: nginx}\n")
    assert convert() == 1
    assert capsys.readouterr().err.startswith("error: s.yaml is a file of Docker Compose; expected")


def test_nothing_is_overwritten_unless_it_is_said(
    guide: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    (guide.folder / "infra").mkdir()
    mine = guide.folder / "infra" / "Pulumi.yaml"
    mine.write_text("mine")
    assert convert(*PLACEHOLDERS) == 1
    assert written(guide) == ["Pulumi.yaml"]
    assert mine.read_text() == "mine"
    assert "infra has Pulumi.yaml already" in capsys.readouterr().err
    assert convert(*PLACEHOLDERS, "--force") == 0
    assert mine.read_text() != "mine"


def test_strict_wants_everything_to_have_a_counterpart(
    guide: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    guide.file.write_text(GUIDE + "    actions: {pre-deploy: [{run: make}]}\n")
    assert convert(*PLACEHOLDERS, "--strict") == 3
    assert written(guide) == []
    assert f"s.yaml:{guide.line('actions')}: resources.fc-job.actions: " in capsys.readouterr().out
    assert convert(*PLACEHOLDERS) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--replace", "accountid"),
        ("--account", "abc"),
        ("--stack", "../x"),
        ("--nonsense",),
    ],
)
def test_a_wrong_command_line(guide: Sample, words: "tuple[str, ...]") -> None:
    with pytest.raises(SystemExit) as ended:
        convert(*words)
    assert ended.value.code == 2
    assert written(guide) == []


def test_help_tells_options_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["convert", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for each in ("--out", "--import", "--force", "--json", "--strict", "exit codes: 0 converted"):
        assert each in said


def report(capsys: pytest.CaptureFixture[str], *words: str) -> "dict[str, Any]":
    assert convert("--json", *PLACEHOLDERS, *words) == 0
    return json.loads(capsys.readouterr().out)


def test_the_report_has_every_argument_with_its_line(
    guide: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(capsys)
    assert found["edition"] == "3.0.0"
    assert found["region"] == "cn-hangzhou"
    (function,) = found["functions"]
    assert function["resource"] == "fc-job"
    lines = {each["argument"]: (each["path"], each["line"]) for each in function["arguments"]}
    assert lines["memory_size"] == ("resources.fc-job.props.memorySize", guide.line("memorySize"))
    path = "resources.fc-job.props.asyncInvokeConfig.destinationConfig.onFailure.destination"
    assert lines["on_failure"] == (path, 1 + guide.line("onFailure:"))
    assert found["noCounterpart"] == []
    assert [each["path"] for each in found["differs"]] == ["access", "resources.fc-job.props"]


def test_the_report_lists_what_has_no_counterpart(
    guide: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    guide.file.write_text(GUIDE + "      tracingConfig: {type: Jaeger}\n")
    (finding,) = report(capsys)["noCounterpart"]
    assert finding["file"] == "s.yaml"
    assert finding["line"] == guide.line("tracingConfig")
    assert finding["path"] == "resources.fc-job.props.tracingConfig"


def test_no_secret_is_in_the_report(guide: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    guide.file.write_text(GUIDE + "      environmentVariables: {MY_TOKEN: hunter2-and-more}\n")
    found = report(capsys)
    assert "hunter2" not in json.dumps(found)
    assert found["configuration"] == [{"key": "myToken", "secret": True, "mustBeSet": True}]
    assert "pulumi config set --stack prod --secret myToken" in found["next"]


def test_a_secret_of_the_environment_is_set_from_the_shells_variable(
    guide: Sample, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter2-and-more")
    guide.file.write_text(GUIDE + "      environmentVariables: {A: \"${env('MY_TOKEN')}\"}\n")
    found = report(capsys)
    assert 'pulumi config set --stack prod --secret myToken "$MY_TOKEN"' in found["next"]


def test_the_providers_settings_are_taken_from_another_stack(
    guide: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "Pulumi.other.yaml"
    other.write_text(
        "encryptionsalt: v1:abc\nconfig:\n  alicloud:profile: team\n  alicloud:region: cn-beijing\n"
        "  else:key: 1\n"
    )
    report(capsys, "--provider-settings", str(other), "--stack", "dev")
    settings = (guide.folder / "infra" / "Pulumi.dev.yaml").read_text()
    assert settings.endswith(
        "encryptionsalt: v1:abc\nconfig:\n  alicloud:profile: team\n"
        "  alicloud:region: cn-hangzhou\n"
    )


def test_a_stack_file_that_is_none(guide: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(*PLACEHOLDERS, "--provider-settings", "s.yaml") == 1
    assert "s.yaml is no stack file of Pulumi" in capsys.readouterr().err
    assert written(guide) == []
