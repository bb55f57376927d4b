"""Reading a message of the destination queue."""

import base64
import json

import pytest

from fctask.message import QueueMessage, parse

GUIDES = {
    "timestamp": 1728465119433,
    "requestContext": {
        "requestId": "1-670648a1-15197d0b-d07710222f9d",
        "functionArn": "acs:fc:cn-hangzhou:1034354682000000:functions/my-fc-job",
        "condition": "InvocationError",
        "approximateInvokeCount": 2,
    },
    "requestPayload": '{"failure":true}',
    "responseContext": {"statusCode": 200, "functionError": "InvocationError"},
    "responsePayload": '{"errorMessage":"Function timed out after 60 seconds"}',
}


HALF = r'{"requestContext": {"requestId": "\ud800"}}'  # of a surrogate pair


@pytest.mark.parametrize("encoded", [False, True])
def test_the_guides_message_plain_and_base64(encoded: bool) -> None:
    body = json.dumps(GUIDES)
    message = QueueMessage("m", base64.b64encode(body.encode()).decode() if encoded else body)
    assert message.document == GUIDES
    assert message.request_id == "1-670648a1-15197d0b-d07710222f9d"
    assert message.function_name == "my-fc-job"
    assert (message.condition, message.invoke_count) == ("InvocationError", 2)
    assert message.payload == '{"failure":true}'
    assert message.error_message == "Function timed out after 60 seconds"
    assert message.described()["body"] == GUIDES


@pytest.mark.parametrize(
    "body", ["", "words", "[1]", "bm8ganNvbg==", "\x00", '"text"', "{bad", HALF]
)
def test_what_is_no_result_is_read_as_none(body: str) -> None:
    message = QueueMessage("m", body)
    assert parse(body) is None
    assert (message.is_result, message.function_name, message.payload) == (False, "", None)
    assert message.described()["body"] == body


@pytest.mark.parametrize(
    "document", [{"requestContext": "text"}, {"requestContext": {}}, {"requestPayload": 3}]
)
def test_a_document_of_another_shape_does_no_harm(document: object) -> None:
    message = QueueMessage("m", json.dumps(document))
    assert (message.request_id, message.payload, message.error_message) == ("", None, "")
