"""What a person sees while the toolchain is set up."""

import io
import re
import threading

import pytest

from toolchain.progress import Display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Watched(io.StringIO):
    """A stream that tells when a text has been written to it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.seen = threading.Event()

    def write(self, s: str, /) -> int:
        if self._text in s:
            self.seen.set()
        return super().write(s)


def test_off_a_terminal_a_step_has_a_line_at_its_beginning_and_at_its_end() -> None:
    stream = io.StringIO()
    with Display(stream).step("compilation", 2, 3):
        assert stream.getvalue() == "[2 of 3] compilation  0:00\n"
    assert stream.getvalue().splitlines()[1] == "[2 of 3] compilation  0:00  done"


def test_off_a_terminal_a_long_step_has_a_line_now_and_then() -> None:
    stream = Watched("7 packages")
    with Display(stream, plain=0.01).step("compilation", 2, 3) as step:
        step.detail = "7 packages"
        assert stream.seen.wait(10)
    assert "[2 of 3] compilation  0:00  7 packages\n" in stream.getvalue()


def test_a_step_that_fails_is_shown_as_stopped() -> None:
    stream = io.StringIO()
    with pytest.raises(OSError, match="disk"), Display(stream).step("compilation", 2, 3):
        raise OSError("disk full")
    assert stream.getvalue().endswith("[2 of 3] compilation  0:00  stopped\n")


def test_on_a_terminal_a_step_is_one_line_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    with Display(stream).step("compilation", 2, 3) as step:
        step.detail = "x" * 200
        threading.Event().wait(0.3)  # longer than the live line's interval
    shown = stream.getvalue()
    assert shown.count("\n") == 1
    assert "\x1b[32mdone" in shown
    pictures = re.sub(r"\x1b\[\d*[mK]", "", shown).split("\r")
    assert any("xxxx" in picture for picture in pictures)
    assert max(len(picture.rstrip("\n")) for picture in pictures) < 60


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    with Display(stream).step("compilation", 2, 3):
        pass
    assert re.search(r"\x1b\[\d*m", stream.getvalue()) is None
