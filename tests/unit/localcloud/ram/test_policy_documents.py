"""What a policy document says, and which texts are none."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.ram.policy_document import (
    MalformedDocument,
    matches,
    parse_policy,
    parse_trust_policy,
)


def statement(**changes: Any) -> dict[str, Any]:
    whole = {"Effect": "Allow", "Action": "log:*", "Resource": "*", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def document(*statements: Any, **changes: Any) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements), **changes})


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("*", "anything:/at/all", True),
        ("acs:mns:*:*:/queues/q", "acs:mns:cn-hangzhou:1:/queues/q", True),
        ("acs:mns:*:*:/queues/q", "acs:mns:cn-hangzhou:1:/queues/q2", False),
        ("acs:mns:*:*:/queues/q*", "acs:mns:::/queues/q/messages", True),
        ("queue-?", "queue-1", True),
        ("queue-?", "queue-12", False),
        ("queue-?", "queue-", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("a[b].c", "a[b].c", True),
        ("a.c", "abc", False),
        ("Queue", "queue", False),
        ("", "", True),
        ("", "x", False),
        ("*a*a*", "a", False),
        ("*a*a*", "aa", True),
        ("*ab*ab", "ab", False),
        ("ab*b", "ab", False),
        ("*?b*b?*", "abbc", True),
        ("*?b*b?*", "abc", False),
        ("a*?*?", "ab", False),
        ("a?\n*", "ab\n", True),
    ],
)
def test_stars_and_question_marks_match(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_matching_agrees_with_regular_expressions(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    assert matches(pattern, text) is bool(re.fullmatch(expression, text))


def test_many_stars_take_no_time() -> None:
    began = time.process_time()
    assert not matches("*a" * 3000 + "b", "a" * 5000)
    for pattern in ("*" + "a" * 3000 + "b", "*" + "a" * 3000 + "b*", "*?" + "a" * 3000 + "b*"):
        assert not matches(pattern, "a" * 60_000)  # a path may be as long
    assert time.process_time() - began < 5  # s; it took a minute once


@pytest.mark.parametrize(
    ("changes", "action", "resource", "speaks"),
    [
        ({"Action": "mns:SendMessage"}, "mns:SendMessage", "q", True),
        ({"Action": "mns:sendmessage"}, "MNS:SendMessage", "q", True),
        ({"Action": ["fc:*", "mns:Send*"]}, "mns:SendMessage", "q", True),
        ({"Action": ["fc:*", "mns:Send*"]}, "mns:ReceiveMessage", "q", False),
        ({"Resource": ["q1", "q?"]}, "log:X", "q2", True),
        ({"Resource": "Q1"}, "log:X", "q1", False),
        ({"Action": None, "NotAction": "ram:*"}, "mns:SendMessage", "q", True),
        ({"Action": None, "NotAction": "ram:*"}, "ram:CreateRole", "q", False),
        ({"Resource": None, "NotResource": ["secret*"]}, "log:X", "open", True),
        ({"Resource": None, "NotResource": ["secret*"]}, "log:X", "secret-1", False),
    ],
)
def test_a_statement_speaks_of_what_it_names(
    changes: dict[str, Any], action: str, resource: str, speaks: bool
) -> None:
    (parsed,) = parse_policy(document(statement(**changes)))
    assert parsed.speaks_of(action, resource) is speaks


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[]", "JSON object"),
        (document(statement(), Version="2"), "Version"),
        (json.dumps({"Statement": [statement()]}), "Version"),
        (document(), "at least one"),
        (document(statement(), Statement=statement()), "list"),
        (document("x"), "not an object"),
        (document(statement(), Id="x"), "'Id'"),
        (document(statement(Effect="deny")), "Effect"),
        (document(statement(Effect=None)), "Effect"),
        (document(statement(Action=None)), "Action"),
        (document(statement(NotAction="x:y")), "one of them"),
        (document(statement(Action=[])), "none empty"),
        (document(statement(Action=[1])), "string"),
        (document(statement(Action="SendMessage")), "service:Name"),
        (document(statement(Resource=None)), "Resource"),
        (document(statement(Resource={})), "string"),
        (document(statement(Condition=[])), "Condition"),
        (document(statement(Principal={"Service": ["x"]})), "'Principal'"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_malformed_document_is_told_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(MalformedDocument, match=re.escape(why)):
        parse_policy(text)


@pytest.mark.parametrize(
    ("principal", "why"),
    [
        (None, "Principal"),
        ({}, "Principal"),
        ("*", "Principal"),
        ({"Services": ["fc.aliyuncs.com"]}, "'Services'"),
        ({"Service": []}, "none empty"),
    ],
)
def test_a_trust_policy_names_principals(principal: Any, why: str) -> None:
    text = document(statement(Action="sts:AssumeRole", Resource=None, Principal=principal))
    with pytest.raises(MalformedDocument, match=re.escape(why)):
        parse_trust_policy(text)


def test_a_trust_policy_needs_no_resource() -> None:
    principal = {"Service": "fc.aliyuncs.com"}
    text = document(statement(Action="sts:AssumeRole", Resource=None, Principal=principal))
    (parsed,) = parse_trust_policy(text)
    assert parsed.principals == {"Service": ("fc.aliyuncs.com",)}
