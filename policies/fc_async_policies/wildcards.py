"""No wildcard in a RAM policy: each action and each resource is named.

Follows "Policy elements" of RAM: `*` and `?` stand for any text in an action or a resource;
NotAction and NotResource allow whatever they do not name, which is a wildcard in other words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import read_or_raise, value_at
from .resource_types import FUNCTION, POLICY_ATTACHMENTS, POLICY_DOCUMENTS
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
        statements: list[Any] = _listed(json.loads(document)["Statement"])
    except (ValueError, KeyError, TypeError):
        statements = [None]
    if not all(isinstance(each, Mapping) and "Effect" in each for each in statements):
        return ["the policy document is no JSON object with a list of statements: write one."]
    return wildcards_in_statements(statements, allowed_actions, allowed_resources)


def wildcards_in_statements(
    statements: "Sequence[Mapping[str, Any]]",
    allowed_actions: Sequence[str] = (),
    allowed_resources: Sequence[str] = (),
) -> "list[str]":
    """Give a sentence for each wildcard that statements of a policy document allow something by.

    Each has its Effect, Action and Resource as the document has them.
    """
    allowed = {"Action": allowed_actions, "Resource": allowed_resources}
    return [
        f"statement {at} {each}"
        for at, statement in enumerate(statements, 1)
        if statement["Effect"] != "Deny"
        for each in _in_statement(statement, allowed)
    ]


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


def default_role_trouble(role: str, allowed: Sequence[str] = ()) -> "str | None":
    """Give the sentence for a function's role that is Function Compute's own for an account.

    role is an ARN or a name. It passes where its system policy is an allowed one.
    """
    if role.rpartition("/")[2].lower() != _DEFAULT_ROLE or _DEFAULT_ROLES_POLICY in allowed:
        return None
    return (
        f"has the role {role}, which has the system policy {_DEFAULT_ROLES_POLICY}, written with "
        "wildcards: give it a role of this stack that may do what is needed, or list the policy "
        "under allowedSystemPolicies."
    )


_DEFAULT_ROLE = "aliyunfcdefaultrole"
_DEFAULT_ROLES_POLICY = "AliyunFCDefaultRolePolicy"


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    allowed_policies = config["allowedSystemPolicies"]
    if args.resource_type in POLICY_DOCUMENTS:
        yield from _in_policy(args, config["allowedActions"], config["allowedResources"])
    elif args.resource_type == FUNCTION:
        role = value_at(args.props, "role")
        if isinstance(role, str) and (sentence := default_role_trouble(role, allowed_policies)):
            yield sentence
    # the type of a policy of this stack is unknown until it is made: that is no system policy
    elif value_at(args.props, "policyType") == "System":
        name = read_or_raise(args.props, "policyName")
        if sentence := system_policy_trouble(name, allowed_policies):
            yield sentence


def _in_policy(
    args: ResourceValidationArgs, actions: Sequence[str], resources: Sequence[str]
) -> Iterator[str]:
    """Look at each form that a policy's text may have; the older ones are still taken."""
    for name in ("policyDocument", "document"):
        if (document := read_or_raise(args.props, name)) is not None:
            yield from wildcards_in(document, actions, resources)
    statements = [
        {
            "Effect": read_or_raise(each, "effect"),
            "Action": read_or_raise(each, "actions") or [],
            "Resource": read_or_raise(each, "resources") or [],
        }
        for each in read_or_raise(args.props, "statements") or []
    ]
    yield from wildcards_in_statements(statements, actions, resources)


NO_WILDCARD = resource_rule(
    name="no-wildcard-in-ram-policy",
    description="A RAM policy allows named actions on named resources, without a wildcard.",
    level=EnforcementLevel.MANDATORY,
    types=(*POLICY_DOCUMENTS, *POLICY_ATTACHMENTS, FUNCTION),
    check=_check,
    parameters={
        "allowedActions": TEXTS,
        "allowedResources": TEXTS,
        "allowedSystemPolicies": TEXTS,
    },
)
