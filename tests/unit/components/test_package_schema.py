"""What the package says of itself to other languages: version, licence and plain descriptions."""

from collections.abc import Iterator
from typing import Any

import fc_async_tasks
import pytest
from fc_async_tasks.plugin import NAME, TaskComponents, schema


@pytest.fixture(scope="module")
def package() -> "dict[str, Any]":
    """The schema, for reading."""
    return schema()


def descriptions(part: Any) -> Iterator[str]:
    """Every description in a schema, at any depth."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "description" and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)
    elif isinstance(part, list):
        for value in part:
            yield from descriptions(value)


def test_the_schema_has_the_packages_name_and_version(package: "dict[str, Any]") -> None:
    assert (package["name"], package["version"]) == (NAME, fc_async_tasks.__version__)
    assert package["version"] != "0.0.0"
    assert package["license"] == "Apache-2.0"
    assert TaskComponents().version == fc_async_tasks.__version__


def test_every_component_of_the_package_is_in_the_schema(package: "dict[str, Any]") -> None:
    components = {
        name for name in fc_async_tasks.__all__ if f"{name}Args" in fc_async_tasks.__all__
    }
    assert package["resources"].keys() == {f"{NAME}:index:{name}" for name in components}


def test_no_description_is_indented_as_in_the_source(package: "dict[str, Any]") -> None:
    """Markdown, and so every generated SDK, would show such lines as code."""
    found = list(descriptions(package))
    assert len(found) > 100
    for text in found:
        assert text == text.strip()
        first, *others = text.splitlines()
        assert not any(line.startswith("    ") for line in others), first
