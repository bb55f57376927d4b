"""docs/serverless-devs.md says what the conversion does."""

import re
from pathlib import Path

import pytest
from fc_async_tasks.serverless_devs.table import CODE_FROM_OSS, TABLE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "serverless-devs.md").read_text()


def test_its_table_is_the_conversions_own(page: str) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \|$", page, flags=re.MULTILINE)
    assert rows == [(row.path, row.argument) for row in (*TABLE, CODE_FROM_OSS)]


def test_its_run_ends_with_nothing_to_change(page: str) -> None:
    adopted = page.split("$ pulumi preview --stack dev --expect-no-changes")[1]
    assert re.match(r"\n\.\.\.\nResources:\n    \d+ unchanged\n```", adopted)
