"""The guide's s.yaml becomes a program that deploys, and whose function is invoked as a task."""

from collections.abc import Callable, Generator

import pytest

from fctask.clients import Clients
from fctask.messages import acknowledge, receive_for
from fctask.tasks import follow, submit
from tests.e2e.converted import Project
from tests.e2e.deployed_by_serverless_devs import DESTINATION, ROLE, Deployed
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud
from tests.unit.serverless_devs.guide import GUIDE

PATIENCE = 60  # seconds; two attempts of 2 s and the time between them are far below


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The guide's project; only its 60 seconds for an execution are 2."""
    text = GUIDE.replace("timeout: 60", "timeout: 2")
    return Project(tmp_path_factory.mktemp("sample"), text)


@pytest.fixture(scope="module")
def converted_stack(project: Project, cloud: RunningCloud) -> Generator[Stack, None, None]:
    """The converted program, up; destroyed at the end."""
    Deployed(cloud).role_and_queue()
    project.converted()
    stack = project.stack(cloud.port)
    assert set(stack.preview()) == {"create"}
    stack.up()
    yield stack
    stack.destroy()


@pytest.mark.usefixtures("converted_stack")
def test_the_function_is_sent_as_the_file_has_it(cloud: RunningCloud) -> None:
    (made,) = [each for each in cloud.requests() if each["operation"] == "CreateFunction"]
    sent = made["parameters"]
    assert sent["functionName"] == "my-fc-job"
    assert sent["description"] == "this is test"
    assert sent["handler"] == "index.handler"
    assert sent["memorySize"] == 128
    assert sent["runtime"] == "python3"
    assert sent["instanceConcurrency"] == 1
    assert sent["internetAccess"] is True
    assert sent["timeout"] == 2
    assert sent["role"] == ROLE


@pytest.mark.usefixtures("converted_stack")
def test_the_asynchronous_configuration_is_sent_as_the_file_has_it(cloud: RunningCloud) -> None:
    (put,) = [each for each in cloud.requests() if each["operation"] == "PutAsyncInvokeConfig"]
    sent = put["parameters"]
    assert sent["maxAsyncEventAgeInSeconds"] == 172800
    assert sent["maxAsyncRetryAttempts"] == 1
    assert sent["asyncTask"] is True
    assert sent["destinationConfig"] == {
        "onSuccess": {"destination": DESTINATION},
        "onFailure": {"destination": DESTINATION},
    }


def test_a_second_preview_has_nothing_to_change(converted_stack: Stack) -> None:
    assert set(converted_stack.preview()) == {"same"}


def test_the_failing_task_of_the_guide_sends_its_message(
    converted_stack: Stack, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(converted_stack)
    submitted = submit(clients, b'{"failure":true}')
    statuses = [state.status for _, state in follow(clients, submitted.task_id)]
    assert statuses[-1] == "Failed"
    message = receive_for(clients, submitted.request_id, PATIENCE)
    acknowledge(clients, message)
    assert message.document["requestContext"]["condition"] == "InvocationError"
    assert message.document["requestContext"]["approximateInvokeCount"] == 2
    assert message.document["requestPayload"] == '{"failure":true}'


def test_a_second_conversion_does_not_overwrite_the_program(
    converted_stack: Stack, project: Project
) -> None:
    program = converted_stack.folder / "__main__.py"
    program.write_text(program.read_text() + "# written by hand\n")
    ran = project.convert()
    assert ran.exit_code == 1
    assert "infra has __main__.py, Pulumi.yaml, Pulumi.dev.yaml already" in ran.stderr
    assert program.read_text().endswith("# written by hand\n")
