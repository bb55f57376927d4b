"""docs/reference.md is what the docstrings say, and they say what a person needs to know."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import fc_async_tasks
import pulumi
import pytest
from fc_async_tasks.arguments import setting
from fc_async_tasks.limit import Fields, Hundredths, Items, Limit, Number, OneOf, WholeNumber
from fc_async_tasks.limits import LIMITS
from fc_async_tasks.plugin import schema

from docs import reference

ROOT = Path(__file__).resolve().parents[3]

UNITS = ("MB", "vCPU", "Seconds", "Days")
COUNTS = (
    *("Requests", "Attempts", "Instances", "Failed checks", "Successful checks"),
    *("Port", "User", "Group", "Share of the calls"),
)
"""What a number without a unit counts, or which thing it is the number of."""

RANGE = re.compile(r"-?\d[\d.]* to -?\d|\d+ or \d+|\d [^.]*to what the account's quota allows")
OPEN_ENDED = {"reserved_concurrency": "to what the account's quota allows"}
"""Numbers whose end is another's to say: the highest value of our own table means nothing."""


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(fc_async_tasks.__path__, "fc_async_tasks.")
    names = [one.name for one in found if not one.name.endswith("__main__")]
    return [importlib.import_module(name) for name in ("fc_async_tasks", *names)]


def properties() -> "dict[str, Mapping[str, Any]]":
    """The arguments of each component, and the fields of each type, as the schema has them."""
    package = schema()
    return {
        token.rpartition(":")[2]: one.get("inputProperties", one.get("properties"))
        for token, one in [*package["resources"].items(), *package["types"].items()]
    }


PROPERTIES = properties()


def number_fields() -> "Iterator[tuple[str, str, str]]":
    """Every argument that is a number or a number by name: its owner, its name, its docstring."""
    for owner, arguments in PROPERTIES.items():
        for name, about in arguments.items():
            of = [about, about.get("items", {}), about.get("additionalProperties", {})]
            if any(one.get("type") in ("integer", "number") for one in of):
                yield owner, name, about["description"]


NUMBERS = sorted(number_fields())


@pytest.fixture(scope="module")
def page() -> str:
    """The page as the docstrings have it."""
    return reference.page()


def test_the_page_is_what_the_docstrings_say(page: str) -> None:
    written = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert written == page, "run `make reference`"


def test_the_page_has_every_public_name(page: str) -> None:
    for name in ("fc_async_tasks", *reference.PYTHON_ONLY):
        public = set(importlib.import_module(name).__all__) - {"__version__"}
        arguments = {reference.arguments_of(one).__name__ for one in reference.components()}
        assert public - arguments <= set(re.findall(r"^#+ (\w+)$", page, re.MULTILINE))


def test_every_argument_of_every_language_is_on_the_page(page: str) -> None:
    for component in reference.components():
        for argument in inspect.get_annotations(reference.arguments_of(component)):
            section = page.partition(f"\n## {component.__name__}\n")[2].partition("\n## ")[0]
            assert f"\n- `{argument}` (" in section


def test_no_public_class_function_or_method_is_without_docstring() -> None:
    without: list[str] = []
    for module in modules():
        for name, member in vars(module).items():
            # A lazy module would load when it is asked what it is.
            if name.startswith("_") or issubclass(type(member), ModuleType):
                continue
            if not (inspect.isfunction(member) or inspect.isclass(member)):
                continue
            if member.__module__ != module.__name__:
                continue
            # Not inspect.getdoc: a class would have its parent's.
            without += [] if member.__doc__ else [f"{module.__name__}.{name}"]
            if inspect.isclass(member):
                without += [
                    f"{module.__name__}.{name}.{method}"
                    for method, function in vars(member).items()
                    if inspect.isfunction(function)
                    and not method.startswith("_")
                    and not function.__doc__
                ]
        without += [] if module.__doc__ else [module.__name__]
    assert without == []


@pytest.mark.parametrize("kind", [*reference.components(), *reference.argument_types()])
def test_every_field_has_a_docstring(kind: "type[Any]") -> None:
    owners = [kind]
    if issubclass(kind, pulumi.ComponentResource):
        owners.append(reference.arguments_of(kind))
    for owner in owners:
        names = {name for name in inspect.get_annotations(owner) if not name.startswith("_")}
        assert names - documented_fields(owner) == set()


def documented_fields(owner: "type[Any]") -> set[str]:
    """The annotated names in a class's source that a text follows."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    body = cast(ast.ClassDef, tree).body
    return {
        field.target.id
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and str(text.value.value).strip()
    }


@pytest.mark.parametrize("component", reference.components())
def test_a_component_says_which_document_it_follows_and_what_it_raises(
    component: "type[Any]",
) -> None:
    said = " ".join((component.__doc__ or "").split())
    assert re.search(r"Follows (the guide )?\"", said), said
    assert "Raises pulumi.RunError" in said


@pytest.mark.parametrize(("owner", "name", "text"), NUMBERS)
def test_a_number_has_a_unit_or_says_what_it_counts_and_a_range(
    owner: str, name: str, text: str
) -> None:
    assert text.startswith((*UNITS, *COUNTS)), f"{owner}.{name}: no unit first: {text}"
    assert RANGE.search(text), f"{owner}.{name}: no range: {text}"


def limits_of_numbers() -> "Iterator[tuple[str, str, Limit]]":
    """Every numeric limit that preview checks, with its owner and name in the schema."""
    for component in reference.components():
        for name in inspect.get_annotations(reference.arguments_of(component)):
            if name in LIMITS:
                yield from within(component.__name__, name, LIMITS[name])


def within(owner: str, name: str, limit: Limit) -> "Iterator[tuple[str, str, Limit]]":
    """The limit itself, or those of the fields that it is made of."""
    if isinstance(limit, Fields):
        about = PROPERTIES[owner][setting(name)]
        part: str = about.get("$ref", about.get("items", {}).get("$ref", "")).rpartition(":")[2]
        for field, one in limit.fields.items():
            yield from within(part, field, one)
    elif isinstance(limit, Items):
        yield from within(owner, name, limit.item)
    elif isinstance(limit, WholeNumber | Hundredths | Number) or (
        isinstance(limit, OneOf) and all(isinstance(one, int) for one in limit.allowed)
    ):
        yield owner, name, limit


def bounds(limit: Limit) -> list[str]:
    """The ends of a range, or its few values, as a docstring has them."""
    if isinstance(limit, Hundredths):
        return [f"{limit.lowest / 100:g}", f"{limit.highest / 100:g}"]
    if isinstance(limit, OneOf):
        return [str(one) for one in limit.allowed]
    assert isinstance(limit, WholeNumber | Number)
    return [f"{limit.lowest}", f"{limit.highest}"]


@pytest.mark.parametrize(
    ("owner", "name", "limit"),
    [pytest.param(*one, id=f"{one[0]}.{one[1]}") for one in limits_of_numbers()],
)
def test_the_range_in_the_docstring_is_the_one_that_preview_checks(
    owner: str, name: str, limit: Limit
) -> None:
    text: str = PROPERTIES[owner][setting(name)]["description"]
    for bound in [OPEN_ENDED[name]] if name in OPEN_ENDED else bounds(limit):
        assert re.search(rf"(?<![\d.]){re.escape(bound)}(?!\d|\.\d)", text), f"{bound}: {text}"
