"""What the real services were seen to answer, replayed: each becomes its sentence and exit code.

recorded_answers.json names where each was seen. Words, codes and request ids are as they were
recorded; where a record has only those, they stand in the form that the service's API documents
(FC 3.0's Code, Message and RequestId also for what FC 2.0 was seen to say). Statuses that the
records do not name are the documented ones of their codes.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import KEYS, against, answering

RECORDED: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("recorded_answers.json").read_text()
)
TASK = (200, b'{"taskId": "t", "requestId": "1-66f1c0de-1", "status": "Running"}')
LOG_CONFIG = (200, b'{"functionName": "job", "logConfig": {"project": "p", "logstore": "l"}}')


def body_of(recorded: dict[str, Any]) -> bytes:
    if "body" in recorded:
        return recorded["body"].encode()
    code, message, request_id = (recorded[name] for name in ("code", "message", "requestId"))
    if recorded["of"] == "fc":
        said = {"RequestId": request_id, "Code": code, "Message": message}
        return json.dumps(said).encode()
    if recorded["of"] == "sls":
        return json.dumps({"errorCode": code, "errorMessage": message}).encode()
    return (
        f'<?xml version="1.0" ?>\n<Error xmlns="http://mns.aliyuncs.com/doc/v1">\n'
        f"  <Code>{code}</Code>\n  <Message>{message}</Message>\n"
        f"  <RequestId>{request_id}</RequestId>\n"
        "  <HostId>http://1234567890123456.mns.cn-hangzhou.aliyuncs.com</HostId>\n</Error>"
    ).encode()


@pytest.mark.parametrize(
    "recorded", RECORDED, ids=[f"{one['of']}-{one['code']}-{n}" for n, one in enumerate(RECORDED)]
)
def test_a_recorded_answer_is_understood(recorded: dict[str, Any]) -> None:
    answer = (recorded["status"], body_of(recorded))
    words, answers = {
        "fc": (("list",), {"/async-tasks": answer}),
        "smq": (("messages", "peek"), {"/messages": answer}),
        "sls": (
            ("logs", "t"),
            {"/async-tasks/": TASK, "/logstores/": answer, "/functions/job": LOG_CONFIG},
        ),
    }[recorded["of"]]
    headers = {"x-log-requestid": recorded["requestId"]} if recorded["of"] == "sls" else {}
    with answering(answers, headers) as service:
        ran = against(service).run(*words, "--json")
    assert ran.exit_code == recorded["exitCode"], ran.text
    error = ran.error
    assert error["kind"] == recorded["kind"]
    assert error["code"] == recorded["code"]
    assert recorded["message"].rstrip(".") in error["message"]
    assert error.get("requestId", "") == recorded["requestId"]
    assert recorded.get("says", "") in error["message"]
    assert ran.stdout == ""
    assert KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in ran.text
