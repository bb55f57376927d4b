"""`pulumi preview --policy-pack policies` with the genuine engine: what passes, what does not."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import ROOT, Ran, Stack
from tests.running_cloud import RunningCloud

MANDATORY = (
    "no-wildcard-in-ram-policy",
    "async-task-has-failure-destination",
    "event-age-within-retention",
    "log-retention-set",
    "no-plain-secret-in-environment",
)
ADVISORY = ("names-match-pattern", "tags-match-pattern")

# A stack as somebody writes it by hand, without the components: every rule has something to say.
BY_HAND = """
import json
import pulumi
import pulumi_alicloud as alicloud

everything = {"Effect": "Allow", "Action": ["mns:*"], "Resource": "*"}
alicloud.ram.Policy(
    "full-access",
    policy_name="MyMNSFullAccess",
    policy_document=json.dumps({"Version": "1", "Statement": [everything]}),
)
alicloud.ram.Policy(
    "older-form",
    policy_name="MyOlderForm",
    statements=[{"effect": "Allow", "actions": ["mns:*"], "resources": ["*"]}],
)
role = alicloud.ram.Role(
    "job", role_name="job", assume_role_policy_document='{"Version": "1", "Statement": []}'
)
alicloud.ram.RolePolicyAttachment(
    "logs", role_name=role.role_name, policy_name="AliyunLogFullAccess", policy_type="System"
)
queue = alicloud.message.ServiceQueue("results", queue_name="results", message_retention_period=60)
project = alicloud.log.Project("logs", project_name="logs-of-the-job")
store = {"project_name": project.project_name, "logstore_name": "logs"}
alicloud.log.Store("logs", **store, retention_period=3650)
sides = {"by-nobody": None, "by-queue": queue.queue_name}
for name, to in sides.items():
    function = alicloud.fc.V3Function(
        name,
        function_name=name,
        handler="index.handler",
        runtime="python3.12",
        environment_variables={"API_TOKEN": "hush-hush-hush", "GREETING": "hello"},
        code={"zip_file": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
    )
    arn = to and to.apply(lambda queue: f"acs:mns:::/queues/{queue}/messages")
    alicloud.fc.V3AsyncInvokeConfig(
        name,
        function_name=function.function_name,
        async_task=True,
        max_async_event_age_in_seconds=3600,
        destination_config=arn and {"on_failure": {"destination": arn}},
    )
hidden = pulumi.Output.secret("really-hushed")
alicloud.fc.V3Function(
    "careful",
    function_name="careful",
    handler="index.handler",
    runtime="python3.12",
    environment_variables={"API_TOKEN": hidden},
    role=f"acs:ram::{alicloud.get_account().id}:role/aliyunfcdefaultrole",
    code={"zip_file": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
)
"""


_HEADING = re.compile(r" +- \[(\w+)\]  ([\w-]+)  \([^()]*: ([^()]+)\)")


@pytest.fixture
def stack(program: Path, cloud: RunningCloud) -> Stack:
    """A fresh copy of the program, with the policy pack beside it."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "policies", program / "policies", ignore=ignored)
    return Stack(program, cloud.port)


def preview(stack: Stack, **config: Any) -> Ran:
    """`pulumi preview` under the pack, with a configuration of it if one is given."""
    options: list[str] = []
    if config:
        spelled = {rule.replace("_", "-"): value for rule, value in config.items()}
        (stack.folder / "policy-config.json").write_text(json.dumps(spelled))
        options = ["--policy-pack-config", "policy-config.json"]
    return stack.pulumi("preview", "--policy-pack", "policies", *options)


def said(ran: Ran) -> dict[tuple[str, str, str], str]:
    """What the engine prints of the pack: sentences by level, rule and resource's name."""
    found: dict[tuple[str, str, str], str] = {}
    at: tuple[str, str, str] | None = None
    for line in ran.stdout.partition("\nPolicies:\n")[2].splitlines():
        if heading := _HEADING.fullmatch(line):
            at = heading[1], heading[2], heading[3]
            found.setdefault(at, "")
        elif at and line.startswith(" " * 10):
            found[at] += f" {line.strip()}"
        else:
            at = None
    return found


def rules_in(found: dict[tuple[str, str, str], str], level: str) -> set[str]:
    """The rules that said something on a level."""
    return {rule for each, rule, _ in found if each == level}


def test_the_projects_own_program_passes_its_own_pack(stack: Stack, cloud: RunningCloud) -> None:
    ran = preview(stack)
    assert ran.exit_code == 0, ran.text
    assert "✅ fc-async-policies" in ran.stdout, ran.text
    assert said(ran) == {}
    # and in the update, where no value is unknown any more
    up = stack.up("--policy-pack", "policies")
    assert "✅ fc-async-policies" in up.stdout, up.text
    assert said(up) == {}
    assert cloud.own("status")["counts"]["functions"] == 1
    stack.destroy()


def test_settings_of_the_own_program_that_break_a_rule_stop_the_preview(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.set("policy", "guide")
    stack.set("onFailure", "none")
    stack.set("messageRetentionPeriod", "3600")
    stack.set("logRetentionDays", "3650")
    stack.set("functionName", "My_Job")
    ran = preview(stack)
    assert ran.exit_code != 0, ran.text
    found = said(ran)
    assert rules_in(found, "mandatory") == set(MANDATORY) - {"no-plain-secret-in-environment"}
    assert rules_in(found, "advisory") == {"names-match-pattern"}
    wildcard = found["mandatory", "no-wildcard-in-ram-policy", "task"]
    assert "wildcard in its action 'log:*'" in wildcard
    assert "wildcard in its resource '*'" in wildcard
    age = found["mandatory", "event-age-within-retention", "task"]
    assert "172800" in age
    assert "3600" in age
    before = cloud.own("requests")["last"]
    up = stack.pulumi("up", "--yes", "--skip-preview", "--policy-pack", "policies")
    assert up.exit_code != 0, up.text
    assert rules_in(said(up), "mandatory")
    made = {one["operation"] for one in cloud.requests(before)}
    assert not made & {"CreatePolicy", "CreateLogStore", "PutAsyncInvokeConfig"}
    stack.destroy()


def test_a_stack_written_by_hand_hears_of_every_rule(stack: Stack) -> None:
    (stack.folder / "__main__.py").write_text(BY_HAND)
    required = {"tags_match_pattern": {"required": {"owner": "[a-z]+"}}}
    ran = preview(stack, **required)
    assert ran.exit_code != 0, ran.text
    found = said(ran)
    assert rules_in(found, "mandatory") == set(MANDATORY)
    assert rules_in(found, "advisory") == set(ADVISORY)
    of_mandatory = {(rule, name): text for (level, rule, name), text in found.items() if level}
    hand_made = of_mandatory["no-wildcard-in-ram-policy", "full-access"]
    assert "wildcard in its action 'mns:*'" in hand_made
    older = of_mandatory["no-wildcard-in-ram-policy", "older-form"]
    assert "wildcard in its action 'mns:*'" in older
    assert "wildcard in its resource '*'" in older
    by_default = of_mandatory["no-wildcard-in-ram-policy", "careful"]
    assert "AliyunFCDefaultRolePolicy" in by_default
    attached = of_mandatory["no-wildcard-in-ram-policy", "logs"]
    assert "AliyunLogFullAccess" in attached
    assert "no failure destination" in of_mandatory[MANDATORY[1], "by-nobody"]
    assert (MANDATORY[1], "by-queue") not in of_mandatory
    assert "deletes messages after 60" in of_mandatory[MANDATORY[2], "by-queue"]
    assert "kept for ever" in of_mandatory[MANDATORY[3], "logs"]
    assert "API_TOKEN" in of_mandatory[MANDATORY[4], "by-queue"]
    assert (MANDATORY[4], "careful") not in of_mandatory, "a secret to Pulumi is not plain"
    assert "MyMNSFullAccess" in of_mandatory["names-match-pattern", "full-access"]
    assert "'owner' is missing" in of_mandatory["tags-match-pattern", "results"]
    assert "hush-hush-hush" not in ran.text
    assert "really-hushed" not in ran.text


def test_levels_and_parameters_are_the_configurations(stack: Stack) -> None:
    (stack.folder / "__main__.py").write_text(BY_HAND)
    ran = preview(
        stack,
        all="advisory",
        event_age_within_retention="disabled",
        log_retention_set={"enforcementLevel": "advisory", "mostDays": 3650},
        no_wildcard_in_ram_policy={
            "allowedActions": ["mns:*"],
            "allowedResources": ["*"],
            "allowedSystemPolicies": ["AliyunLogFullAccess", "AliyunFCDefaultRolePolicy"],
        },
        no_plain_secret_in_environment={"plainNames": ["API_TOKEN"]},
        names_match_pattern={
            "enforcementLevel": "mandatory",
            "patterns": {"policy": "My[A-Za-z]+", "queue": "results-.+"},
        },
    )
    assert ran.exit_code != 0, ran.text
    found = said(ran)
    assert rules_in(found, "advisory") == {"async-task-has-failure-destination"}
    assert set(found) - {("advisory", MANDATORY[1], "by-nobody")} == {
        ("mandatory", "names-match-pattern", "results")
    }
    ran = preview(stack, all="advisory")
    assert ran.exit_code == 0, ran.text
    assert rules_in(said(ran), "advisory") >= set(MANDATORY)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"names_match_pattern": {"patterns": {"queue": "["}}}, "regex"),
        ({"names_match_pattern": {"patterns": {"quene": "a"}}}, "quene"),
        ({"names_match_pattern": "strict"}, "not a valid enforcement level"),
    ],
)
def test_a_configuration_that_no_rule_takes_is_a_sentence(
    stack: Stack, config: dict[str, Any], sentence: str
) -> None:
    ran = preview(stack, **config)
    assert ran.exit_code != 0, ran.text
    assert sentence in ran.text, ran.text
    assert "Traceback" not in ran.text


def test_a_parameter_that_a_rule_does_not_have_is_a_violation_of_that_rule(stack: Stack) -> None:
    config = {"pattern": {}}, {"margin": 3}
    ran = preview(stack, names_match_pattern=config[0], event_age_within_retention=config[1])
    assert ran.exit_code != 0, ran.text
    assert "no parameter 'pattern'" in ran.text
    assert "no parameter 'margin'" in ran.text
