"""RAM's lists: MaxItems and Marker in, IsTruncated and Marker out."""

from collections.abc import Sequence
from typing import Any

from localcloud.wire.rpc_parameters import RpcParameters

PAGE = ("Marker", "MaxItems")


def page_size(parameters: RpcParameters, name: str = "MaxItems") -> int:
    """How many items a page has: 1 to 1000, 100 where it is not given.

    Raises Refusal InvalidParameter.<name>.
    """
    size = parameters.whole_number(name)
    if size is None:
        return 100
    if not 1 <= size <= 1000:
        raise parameters.invalid(name, f"it is {size}, 1 to 1000 are allowed")
    return size


def next_page(markers: Sequence[str], size: int) -> dict[str, Any]:
    """Whether there is more, and where: one marker over `size` says that there is."""
    if len(markers) <= size:
        return {"IsTruncated": False}
    return {"IsTruncated": True, "Marker": markers[size - 1]}
