"""Each rule by itself: what passes, what does not, and what is said."""

import json
from typing import Any

import pytest

from policies.fc_async_policies.destinations import Place, place_of
from policies.fc_async_policies.event_age import event_age_trouble
from policies.fc_async_policies.failure_destination import failure_destination_trouble
from policies.fc_async_policies.log_retention import log_retention_trouble
from policies.fc_async_policies.names import LOWER_CASE, name_trouble
from policies.fc_async_policies.plain_secrets import entropy, plain_secrets
from policies.fc_async_policies.secretness import SecretText
from policies.fc_async_policies.tags import tag_troubles
from policies.fc_async_policies.wildcards import system_policy_trouble, wildcards_in

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", **statement}]})


# no-wildcard-in-ram-policy


def test_named_actions_on_named_resources_pass() -> None:
    assert wildcards_in(document(Action=["mns:SendMessage"], Resource=[QUEUE])) == []
    assert wildcards_in(document(Action="mns:SendMessage", Resource=QUEUE)) == []


def test_the_guides_own_policy_has_two_wildcards() -> None:
    guide = document(
        Action=["fc:InvokeFunction", "mns:SendMessage", "mns:PublishMessage", "log:*"],
        Resource="*",
    )
    action, resource = wildcards_in(guide)
    assert action.startswith("statement 1 has a wildcard in its action 'log:*'")
    assert resource.startswith("statement 1 has a wildcard in its resource '*'")


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "Resource": QUEUE},
        {"Action": "mns:Get*", "Resource": QUEUE},
        {"Action": "mns:SendMessag?", "Resource": QUEUE},
        {"Action": "mns:SendMessage", "Resource": "acs:mns:*:*:/queues/results/messages"},
        {"NotAction": "ram:CreateUser", "Resource": QUEUE},
        {"Action": "mns:SendMessage", "NotResource": QUEUE},
    ],
)
def test_every_spelling_of_a_wildcard_is_found(statement: dict[str, Any]) -> None:
    (sentence,) = wildcards_in(document(**statement))
    assert "wildcard" in sentence


def test_a_wildcard_in_a_denial_and_one_that_is_allowed_pass() -> None:
    assert wildcards_in(document(Effect="Deny", Action="*", Resource="*")) == []
    logs = document(Action="log:*", Resource="*")
    assert wildcards_in(logs, allowed_actions=["log:*"], allowed_resources=["*"]) == []
    assert len(wildcards_in(logs, allowed_actions=["log:*"])) == 1
    assert len(wildcards_in(logs, allowed_actions=["mns:*"], allowed_resources=["*"])) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Statement": "Allow"}', '{"Statement": [{}]}'])
def test_a_document_that_cannot_be_read_is_no_pass(text: str) -> None:
    (sentence,) = wildcards_in(text)
    assert "no JSON object with a list of statements" in sentence


def test_a_system_policy_is_named_unless_it_is_allowed() -> None:
    sentence = system_policy_trouble("AliyunMNSFullAccess")
    assert sentence
    assert "AliyunMNSFullAccess" in sentence
    assert system_policy_trouble("AliyunMNSFullAccess", ["AliyunMNSFullAccess"]) is None


# async-task-has-failure-destination

MADE = [Place("queue", "results", "cn-hangzhou", "1234567890123456")]


@pytest.mark.parametrize("arn", [QUEUE, "acs:mns:::/queues/results/messages"])
def test_a_failure_destination_that_the_stack_makes_passes(arn: str) -> None:
    assert failure_destination_trouble(arn, MADE, existing=["nothing-else"]) is None


def test_no_failure_destination_is_said() -> None:
    sentence = failure_destination_trouble(None, MADE)
    assert sentence
    assert "no failure destination" in sentence


@pytest.mark.parametrize("text", ["results", "acs:mns:::/queue/results", "acs:oss:::bucket/x"])
def test_what_is_no_destination_is_said(text: str) -> None:
    sentence = failure_destination_trouble(text, MADE)
    assert sentence
    assert repr(text) in sentence


@pytest.mark.parametrize(
    "arn",
    [
        "acs:mns:::/queues/resluts/messages",  # a slip of the pen
        "acs:mns:::/topics/results/messages",
        "acs:mns:cn-shanghai:1234567890123456:/queues/results/messages",
        "acs:mns:cn-hangzhou:6543210987654321:/queues/results/messages",
        "acs:fc:::functions/results",
    ],
)
def test_a_place_outside_the_stack_is_taken_at_its_word_or_must_be_listed(arn: str) -> None:
    assert failure_destination_trouble(arn, MADE) is None
    sentence = failure_destination_trouble(arn, MADE, existing=["acs:mns:*:/queues/others*"])
    assert sentence
    assert arn in sentence
    assert failure_destination_trouble(arn, MADE, existing=[arn]) is None
    assert failure_destination_trouble(arn, MADE, existing=["acs:*"]) is None


