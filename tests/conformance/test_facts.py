"""What is taken out of an answer, what is left, and when a run is not begun at all."""

import sys
import time
from typing import Any

import pytest

from tests.conformance.comparing import Difference, differences, report
from tests.conformance.exchanges import Exchange
from tests.conformance.facts import Observation, Whose
from tests.conformance.settings import NotAllowed, settings_of

WHOSE = Whose("1234567890123456", "cn-hangzhou", "conformance-00000000")
NOW = int(time.time())
ACCOUNT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIkey",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret",
    "ALIBABA_CLOUD_REGION_ID": "cn-shanghai",
    "ALIBABA_CLOUD_ACCOUNT_ID": "6543210987654321",
}


@pytest.mark.parametrize(
    ("value", "field", "form"),
    [
        (NOW, "", "<s>"),
        (NOW * 1000 + 5, "timestamp", "<ms>"),
        (str(NOW * 1000), "EnqueueTime", '"<ms>"'),
        (60, "timeout", "60"),
        (345_600, "", "345600"),
        (17, "durationMs", "<whole number>"),
        (True, "", "true"),
        (None, "", "null"),
        ("2026-11-24T08:25:40Z", "", "<time 2006-01-02T15:04:05Z>"),
        ("2026-11-24T08:25:40.123Z", "", "<time 2006-01-02T15:04:05.000Z>"),
        ("1-670648a1-15197d0b-d07710222f9d", "", "<fc request id>"),
        ("5AAB34CFA3342560601902EC", "", "<24 hex>"),
        ("B7F5D4C0-1111-2222-3333-444455556666", "RequestId", "<uuid>"),
        ("anything", "ReceiptHandle", "<text>"),
        ("", "ReceiptHandle", '""'),
        ("acs:fc:cn-hangzhou:1234567890123456:functions/conformance-00000000-job", "",
         "acs:fc:<region>:<account>:functions/<run>-job"),
        ("http://127.0.0.1:8321/queues/q", "", "<address>/queues/q"),
        ("Function timed out after 5 seconds (maxMemoryUsage: 8.25MB)", "",
         "Function timed out after 5 seconds (maxMemoryUsage: <MB>MB)"),
    ],
)  # fmt: skip
def test_what_is_another_one_each_time_is_its_form(value: Any, field: str, form: str) -> None:
    assert WHOSE.form(value, field) == form


def test_json_and_xml_are_read_alike() -> None:
    json_headers = {"content-type": "application/json", "date": "today", "x-fc-request-id": "r"}
    body = b'{"tags": [{"Key": "a"}, {"Key": "b"}, {"Key": "a"}], "cpu": 0.5, "none": {}}'
    assert WHOSE.facts_of(Exchange(200, json_headers, body)) == {
        "status": "200",
        "header content-type": "application/json",
        "header x-fc-request-id": "r",
        "body.tags[] count": "3",
        "body.tags[].Key": "a | b",
        "body.cpu": "0.5",
        "body.none": "{}",
    }
    xml = b'<Queue xmlns="http://x/"><QueueName>q</QueueName><Tag>1</Tag><Tag>2</Tag></Queue>'
    facts = WHOSE.facts_of(Exchange(200, {"content-type": "text/xml"}, xml))
    assert {name: facts[name] for name in facts if name.startswith("body")} == {
        "body.QueueName": "q",
        "body.Tag[] count": "2",
        "body.Tag[]": "1 | 2",
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"Code": "Gone", "Message": "it is gone"}'),
        ("application/json", b'{"errorCode": "Gone", "errorMessage": "it is gone"}'),
        ("text/xml", b"<Error><Code>Gone</Code><Message>it is gone</Message></Error>"),
    ],
)
def test_a_refusal_has_a_code_and_words_in_every_dialect(kind: str, body: bytes) -> None:
    facts = WHOSE.facts_of(Exchange(404, {"content-type": kind}, body))
    assert (facts["status"], facts["code"], facts["message"]) == ("404", "Gone", "it is gone")


def test_an_answer_that_nobody_can_read_is_a_text() -> None:
    for kind in ("text/xml", "application/json"):
        facts = WHOSE.facts_of(Exchange(502, {"content-type": kind}, b"<html><br>oops"))
        assert facts["body"] == "<html><br>oops"


def seen(**steps: dict[str, str]) -> dict[str, list[Observation]]:
    return {"queues": [Observation(name, facts) for name, facts in steps.items()]}


def test_each_fact_is_compared_and_words_do_not_count() -> None:
    local = seen(send={"status": "201", "old": "x"}, get={"message": "no", "status": "404"})
    cloud = seen(send={"status": "200", "new": "y"}, get={"message": "nope", "status": "404"})
    found = differences(local, cloud)
    assert found == [
        Difference("queues", "send", "status", "201", "200"),
        Difference("queues", "send", "old", "x", "-"),
        Difference("queues", "send", "new", "-", "y"),
        Difference("queues", "get", "message", "no", "nope"),
    ]
    assert [one.counts for one in found] == [True, True, True, False]
    assert differences(local, local) == []


def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = seen(get={"body": "long " * 50}), seen(get={"body": "short"})
    assert "long " * 50 in report(long, short, ("here", "there"))  # a file has it whole
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    text = report(long, short, ("here", "there"))
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "here and there differ in 1 facts" in text


def test_without_an_account_or_when_asked_for_it_is_a_dry_run() -> None:
    assert settings_of({}, ()).keys is None
    allowed = {**ACCOUNT, "CONFORMANCE": "create-and-delete"}
    assert settings_of({**allowed, "DRY_RUN": "1"}, ()).keys is None
    keys = settings_of({**allowed, "DRY_RUN": "0"}, ()).keys
    assert keys is not None
    assert (keys.key, keys.account_id, keys.region) == (
        "LTAIkey",
        "6543210987654321",
        "cn-shanghai",
    )


@pytest.mark.parametrize("opt_in", ["", "1", "yes"])
def test_an_account_is_not_used_without_the_opt_in(opt_in: str) -> None:
    with pytest.raises(NotAllowed) as why:
        settings_of({**ACCOUNT, "CONFORMANCE": opt_in}, ())
    text = str(why.value)
    for part in ("6543210987654321", "cn-shanghai", "RAM roles", "queues", "projects", "functions"):
        assert part in text
    assert "CONFORMANCE=create-and-delete" in text
    assert "a-secret" not in text


def test_half_an_account_is_none() -> None:
    half = {name: value for name, value in ACCOUNT.items() if "ACCOUNT_ID" not in name}
    with pytest.raises(NotAllowed, match="ALIBABA_CLOUD_ACCOUNT_ID"):
        settings_of({**half, "CONFORMANCE": "create-and-delete"}, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONFORMANCE_AGAINST", "https://fc.cn-hangzhou.aliyuncs.com"),
        ("CONFORMANCE_ONLY", "kettles"),
        ("CONFORMANCE_REPORT", "/no-such-folder/report.json"),
    ],
)
def test_a_setting_without_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(NotAllowed, match=name):
        settings_of({name: value}, ("queues",))
