"""SECURITY.md says how to report, and every file, link, chapter and command it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()


def chapter(title: str) -> str:
    """The text of a chapter of the second level."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def anchors(page: str) -> set[str]:
    """What links into a page may name: headings, as GitHub turns them into anchors."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(page: str) -> list[str]:
    """Links of a page of the first folder that lead to no file, or to no heading of one."""
    dead: list[str] = []
    for link in re.findall(r"\]\(([^)]+)\)", page):
        file, _, anchor = link.partition("#")
        target = ROOT / file
        text = page if not file else target.read_text() if target.is_file() else None
        if text is None or (anchor and anchor not in anchors(text)):
            dead.append(link)
    return dead


def files_named(page: str) -> set[str]:
    """What a page names in code letters that has a folder, or the ending of a file."""
    return set(re.findall(r"`([\w./-]+/[\w.-]+\.\w+|[\w-]+\.(?:py|md|toml|yaml))`", page))


def test_it_says_how_to_report() -> None:
    told = chapter("Reporting")
    assert "privately" in told
    assert re.search(r"on GitHub under Security, \"Report a vulnerability\"", told)
    assert "`git rev-parse HEAD`" in told


def test_readers_are_led_to_it() -> None:
    assert "](SECURITY.md)" in (ROOT / "README.md").read_text()


def test_every_link_leads_somewhere() -> None:
    assert "](docs/policies.md)" in PAGE
    assert dead_links(PAGE) == []


def test_a_dead_link_is_found() -> None:
    page = "# A title: here\n[a](SECURITY.md) [b](#a-title-here) [c](README.md#nowhere) [d](no.md)"
    assert dead_links(page) == ["README.md#nowhere", "no.md"]


def test_every_file_that_it_names_is_there() -> None:
    named = files_named(PAGE)
    assert "tests/e2e/test_secrets.py" in named
    assert len(named) >= 8
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_every_protection_in_the_table_is_shown_by_a_test() -> None:
    rows = re.findall(r"^\|(.+)\|(.+)\|(.+)\|$", chapter("localcloud"), re.MULTILINE)[2:]
    assert len(rows) >= 6
    assert [row[0].strip() for row in rows if not files_named(row[2])] == []


def test_every_make_target_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"`make ([\w-]+)`", PAGE)
    assert "audit" in targets
    assert [one for one in targets if not re.search(rf"^{one}:", makefile, re.MULTILINE)] == []
