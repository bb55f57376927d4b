"""The guide's tasks, run for real, and the messages that arrive."""

import json
import re
import time
from collections.abc import Callable, Generator

import pytest

from fctask.clients import Clients
from fctask.errors import NoMessage
from fctask.message import QueueMessage
from fctask.messages import acknowledge, receive_for
from fctask.tasks import Submitted, follow, submit
from tests.e2e.stack import Stack
from tests.running_cloud import ACCOUNT_ID, REGION

FAILING = b'{"failure":true}'
PATIENCE = 60  # seconds; two attempts of 3 s and the time between them are far below


@pytest.fixture(scope="module")
def provisioned(stack: Stack) -> Generator[Stack, None, None]:
    """The guide's stack, up; destroyed at the end."""
    stack.up()
    yield stack
    stack.destroy()


def ended(clients: Clients, event: bytes) -> tuple[Submitted, str]:
    """Submit an event and follow its task; its last status."""
    submitted = submit(clients, event)
    status = ""
    for _, state in follow(clients, submitted.task_id):
        status = state.status
    return submitted, status


def message_of(clients: Clients, submitted: Submitted) -> QueueMessage:
    """The message of one request, taken from the queue."""
    message = receive_for(clients, submitted.request_id, PATIENCE)
    acknowledge(clients, message)
    return message


def test_the_failing_task_sends_the_guides_message(
    provisioned: Stack, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(provisioned)
    before = time.time() * 1000
    submitted, status = ended(clients, FAILING)
    assert status == "Failed"
    document = message_of(clients, submitted).document
    assert list(document) == [
        "timestamp",
        "requestContext",
        "requestPayload",
        "responseContext",
        "responsePayload",
    ]
    assert type(document["timestamp"]) is int
    assert before <= document["timestamp"] <= time.time() * 1000
    assert document["requestContext"] == {
        "requestId": submitted.request_id,
        "functionArn": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/my-fc-job",
        "condition": "InvocationError",
        "approximateInvokeCount": 2,
    }
    assert document["requestPayload"] == FAILING.decode()
    assert document["responseContext"] == {"statusCode": 200, "functionError": "InvocationError"}
    said = json.loads(document["responsePayload"])
    assert list(said) == ["errorMessage"]
    timed_out = re.fullmatch(
        r"Function timed out after 3 seconds \(maxMemoryUsage: (\d+(?:\.\d+)?)MB\)",
        said["errorMessage"],
    )
    assert timed_out, said
    assert 1 < float(timed_out[1]) < 128  # a Python process holds some MB, within its 128


def test_a_succeeding_task_sends_its_answer(
    provisioned: Stack, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(provisioned)
    submitted, status = ended(clients, b'{"name":"guide"}')
    assert status == "Succeeded"
    document = message_of(clients, submitted).document
    assert document["requestContext"]["condition"] == ""
    assert document["requestContext"]["approximateInvokeCount"] == 1
    assert document["responseContext"] == {"statusCode": 200, "functionError": ""}
    assert json.loads(document["responsePayload"]) == {
        "requestId": submitted.request_id,
        "received": len(b'{"name":"guide"}'),
    }


def test_failure_only_sends_failures_and_no_successes(
    provisioned: Stack, clients_of: Callable[[Stack], Clients]
) -> None:
    provisioned.set("onSuccess", "none")
    provisioned.up()
    clients = clients_of(provisioned)
    succeeding, status = ended(clients, b"{}")
    assert status == "Succeeded"
    failing, status = ended(clients, FAILING)
    assert status == "Failed"
    assert message_of(clients, failing).request_id == failing.request_id
    with pytest.raises(NoMessage):  # the later failure has arrived: a success would have, too
        receive_for(clients, succeeding.request_id, 2)
    summary = provisioned.preview()
    assert set(summary) == {"same"}, summary
