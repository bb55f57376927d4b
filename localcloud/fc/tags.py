"""Tags of functions, by their ARNs as TagResources names them."""

from collections.abc import Mapping, Sequence

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc.arns import function_arn
from localcloud.fc.checks import invalid
from localcloud.fc.limits import MOST_TAGS
from localcloud.fc.resolution import function_not_found
from localcloud.refusal import Refusal
from localcloud.store import function_tags as store
from localcloud.store import functions
from localcloud.store.database import Transaction

_MOST_RESOURCES = 50
_ARN_START = f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/"


def set_tag(tx: Transaction, function: str, key: str, value: str) -> None:
    """Tag one function; raises Refusal InvalidArgument (400) beyond FC's limits."""
    if not 1 <= len(key) <= 128 or key.lower().startswith(("aliyun", "acs:")):
        raise invalid("Tag.Key", key, "1 to 128 characters, not beginning with aliyun or acs:")
    if len(value) > 128:
        raise invalid("Tag.Value", value, "a text of at most 128 characters")
    if "http://" in key + value or "https://" in key + value:
        raise invalid("Tag", f"{key}={value}", "without http:// and https://")
    store.set_tag(tx, function, key, value)
    if len(store.get_tags(tx, function)) > MOST_TAGS:
        raise Refusal(
            "InvalidArgument", f"function '{function}' would have more than {MOST_TAGS} tags"
        )


def functions_of(
    tx: Transaction, resource_type: object, resource_ids: Sequence[object]
) -> list[str]:
    """The functions that ARNs (or plain names) name; both values as they were sent.

    Raises Refusal InvalidArgument (400), FunctionNotFound (404).
    """
    if str(resource_type).lower() not in ("function", "aliyun::fc::function"):
        raise invalid("ResourceType", resource_type, "function: localcloud tags functions only")
    if not 1 <= len(resource_ids) <= _MOST_RESOURCES:
        raise invalid("ResourceId", list(resource_ids), f"1 to {_MOST_RESOURCES} ARNs of functions")
    names: list[str] = []
    for resource in resource_ids:
        if not isinstance(resource, str):
            raise invalid("ResourceId", resource, "the ARN of a function")
        names.append(resource.removeprefix(_ARN_START))
    for name in names:
        if functions.get_function(tx, name) is None:
            raise function_not_found(name)
    return names


def tag_functions(tx: Transaction, names: Sequence[str], tags: Mapping[str, str]) -> None:
    """Give all these functions these tags; a key that one has gets the new value."""
    if not tags:
        raise invalid("Tag", [], f"1 to {MOST_TAGS} tags")
    for name in names:
        for key, value in tags.items():
            set_tag(tx, name, key, value)


def untag_functions(tx: Transaction, names: Sequence[str], keys: Sequence[str] | None) -> None:
    """Take these tags, or with None all tags, from all these functions."""
    for name in names:
        store.remove_tags(tx, name, list(store.get_tags(tx, name)) if keys is None else keys)


def tag_entries(tx: Transaction, name: str, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """A function's tags as ListTagResources shows them; only those of `wanted`, if it names any."""
    return [
        {
            "ResourceId": function_arn(name),
            "ResourceType": "function",
            "TagKey": key,
            "TagValue": value,
        }
        for key, value in store.get_tags(tx, name).items()
        if not wanted or (key in wanted and wanted[key] in ("", value))
    ]
