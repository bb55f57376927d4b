"""Edits of a stack's deployment, as `pulumi stack export` gives it (DeploymentV3).

Several entries can have one URN: all but one are former ones, which a replacement has yet to
delete (`delete`), or has deleted and not yet made anew (`pendingReplacement`).
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from fc_async_tasks.provider_ids import (
    FUNCTION,
    HIDDEN,
    NOT_KNOWN_YET,
    names_in_id,
    provider_id,
)

Entry = dict[str, Any]
Deployment = dict[str, Any]

_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key that marks one
_LOOKED_FOR = "fc_async_tasks.recovery looks for it"
"""In `importID`, which the engine keeps, and heeds only where the program imports."""


def entry_of(planned: Mapping[str, Any]) -> "Entry | None":
    """Give the entry that a resource has in the state once it is there, for a refresh to fill.

    None where its id can't be told. Only the names that make the id are taken over: a plan has
    `[secret]` for what is secret. They stand in the outputs too, as a refresh of an entry without
    outputs would write all that it reads into the inputs, secrets in clear.
    """
    inputs: Mapping[str, Any] = planned.get("inputs") or {}
    names = names_in_id(planned["type"], inputs)
    if names is None:
        return None
    secrets = {
        *(planned.get("additionalSecretOutputs") or []),
        *(name for name, value in inputs.items() if _is_secret(value)),
        # Taken in before the program has said what of it is secret.
        *(["environmentVariables"] if planned["type"] == FUNCTION else []),
    }
    return {
        **planned,
        "id": provider_id(planned["type"], inputs),
        "inputs": names,
        "outputs": dict(names),
        **({"additionalSecretOutputs": sorted(secrets)} if secrets else {}),
    }


def resources_of(deployment: Deployment) -> list[Entry]:
    """Give the entries of a deployment; an empty stack has none."""
    return deployment.get("resources") or []


def living(deployment: Deployment, urn: str) -> "Entry | None":
    """Give the entry with this URN that is no former one."""
    for entry in resources_of(deployment):
        if entry["urn"] == urn and not entry.get("delete") and not entry.get("pendingReplacement"):
            return entry
    return None


def with_living_provider(deployment: Deployment, entry: Entry) -> Entry:
    """Give the entry with its provider as the deployment has it now: it may have been made anew."""
    urn = str(entry.get("provider") or "").rpartition("::")[0]
    provider = living(deployment, urn)
    return entry if provider is None else {**entry, "provider": f"{urn}::{provider['id']}"}


def placeable(deployment: Deployment, entries: Sequence[Entry]) -> list[Entry]:
    """Give those of `entries` of which all that they hang on is in the deployment, or before them.

    Without that an entry can't stand in a state, and what it stands for can't have been created.
    """
    present = {one["urn"] for one in resources_of(deployment)}
    found: list[Entry] = []
    for entry in entries:
        if all(urn in present for urn in needs(entry)):
            present.add(entry["urn"])
            found.append(entry)
    return found


def look_for(deployment: Deployment, entries: Sequence[Entry]) -> list[Entry]:
    """`put_in` for a while: marked, so that `forget_looked_for` knows them if recovery is killed.

    Meanwhile no destroy deletes them in the cloud.
    """
    replaced = put_in(
        deployment,
        [{**one, "importID": _LOOKED_FOR, "retainOnDelete": True} for one in entries],
    )
    former = {(one["urn"], one["id"]) for one in replaced}
    for one in resources_of(deployment):
        if one.get("delete") and (one["urn"], one["id"]) in former:
            one.setdefault("importID", _LOOKED_FOR)
    return replaced


def forget_looked_for(deployment: Deployment) -> bool:
    """Undo `look_for` where nobody else did; whether there was something to undo."""
    marked = [one for one in resources_of(deployment) if one.get("importID") == _LOOKED_FOR]
    for one in marked:
        if one.pop("delete", False):
            one.pop("importID")
        else:
            deployment["resources"].remove(one)
    return bool(marked)


def settle(deployment: Deployment, urns: Collection[str]) -> None:
    """Take these out, and what nobody knows yet out of the others' outputs.

    A component's outputs are the next update's to tell.
    """
    kept = [one for one in resources_of(deployment) if one["urn"] not in urns]
    for one in kept:
        if not one.get("custom") and one.get("outputs"):
            one["outputs"] = {
                name: value
                for name, value in one["outputs"].items()
                if NOT_KNOWN_YET not in json.dumps(value)
            }
    deployment["resources"] = kept


def put_in(deployment: Deployment, entries: Sequence[Entry]) -> list[Entry]:
    """Put entries into the deployment; give those that they replace, as these were.

    What is replaced stays, marked as to be deleted. What was deleted already is taken out.
    """
    replaced: list[Entry] = []
    for entry in entries:
        resources = resources_of(deployment)
        former = [one for one in resources if one["urn"] == entry["urn"] and not one.get("delete")]
        replaced += [dict(one) for one in former]
        at = min((resources.index(one) for one in former), default=len(resources))
        before = {one["urn"] for one in resources[:at]}
        if not all(urn in before for urn in needs(entry)):
            at = len(resources)
        for one in former:
            one["delete"] = True
        kept = [one for one in resources if not (one in former and one.get("pendingReplacement"))]
        at -= sum(one not in kept for one in resources[:at])
        deployment["resources"] = [*kept[:at], entry, *kept[at:]]
    return replaced


def take_out(
    deployment: Deployment, entries: Sequence[Entry], replaced: Sequence[Entry]
) -> "list[Entry]":
    """Undo `put_in` or `look_for`; give the entries as they stood (a refresh has filled them).

    `replaced` is what `put_in` gave. What the cloud no longer has stays out.
    """
    urns = {entry["urn"]: entry for entry in entries}
    former = {one["urn"]: one for one in replaced if one["urn"] in urns}
    taken: list[Entry] = []
    kept: list[Entry] = []
    for entry in resources_of(deployment):
        if entry["urn"] not in urns:
            kept.append(entry)
        elif entry.get("delete"):
            was = former.get(entry["urn"])
            if was is not None and was["id"] == entry["id"]:
                entry.pop("delete")
                _unmark(entry, was)
            kept.append(entry)
        else:
            _unmark(entry, urns[entry["urn"]])
            taken.append(entry)
    deployment["resources"] = kept
    for urn, was in former.items():
        if was.get("pendingReplacement"):
            at = next(
                (place for place, one in enumerate(kept) if urn in needs(one)),
                len(kept),
            )
            kept.insert(at, dict(was))
    return taken


def roots(entry: Mapping[str, Any]) -> set[str]:
    """Give the URNs of an entry's parent and provider."""
    provider = str(entry.get("provider") or "").rpartition("::")[0]
    return {urn for urn in (entry.get("parent"), provider) if urn}


def needs(entry: Mapping[str, Any]) -> Iterator[str]:
    """Give the URNs of all that an entry hangs on: they stand before it in the state."""
    yield from roots(entry)
    if entry.get("deletedWith"):
        yield entry["deletedWith"]
    yield from entry.get("dependencies") or []
    for several in (entry.get("propertyDependencies") or {}).values():
        yield from several or []


def _unmark(entry: Entry, was: Mapping[str, Any]) -> None:
    for name in ("importID", "retainOnDelete"):
        entry.pop(name, None)
        if name in was:
            entry[name] = was[name]


def _is_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return _SECRET_SIGNATURE in value or any(map(_is_secret, value.values()))
    if isinstance(value, list):
        return any(map(_is_secret, value))
    return value == HIDDEN
