"""A double of the `pulumi` command on one stack: what recovery asks of it, on a cloud."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fc_async_tasks.provider_ids import FUNCTION, LOG_PROJECT, LOGSTORE, QUEUE
from fc_async_tasks.recovery import PulumiFailed, PulumiStack, Recovered
from fc_async_tasks.recovery.pulumi_stack import Locked
from fc_async_tasks.recovery.recover import Ask, recover

Entry = dict[str, Any]
STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:alicloud::default"


def urn(type_token: str) -> str:
    """The URN of the one resource of a type."""
    return f"urn:pulumi:dev::p::{type_token}::task"


def resource(type_token: str, *needs: str, **inputs: Any) -> Entry:
    """A resource as a plan has it, which depends on those of the types `needs`."""
    return {
        "urn": urn(type_token),
        "custom": True,
        "type": type_token,
        "inputs": inputs,
        "parent": STACK,
        "provider": f"{PROVIDER}::1",
        "dependencies": [urn(each) for each in needs],
    }


def queue(name: str) -> Entry:
    """A queue as a plan has it."""
    return resource(QUEUE, queueName=name, tags={})


def function(name: str, *needs: str, **inputs: Any) -> Entry:
    """A function as a plan has it."""
    return resource(FUNCTION, *needs, functionName=name, **inputs)


def project(name: str) -> Entry:
    """A log project as a plan has it."""
    return resource(LOG_PROJECT, projectName=name)


def logstore(project_name: str, name: str) -> Entry:
    """A logstore as a plan has it."""
    return resource(LOGSTORE, LOG_PROJECT, projectName=project_name, logstoreName=name)


def stands(planned: Entry, id_: str, **marks: Any) -> Entry:
    """A resource as the state has it once it is there."""
    return {**planned, "id": id_, "outputs": {"id": id_}, **marks}


@dataclass(frozen=True)
class DoubledStack(PulumiStack):
    """The stack `dev`: its state, the program's plan, and what is in the cloud.

    `there` has the ids of what exists. `locked` is what a locked stack says. `roots` are the
    program's components and providers, which a refresh with the program adds. `at` are called as a
    command begins, `after` when its work is done, by its first word: they may change all of this or
    raise.
    """

    folder: Path = Path()
    name: str = "dev"
    deployment: dict[str, Any] = field(default_factory=dict[str, Any])
    plan: list[Entry] = field(default_factory=list[Entry])
    there: set[str] = field(default_factory=set[str])
    locked: list[str] = field(default_factory=list[str])
    roots: list[Entry] = field(default_factory=list[Entry])
    at: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    after: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    asked: list[str] = field(default_factory=list[str])

    def begin(self, *entries: Entry, pending: Sequence[Entry] = ()) -> "DoubledStack":
        """Give it a state: the stack, its provider, these, and creates that were begun."""
        provider_type = "pulumi:providers:alicloud"
        self.deployment.update(
            manifest={"time": "1"},
            resources=[
                {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
                {"urn": PROVIDER, "type": provider_type, "custom": True, "id": "1"},
                *entries,
            ],
            pending_operations=[{"resource": one, "type": "creating"} for one in pending],
        )
        return self

    def written(self) -> None:
        """Have another update write the state."""
        self.deployment["manifest"] = {"time": self.deployment["manifest"]["time"] + "1"}

    def has(self, type_token: str) -> list[Entry]:
        """The state's entries of a type."""
        return [one for one in self.deployment["resources"] if one["type"] == type_token]

    def _said(self, *words: str, given: str = "") -> str:
        command = words[1] if words[0] == "stack" else words[0]
        self.asked.append(command)
        if command in self.at:
            self.at[command]()
        if self.locked and command in ("refresh", "import"):
            raise Locked(self.locked[0])
        told = {
            "export": lambda: json.dumps({"version": 3, "deployment": self.deployment}),
            "import": lambda: self._imported(json.loads(given)["deployment"]),
            "refresh": lambda: self._refreshed("--run-program" in words),
            "preview": self._previewed,
            "cancel": self._cancelled,
        }[command]()
        if command in self.after:
            self.after[command]()
        return told

    def _cancelled(self) -> str:
        self.locked.clear()
        return ""

    def _imported(self, deployment: dict[str, Any]) -> str:
        alive = [one["urn"] for one in deployment["resources"] if not one.get("delete")]
        if len(alive) != len(set(alive)):
            raise PulumiFailed("duplicate resource (not marked for deletion)")
        seen: set[str] = set()
        for one in deployment["resources"]:
            if missing := set(one.get("dependencies", [])) - seen:
                raise PulumiFailed(f"{missing} comes after it, or is missing")
            if "provider" in one and one["provider"] not in seen:
                raise PulumiFailed(f"refers to unknown provider {one['provider']}")
            seen |= {one["urn"], f"{one['urn']}::{one.get('id')}"}
        self.deployment.update(deployment)
        self.written()
        return ""

    def _refreshed(self, with_program: bool) -> str:
        if with_program:
            there = {one["urn"] for one in self.deployment["resources"]}
            self.deployment["resources"] += [one for one in self.roots if one["urn"] not in there]
        for one in list(self.deployment["resources"]):
            kept = one.get("pendingReplacement") or one["type"].startswith("pulumi:")
            if not kept and one["id"] not in self.there:
                self.deployment["resources"].remove(one)
            elif not kept:
                one["outputs"] = {**one["outputs"], "read": True}
        self.written()
        return ""

    def _previewed(self) -> str:
        alive = {
            one["urn"]: one
            for one in self.deployment["resources"]
            if not one.get("delete") and not one.get("pendingReplacement")
        }
        steps: list[Entry] = []
        for one in self.plan:
            there = alive.get(one["urn"])
            if there is None:
                steps.append({"op": "create", "newState": one})
            elif not there["id"].endswith(next(iter(one["inputs"].values()))):
                steps.append({"op": "replace", "newState": one})
            else:
                steps.append({"op": "same", "newState": one})
        return json.dumps({"steps": steps})


def yes(_: Sequence[str]) -> bool:
    """Take all of it in."""
    return True


def no(_: Sequence[str]) -> bool:
    """Take nothing in."""
    return False


def never(labels: Sequence[str]) -> bool:
    """Nothing is to be asked."""
    raise AssertionError(f"asked for {labels}")


def interrupted(_: Sequence[str]) -> bool:
    """Ctrl-C at the question."""
    raise KeyboardInterrupt


def recovered(stack: DoubledStack, ask: Ask = never) -> Recovered:
    """Recover the stack."""
    return recover(stack, ask=ask, say=lambda _: None)


def without_roots(stack: DoubledStack, *pending: Entry) -> DoubledStack:
    """The stack as a destroy leaves it, with creates of an earlier update recorded as begun."""
    stack.begin(pending=[{**one, "provider": f"{PROVIDER}::earlier"} for one in pending])
    stack.roots.extend(stack.deployment["resources"])
    stack.deployment["resources"] = []
    return stack
