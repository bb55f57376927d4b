"""The policies as the policy SDK calls them: secret marks, unknown values, parameters."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi_policy import (
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
    deserialize,
    policy,
)
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import (
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
    unknown_checking_proxy,
)

from policies.fc_async_policies import resource_types
from policies.fc_async_policies.event_age import EVENT_AGE_WITHIN_RETENTION
from policies.fc_async_policies.failure_destination import FAILURE_DESTINATION
from policies.fc_async_policies.names import NAMES
from policies.fc_async_policies.pack import POLICIES
from policies.fc_async_policies.plain_secrets import NO_PLAIN_SECRET
from policies.fc_async_policies.secretness import SecretText, keep_secretness
from policies.fc_async_policies.wildcards import NO_WILDCARD

ARN = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"
OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def resource_of(kind: str, *sources: PolicyResource, **properties: Any) -> PolicyResource:
    """A resource of a stack; its destinations come from `sources`."""
    provider = PolicyProviderResource("alicloud", {"region": "cn-hangzhou"}, "", "")
    props = unknown_checking_proxy(properties)
    depends = {"destinationConfig": list(sources)} if sources else {}
    return PolicyResource(kind, props, f"urn:{kind}", "it", OPTIONS, provider, None, [], depends)


class Said(list[str]):
    """What a policy reported, as the policy SDK takes it."""

    def __call__(self, message: str, urn: "str | None" = None) -> None:
        self.append(f"{urn}: {message}" if urn else message)


def said_of_stack(rule: Any, *resources: PolicyResource, **config: Any) -> Said:
    said = Said()
    rule.validate(StackValidationArgs(list(resources), config), said)
    return said


def said_of(rule: Any, kind: str, config: Mapping[str, Any], **properties: Any) -> Said:
    said = Said()
    props = unknown_checking_proxy(properties)
    rule.validate(ResourceValidationArgs(kind, props, "urn", "it", OPTIONS, None, config), said)
    return said


def configuration(destination: "str | None", *sources: PolicyResource) -> PolicyResource:
    sides = {"onFailure": {"destination": destination}} if destination else {}
    return resource_of(
        resource_types.ASYNC_CONFIGURATION,
        *sources,
        asyncTask=True,
        maxAsyncEventAgeInSeconds=7200.0,
        destinationConfig=sides,
    )


QUEUE = resource_of(resource_types.QUEUE, queueName="results", messageRetentionPeriod=3600.0)


def test_a_destination_that_comes_from_the_stacks_queue_passes_while_it_is_unknown() -> None:
    later = configuration(UNKNOWN_STRING_VALUE, QUEUE)
    assert said_of_stack(FAILURE_DESTINATION, QUEUE, later) == []


def test_a_destination_that_cannot_be_known_yet_is_left_to_the_update_and_hides_no_other() -> None:
    said = Said()
    args = StackValidationArgs([configuration(UNKNOWN_STRING_VALUE), configuration(None)])
    with pytest.raises(UnknownValueError):  # the SDK makes an advice of it
        FAILURE_DESTINATION.validate(args, said)
    assert len(said) == 1


def test_a_function_that_takes_no_tasks_needs_no_failure_destination() -> None:
    plain = resource_of(resource_types.ASYNC_CONFIGURATION, asyncTask=False)
    assert said_of_stack(FAILURE_DESTINATION, plain) == []


def test_event_ages_are_compared_with_the_stacks_own_queues_alone() -> None:
    (sentence,) = said_of_stack(EVENT_AGE_WITHIN_RETENTION, QUEUE, configuration(ARN))
    assert sentence.startswith(f"urn:{resource_types.ASYNC_CONFIGURATION}")
    elsewhere = ARN.replace("cn-hangzhou", "cn-shanghai")
    assert said_of_stack(EVENT_AGE_WITHIN_RETENTION, QUEUE, configuration(elsewhere)) == []


def test_what_is_not_set_has_the_services_own_default() -> None:
    plain = resource_of(
        resource_types.ASYNC_CONFIGURATION,
        destinationConfig={"onSuccess": {"destination": ARN}},
    )
    (sentence,) = said_of_stack(EVENT_AGE_WITHIN_RETENTION, QUEUE, plain)
    assert "86400" in sentence
    ever = resource_of(resource_types.QUEUE, queueName="results")
    assert said_of_stack(EVENT_AGE_WITHIN_RETENTION, ever, plain) == []
    (sentence,) = said_of_stack(EVENT_AGE_WITHIN_RETENTION, ever, plain, marginInSeconds=259201)
    assert "345600" in sentence


def test_a_policy_document_that_is_unknown_is_left_to_the_update() -> None:
    with pytest.raises(UnknownValueError):
        said_of(NO_WILDCARD, resource_types.RAM_POLICY, {}, policyDocument=UNKNOWN_STRING_VALUE)


STATEMENT = {"effect": "Allow", "actions": ["mns:SendMessage"], "resources": [ARN]}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"actions": ["mns:SendMessage", "*"]}, "action '*'"),
        ({"resources": ["acs:mns:*:*:/queues/*"]}, "resource 'acs:mns:*:*:/queues/*'"),
        ({"effect": "allow", "actions": ["*"]}, "action '*'"),
    ],
)
def test_the_older_form_of_a_policy_is_looked_at_too(change: "dict[str, Any]", word: str) -> None:
    statements = [STATEMENT, {**STATEMENT, **change}]
    (sentence,) = said_of(NO_WILDCARD, resource_types.RAM_POLICY, {}, statements=statements)
    assert sentence.startswith(f"statement 2 has a wildcard in its {word}")


def test_the_older_form_passes_by_the_same_rules() -> None:
    logs = {**STATEMENT, "actions": ["log:*"]}
    denied = {**STATEMENT, "effect": "Deny", "actions": ["*"]}
    config = {"allowedActions": ["log:*"]}
    statements = [STATEMENT, logs, denied]
    assert said_of(NO_WILDCARD, resource_types.RAM_POLICY, config, statements=statements) == []


@pytest.mark.parametrize(
    "statements",
    [UNKNOWN_STRING_VALUE, [STATEMENT, {**STATEMENT, "resources": [UNKNOWN_STRING_VALUE]}]],
    ids=["all", "a resource"],
)
def test_statements_that_are_unknown_are_left_to_the_update(statements: Any) -> None:
    with pytest.raises(UnknownValueError):
        said_of(NO_WILDCARD, resource_types.RAM_POLICY, {}, statements=statements)


@pytest.mark.parametrize("kind", resource_types.POLICY_DOCUMENTS)
def test_every_kind_of_policy_and_every_text_of_it_is_looked_at(kind: str) -> None:
    document = json.dumps(
        {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": ARN}]}
    )
    harmless = document.replace('"*"', '"mns:SendMessage"')
    assert len(said_of(NO_WILDCARD, kind, {}, policyDocument=document)) == 1
    assert len(said_of(NO_WILDCARD, kind, {}, policyDocument=harmless, document=document)) == 1
    assert said_of(NO_WILDCARD, kind, {}, policyDocument=harmless) == []


@pytest.mark.parametrize("kind", resource_types.POLICY_ATTACHMENTS)
def test_no_kind_of_attachment_attaches_a_system_policy(kind: str) -> None:
    attached = {"policyName": "AdministratorAccess", "policyType": "System"}
    (sentence,) = said_of(NO_WILDCARD, kind, {}, **attached)
    assert "AdministratorAccess" in sentence
    config = {"allowedSystemPolicies": ["AdministratorAccess"]}
    assert said_of(NO_WILDCARD, kind, config, **attached) == []


def test_a_function_has_no_role_with_a_system_policy() -> None:
    role = "acs:ram::1234567890123456:role/aliyunfcdefaultrole"
    (sentence,) = said_of(NO_WILDCARD, resource_types.FUNCTION, {}, role=role)
    assert "AliyunFCDefaultRolePolicy" in sentence
    config = {"allowedSystemPolicies": ["AliyunFCDefaultRolePolicy"]}
    assert said_of(NO_WILDCARD, resource_types.FUNCTION, config, role=role) == []
    for other in ("acs:ram::1234567890123456:role/task", UNKNOWN_STRING_VALUE):
        assert said_of(NO_WILDCARD, resource_types.FUNCTION, {}, role=other) == []
    assert said_of(NO_WILDCARD, resource_types.FUNCTION, {}) == []


def test_the_policy_of_the_stack_itself_is_no_system_policy() -> None:
    (attachment, *_) = resource_types.POLICY_ATTACHMENTS
    of = {"policyName": "mine"}
    assert said_of(NO_WILDCARD, attachment, {}, **of, policyType=UNKNOWN_STRING_VALUE) == []
    assert said_of(NO_WILDCARD, attachment, {}, **of, policyType="Custom") == []
    assert len(said_of(NO_WILDCARD, attachment, {}, **of, policyType="System")) == 1


def test_one_unknown_variable_does_not_hide_a_plain_secret_beside_it() -> None:
    variables = {"QUEUE_ARN": UNKNOWN_STRING_VALUE, "API_TOKEN": "plain"}
    said = said_of(NO_PLAIN_SECRET, resource_types.FUNCTION, {}, environmentVariables=variables)
    assert len(said) == 1


def test_a_parameter_that_a_rule_does_not_have_is_reported_once_for_a_stack() -> None:
    config = {"pattern": {}}
    (sentence,) = said_of(NAMES, "pulumi:pulumi:Stack", config)
    assert "'pattern'" in sentence
    assert "patterns" in sentence
    assert said_of(NAMES, resource_types.QUEUE, config, queueName="fine") == []
    (sentence,) = said_of_stack(FAILURE_DESTINATION, existing=["x"])
    assert "'existing'" in sentence


def secret(value: Any) -> "dict[str, Any]":
    """A secret as the engine sends it."""
    return {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG, "value": value}


def test_secretness_is_kept_for_one_value_and_for_everything_inside_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy, "deserialize_properties", deserialize.deserialize_properties)
    keep_secretness()
    read: Any = getattr(policy, "deserialize_properties")  # noqa: B009 - not exported
    found = read({"one": secret("a"), "all": secret({"b": ["c", 1.0]}), "plain": "d"})
    assert found == {"one": "a", "all": {"b": ["c", 1.0]}, "plain": "d"}
    assert isinstance(found["one"], SecretText)
    assert isinstance(found["all"]["b"][0], SecretText)
    assert not isinstance(found["plain"], SecretText)


def test_another_way_of_reading_secrets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(policy, "deserialize_properties")
    with pytest.raises(RuntimeError, match=r"install pulumi-policy 1\.21"):
        keep_secretness()


def test_every_parameter_has_a_default_that_its_own_schema_allows() -> None:
    kinds = {"array": list, "object": dict, "integer": int, "number": (int, float)}
    for each in POLICIES:
        assert each.config_schema
        for name, schema in each.config_schema.properties.items():
            assert isinstance(schema["default"], kinds[schema["type"]]), (each.name, name)
