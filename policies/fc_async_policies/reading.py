"""Reading the values of a resource, some of which are unknown in a preview."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from .resource_types import NAME_PROPERTIES

UNKNOWN = object()
"""What is known only once the resource has been made."""


def value_at(properties: Mapping[str, Any], *path: str) -> Any:
    """Give the value at a path of property names: None where there is none, or UNKNOWN."""
    try:
        return read_or_raise(properties, *path)
    except UnknownValueError:
        return UNKNOWN


def read_or_raise(properties: Mapping[str, Any], *path: str) -> Any:
    """Give the value at a path of property names, None where there is none.

    Raises UnknownValueError where it is unknown, which the policy SDK tells as "can't be known
    during preview", as an advice and not as a violation.
    """
    found: Any = properties
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def name_of(resource_type: str, properties: Mapping[str, Any]) -> Any:
    """Give a resource's name in the cloud: a text, None if it has none, or UNKNOWN."""
    for name in NAME_PROPERTIES[resource_type][1]:
        found = value_at(properties, name)
        if found is not None:
            return found
    return None
