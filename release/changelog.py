"""What CHANGELOG.md, in the form of "Keep a Changelog", says of a version."""

import re
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"

_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?\s*$", re.M)


def released(text: str) -> "dict[str, str]":
    """Give the date of each version in the changelog, the newest first; "Unreleased" has none."""
    found = [match.groupdict() for match in _HEADING.finditer(text)]
    return {one["version"]: one["date"] for one in found if one["date"]}


def newest(text: str) -> str:
    """Give the newest released version, or an empty text."""
    return next(iter(released(text)), "")