def test_a_functions_version_is_a_place_of_that_function() -> None:
    assert place_of("acs:fc:::functions/act/LATEST") == Place("function", "act")


# event-age-within-retention


def test_an_event_age_up_to_the_retention_passes() -> None:
    assert event_age_trouble(172800, 345600, "results") is None
    assert event_age_trouble(3600, 3600, "results") is None


def test_an_event_age_beyond_the_retention_is_said_with_both_figures() -> None:
    sentence = event_age_trouble(172800, 3600, "results")
    assert sentence
    assert "172800" in sentence
    assert "results" in sentence
    assert "3600" in sentence


def test_the_margin_counts() -> None:
    assert event_age_trouble(3600, 7200, "results", margin=3600) is None
    assert event_age_trouble(3600, 7199, "results", margin=3600)


# log-retention-set


def test_a_retention_within_the_bounds_passes() -> None:
    assert log_retention_trouble(1) is None
    assert log_retention_trouble(3649) is None
    assert log_retention_trouble(3650, most=3650) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "not set"), (3650, "for ever"), (400, "400 days"), (7, "7 days")],
)
def test_no_retention_for_ever_and_one_out_of_bounds_are_said(
    days: "float | None", words: str
) -> None:
    sentence = log_retention_trouble(days, least=14, most=365)
    assert sentence
    assert words in sentence
    assert "14 to 365 days" in sentence


# no-plain-secret-in-environment

RANDOM = "k8Hq2Zt0VwL5sYx9RbNc4PfJd7Gm1T"


@pytest.mark.parametrize(
    "name",
    ["API_TOKEN", "apiToken", "DB_PASSWORD", "SECRET", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "db-pwd"],
)
def test_a_secrets_name_gives_it_away(name: str) -> None:
    (sentence,) = plain_secrets({name: "a value"})
    assert name in sentence
    assert "its name says so" in sentence
    assert "a value" not in sentence


@pytest.mark.parametrize(
    "value",
    [
        RANDOM,
        "LTAI5tRealLookingKeyId00",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "ghp_" + "a1B2" * 9,
        "postgres://reader:open-sesame@db.internal/jobs",
    ],
)
def test_a_secrets_form_gives_it_away_and_is_not_repeated(value: str) -> None:
    (sentence,) = plain_secrets({"SETTING": value})
    assert "SETTING" in sentence
    assert value not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREETING", "hello"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_URL", "https://example.com/token"),
        ("PASSWORD_FILE", "/mnt/password"),
        ("SECRET_NAME", "the-secret"),
        ("AUTHOR", "somebody"),
        ("BUCKET", "my-company-function-results-cn-hangzhou"),
        ("QUEUE", QUEUE),
        ("ENDPOINT", "https://1234567890123456.mns.cn-hangzhou.aliyuncs.com/"),
        ("API_TOKEN", ""),
        ("DIGEST", "ab" * 32),
    ],
)
def test_settings_that_are_no_secrets_pass(name: str, value: str) -> None:
    assert plain_secrets({name: value}) == []


def test_a_secret_to_pulumi_passes() -> None:
    assert plain_secrets({"API_TOKEN": SecretText(RANDOM)}) == []


def test_the_rule_about_secrets_is_set_by_its_parameters() -> None:
    assert plain_secrets({"API_TOKEN": "x"}, plain_names=["API_TOKEN"]) == []
    assert plain_secrets({"API_TOKEN": "x"}, secret_names=["NOTHING"]) == []
    assert plain_secrets({"PIN": "x"}, secret_names=["PIN"])
    assert plain_secrets({"SETTING": RANDOM}, least_length=31) == []
    assert plain_secrets({"SETTING": RANDOM}, least_entropy=5) == []


def test_entropy_is_in_bits_a_character() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcd") == 2


def test_a_secret_text_shows_nothing_of_itself() -> None:
    assert "hush" not in repr(SecretText("hush"))


# names-match-pattern and tags-match-pattern


def test_a_name_matches_its_pattern_as_a_whole() -> None:
    assert name_trouble("queue", "my-fc-job-results", LOWER_CASE) is None
    sentence = name_trouble("queue", "My_Job", LOWER_CASE)
    assert sentence
    assert "'My_Job'" in sentence
    assert name_trouble("queue", "prod-results-old", "prod-[a-z]+")


def test_required_tags_are_there_with_a_value_of_their_pattern() -> None:
    required = {"owner": "[a-z]+", "cost-center": r"\d{4}"}
    assert tag_troubles({"owner": "ops", "cost-center": "0815", "more": "x"}, required) == []
    missing, wrong = tag_troubles({"cost-center": "none"}, required)
    assert "'owner' is missing" in missing
    assert "'none'" in wrong
    assert tag_troubles({}, {}) == []
