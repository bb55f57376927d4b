"""README.md and README.zh-CN.md say the same: commands, tables and links, in the same order."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh-CN.md").read_text()


def blocks(text: str) -> list[str]:
    """The blocks of commands, programs and drawings."""
    return re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The first two cells of each row of a table: keys and defaults, which no language changes."""
    found = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in found[1:]]


def links(text: str) -> set[str]:
    return set(re.findall(r"\]\(([^)]+)\)", text)) - {"README.md", "README.zh-CN.md"}


def test_both_have_the_same_commands() -> None:
    assert len(blocks(ENGLISH)) >= 7
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_both_have_the_same_tables() -> None:
    assert len(rows(ENGLISH)) >= 10
    assert rows(CHINESE) == rows(ENGLISH)


def test_both_lead_to_the_same_pages_which_are_there() -> None:
    assert links(CHINESE) == links(ENGLISH)
    assert [
        link for link in links(ENGLISH) if "://" not in link and not (ROOT / link).exists()
    ] == []


def test_both_have_as_many_chapters() -> None:
    chapters = [line for line in ENGLISH.splitlines() if line.startswith("## ")]
    assert len([line for line in CHINESE.splitlines() if line.startswith("## ")]) == len(chapters)
