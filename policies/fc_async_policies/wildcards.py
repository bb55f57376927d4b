"""No wildcard in a RAM policy: each action and each resource is named.

Follows "Policy elements" of RAM: `*` and `?` stand for any text in an action or a resource;
NotAction and NotResource allow whatever they do not name, which is a wildcard in other words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import read_or_raise, value_at
from .resource_types import POLICY_ATTACHMENTS, RAM_POLICY
from .rule import TEXTS, Config, resource_rule

_ADVICE = {
    "Action": "name the actions that are needed, as mns:SendMessage",
    "Resource": "name the resources, as acs:mns:<region>:<account>:/queues/<queue>/messages",
}


def wildcards_in(
    document: str, allowed_actions: Sequence[str] = (), allowed_resources: Sequence[str] = ()
) -> "list[str]":
    """Give a sentence for each wildcard that a policy document allows something by.

    document is JSON. The allowed ones are whole texts, such as "log:*", that may stand. Statements
    that deny are left alone. A document that cannot be read is a sentence too.
    """
    try:
        read = json.loads(document)
        statements = _listed(read["Statement"])
        effects = [each["Effect"] for each in statements]
    except (ValueError, KeyError, TypeError):
        return ["the policy document is no JSON object with a list of statements: write one."]
    allowed = {"Action": allowed_actions, "Resource": allowed_resources}
    found: list[str] = []
    for at, (effect, statement) in enumerate(zip(effects, statements, strict=True), 1):
        if effect == "Allow":
            found.extend(f"statement {at} {each}" for each in _in_statement(statement, allowed))
    return found


def _in_statement(
    statement: Mapping[str, Any], allowed: "Mapping[str, Sequence[str]]"
) -> "list[str]":
    found: list[str] = []
    for element, advice in _ADVICE.items():
        found.extend(
            f"has a wildcard in its {element.lower()} {text!r}: {advice}."
            for text in map(str, _listed(statement.get(element, [])))
            if ("*" in text or "?" in text) and text not in allowed[element]
        )
        if f"Not{element}" in statement:
            found.append(
                f"allows by Not{element}, which is a wildcard for all that it does not name: "
                f"{advice}."
            )
    return found


def _listed(value: Any) -> "list[Any]":
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def system_policy_trouble(name: str, allowed: Sequence[str] = ()) -> "str | None":
    """Give the sentence for a system policy that is attached, unless it is an allowed one."""
    if name in allowed:
        return None
    return (
        f"attaches the system policy {name}, whose text Alibaba Cloud keeps and writes with "
        "wildcards: attach a policy of this stack that names actions and resources, or list it "
        "under allowedSystemPolicies."
    )


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    if args.resource_type == RAM_POLICY:
        document = args.props.get("policyDocument") or args.props.get("document")
        if document is not None:
            yield from wildcards_in(document, config["allowedActions"], config["allowedResources"])
    # the type of a policy of this stack is unknown until it is made: that is no system policy
    elif value_at(args.props, "policyType") == "System":
        name = read_or_raise(args.props, "policyName")
        if sentence := system_policy_trouble(name, config["allowedSystemPolicies"]):
            yield sentence


NO_WILDCARD = resource_rule(
    name="no-wildcard-in-ram-policy",
    description="A RAM policy allows named actions on named resources, without a wildcard.",
    level=EnforcementLevel.MANDATORY,
    types=(RAM_POLICY, *POLICY_ATTACHMENTS),
    check=_check,
    parameters={
        "allowedActions": TEXTS,
        "allowedResources": TEXTS,
        "allowedSystemPolicies": TEXTS,
    },
)
