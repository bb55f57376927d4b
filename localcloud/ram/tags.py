"""Tags of roles and custom policies."""

from collections.abc import Mapping, Sequence

from localcloud.ram.policies import policy_named
from localcloud.ram.roles import role_named
from localcloud.refusal import Refusal
from localcloud.store import ram_tags as store
from localcloud.store.database import Transaction

MOST_TAGS = 20
KINDS = ("role", "policy")


def tag_resources(
    tx: Transaction, kind: str, names: Sequence[str], tags: Mapping[str, str]
) -> None:
    """Put tags on roles or policies. Raises Refusal EntityNotExist.*, LimitExceeded.Tag."""
    for name in names:
        key = _key(tx, kind, name)
        if len(store.tags_of(tx, kind, key).keys() | tags.keys()) > MOST_TAGS:
            raise Refusal("LimitExceeded.Tag", f"{name!r} would have over {MOST_TAGS} tags.", 409)
        for tag_key, tag_value in tags.items():
            store.set_tag(tx, kind, key, tag_key, tag_value)


def untag_resources(
    tx: Transaction, kind: str, names: Sequence[str], tag_keys: Sequence[str] | None
) -> None:
    """Take tags off, all of them where `tag_keys` is None. Raises Refusal EntityNotExist.*."""
    for name in names:
        key = _key(tx, kind, name)
        for tag_key in store.tags_of(tx, kind, key) if tag_keys is None else tag_keys:
            store.remove_tag(tx, kind, key, tag_key)


def list_tag_resources(
    tx: Transaction, kind: str, names: Sequence[str], tags: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Name, tag key and tag value of what is named, or of everything that has all of `tags`."""
    found: list[tuple[str, str, str]] = []
    keys = {_key(tx, kind, name): name for name in names}
    if not names:
        keys = {key: _name(tx, kind, key) for key in store.tagged_resources(tx, kind)}
    for key, name in keys.items():
        own = store.tags_of(tx, kind, key)
        if tags.items() <= own.items():
            found += [(name, tag_key, tag_value) for tag_key, tag_value in own.items()]
    return found


def _key(tx: Transaction, kind: str, name: str) -> str:
    if kind == "role":
        return role_named(tx, name).key
    return policy_named(tx, "Custom", name).name


def _name(tx: Transaction, kind: str, key: str) -> str:
    return role_named(tx, key).name if kind == "role" else key
