"""Tags of queues and topics, as the management API sets and lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.smq.management import Bare
from localcloud.smq.queues import queue_named
from localcloud.smq.topics import topic_named
from localcloud.store import queues as queue_store
from localcloud.store import topics as topic_store
from localcloud.store.database import Transaction
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters

MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class _Kind:
    named: Callable[[Transaction, str], Any]
    tags_of: Callable[[Transaction, str], dict[str, str]]
    put: Callable[[Transaction, str, str, str], None]
    remove: Callable[[Transaction, str, str], None]


_KINDS = {
    "queue": _Kind(
        queue_named,
        queue_store.tags_of_queue,
        queue_store.set_queue_tag,
        queue_store.remove_queue_tag,
    ),
    "topic": _Kind(
        topic_named,
        topic_store.tags_of_topic,
        topic_store.set_topic_tag,
        topic_store.remove_topic_tag,
    ),
}


def _tag_resources(asked: Asked) -> Bare:
    """Put tags on queues or topics, up to 20 on each."""
    kind = _kind(asked.parameters)
    tags = asked.parameters.tags()
    if not tags:
        raise asked.parameters.invalid("Tag", "at least one tag is needed")
    for name in _names(asked.parameters):
        kind.named(asked.tx, name)
        if len(kind.tags_of(asked.tx, name).keys() | tags.keys()) > MOST_TAGS:
            raise asked.parameters.invalid("Tag", f"{name} would have over {MOST_TAGS} tags")
        for key, value in tags.items():
            kind.put(asked.tx, name, key, value)
    return Bare({})


def _untag_resources(asked: Asked) -> Bare:
    """Take tags off queues or topics; all of them with All."""
    kind = _kind(asked.parameters)
    for name in _names(asked.parameters):
        kind.named(asked.tx, name)
        keys = (
            kind.tags_of(asked.tx, name)
            if asked.parameters.flag("All")
            else asked.parameters.texts("TagKey")
        )
        for key in keys:
            kind.remove(asked.tx, name, key)
    return Bare({})


def _list_tag_resources(asked: Asked) -> Bare:
    """The tags of queues or topics that are named."""
    kind = _kind(asked.parameters)
    listed: list[dict[str, str]] = []
    for name in _names(asked.parameters):
        kind.named(asked.tx, name)
        listed += [
            {
                "ResourceId": name,
                "ResourceType": asked.parameters.text("ResourceType"),
                "TagKey": key,
                "TagValue": value,
            }
            for key, value in kind.tags_of(asked.tx, name).items()
        ]
    return Bare({"TagResources": listed})


def _kind(parameters: RpcParameters) -> _Kind:
    name = parameters.text("ResourceType")
    if name not in _KINDS:
        raise parameters.invalid("ResourceType", f"it is {name!r}, queue and topic are allowed")
    return _KINDS[name]


def _names(parameters: RpcParameters) -> list[str]:
    names = parameters.texts("ResourceId")
    if not 1 <= len(names) <= 50:
        raise parameters.invalid("ResourceId", f"{len(names)} are given, 1 to 50 are allowed")
    return names


def _every(_parameters: RpcParameters) -> tuple[str, ...]:
    return (f"acs:mns:{REGION}:{ACCOUNT_ID}:*",)


OPERATIONS: dict[str, Operation] = {
    "TagResources": Operation(("ResourceType", "ResourceId", "Tag"), _every, _tag_resources),
    "UntagResources": Operation(
        ("ResourceType", "ResourceId", "TagKey", "All"), _every, _untag_resources
    ),
    "ListTagResources": Operation(
        ("ResourceType", "ResourceId"), _every, _list_tag_resources, reads=True
    ),
}
