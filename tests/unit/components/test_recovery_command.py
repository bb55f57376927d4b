"""What the recovery command says, and its exit codes."""

from pathlib import Path

import pytest
from fc_async_tasks.recovery import CannotLook, PulumiFailed, Recovered, StillUpdating, __main__
from fc_async_tasks.recovery.__main__ import main


@pytest.fixture
def no_pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PATH without `pulumi`."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_pulumi")
def test_a_missing_pulumi_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "dev"]) == 1
    assert capsys.readouterr().err == (
        "recovery: there is no `pulumi` on PATH: install Pulumi, or add its folder to PATH\n"
    )


@pytest.mark.usefixtures("no_pulumi")
def test_a_wrong_folder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--stack", "dev", "--cwd", "nowhere/at/all"])
    assert ended.value.code == 2
    assert "--cwd: there is no folder nowhere/at/all" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (StillUpdating("wait for it"), 3),
        (PulumiFailed("`pulumi refresh` ended with 255"), 1),
        (CannotLook("there is no `ps` on PATH"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_trouble_has_its_exit_code_and_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trouble: BaseException,
    code: int,
) -> None:
    def recover(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(__main__, "recover", recover)
    assert main(["--stack", "dev"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"recovery: {trouble}" if str(trouble) else "recovery: interrupted")


def test_what_was_left_alone_makes_the_stack_not_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def recover(*_: object, **__: object) -> Recovered:
        return Recovered(left_alone=["ServiceQueue q"])

    monkeypatch.setattr(__main__, "recover", recover)
    assert main(["--stack", "dev"]) == 4
    assert "is whole" not in capsys.readouterr().out
