"""What the operations of SMQ's management API have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from localcloud.wire.rpc_parameters import RpcParameters

T = TypeVar("T")

PAGE = ("PageNum", "PageSize")
"""The parameters of a list."""


@dataclass(frozen=True, slots=True)
class Bare:
    """An answer that is not wrapped into Code, Success and Data."""

    fields: dict[str, Any]


def shown_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the attributes of a queue or topic show them."""
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def page(
    parameters: RpcParameters, found: Sequence[T], shown: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a list that is short: the API counts pages, from 1."""
    number = parameters.whole_number("PageNum") or 1
    size = parameters.whole_number("PageSize") or 10
    if number < 1:
        raise parameters.invalid("PageNum", f"it is {number}, pages count from 1")
    if not 1 <= size <= 50:
        raise parameters.invalid("PageSize", f"it is {size}, 1 to 50 are allowed")
    on_it = found[(number - 1) * size : number * size]
    return {
        "PageNum": number,
        "PageSize": size,
        "Pages": -(-len(found) // size),
        "Size": len(on_it),
        "Total": len(found),
        "PageData": [shown(one) for one in on_it],
    }
