"""docs/policies.md says what the pack has: every rule, its level, its parameters, its defaults."""

import json
import re
from pathlib import Path

import pytest

from policies.fc_async_policies.names import PATTERNS
from policies.fc_async_policies.pack import POLICIES
from policies.fc_async_policies.rule import unknown_parameters

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "policies.md").read_text()


def test_every_rule_stands_on_the_page_with_its_level_and_no_other_does() -> None:
    told = dict(re.findall(r"^\| `([\w-]+)` \| (mandatory|advisory) \|", PAGE, re.MULTILINE))
    has = {each.name: each.enforcement_level for each in POLICIES}
    assert told == {name: level.value for name, level in has.items() if level}


def test_every_parameter_stands_on_the_page_under_its_rule_and_no_other_does() -> None:
    table = PAGE.partition("| rule | parameter |")[2].partition("\n\n")[0]
    told: dict[str, set[str]] = {}
    rule = ""
    for first, names in re.findall(r"^\| (.*?) ?\| (`.+?) \|", table, re.MULTILINE):
        rule = first.strip("`") or rule
        told.setdefault(rule, set()).update(re.findall(r"`(\w+)`", names))
    schemas = {each.name: each.config_schema for each in POLICIES}
    assert told == {name: set(schema.properties) for name, schema in schemas.items() if schema}
    for kind in PATTERNS:
        assert f"`{kind}`" in table


def test_the_pages_configuration_is_one_that_the_pack_takes() -> None:
    (example,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    rules = {each.name: each.config_schema for each in POLICIES}
    for name, given in json.loads(example).items():
        if name == "all" or isinstance(given, str):
            assert name in {*rules, "all"}
            continue
        schema = rules[name]
        assert schema
        given.pop("enforcementLevel", None)
        assert unknown_parameters(given, schema.properties) == []


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/ci.md"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    file = ROOT / page
    text = file.read_text()
    tests = re.findall(r"`(tests/[\w/.]+\.py)`", text)
    links = [each for each in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in each]
    assert tests or links
    assert [each for each in tests if not (ROOT / each).is_file()] == []
    assert [each for each in links if not (file.parent / each).exists()] == []
