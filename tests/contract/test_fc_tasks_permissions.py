"""What a task's role lets Function Compute and the handler do, through the official SDKs.

The policies are the components' own: the least one is enough, and each statement of it is needed.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from aliyun.log import IndexConfig, LogClient, LogException, LogItem, PutLogsRequest
from fc_async_tasks.role import SYSTEM_POLICY, guide_policy, least_policy
from mns.account import Account
from mns.queue import Message
from mns.topic import TopicMeta

from tests.contract.function_packages import function_client, models, refusal_of
from tests.contract.task_stack import TaskStack, queue_arn, wait_until
from tests.refused import refused, smq_refused
from tests.running_cloud import ACCOUNT_ID, REGION, LogClientFactory, RunningCloud

PROJECT, LOGSTORE = "permission-logs", "tasks"


@pytest.fixture(scope="module", autouse=True)
def _logs(log: LogClient) -> None:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    log.create_logstore(PROJECT, LOGSTORE, 7, 1)
    index: Any = IndexConfig()
    index.from_json({"line": {"token": [" ", ":"], "caseSensitive": False}, "keys": {}})
    log.create_index(PROJECT, LOGSTORE, index)


def role_with(stack: TaskStack, statements: Sequence[Mapping[str, Any]]) -> str:
    """The ARN of a new role that FC may assume, with one policy of these statements."""
    arn = stack.role([])
    name = arn.rpartition("/")[2]
    document = json.dumps({"Version": "1", "Statement": list(statements)})
    stack.ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)
    )
    attach(stack, arn, name, "Custom")
    return arn


def attach(stack: TaskStack, role: str, policy: str, kind: str) -> None:
    stack.ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type=kind, policy_name=policy, role_name=role.rpartition("/")[2]
        )
    )


def least(queue: str) -> list[dict[str, Any]]:
    """The statements of a task's default policy, for this queue and this module's logstore."""
    document: Any = least_policy(REGION, ACCOUNT_ID, [queue_arn(queue)], PROJECT, LOGSTORE)
    return document["Statement"]


def ended(stack: TaskStack, role: str, queue: str) -> Any:
    """A task of a function with that role, a destination and a logstore, at its end."""
    job = stack.function(
        role=role,
        success=queue_arn(queue),
        failure=queue_arn(queue),
        log_config=models.LogConfig(project=PROJECT, logstore=LOGSTORE),
    )
    return stack.wait(job, stack.submit(job))


def log_error(task: Any) -> str | None:
    return json.loads(task.events[-1].event_detail).get("LogError")


def logged(log: LogClient, task: Any) -> bool:
    now = int(time.time())
    found: Any = log.get_log(PROJECT, LOGSTORE, now - 600, now + 60, query=f'"{task.request_id}"')
    return found.get_count() > 0


def least_of(_: TaskStack, queue: str) -> list[dict[str, Any]]:
    return least(queue)


def guides(_: TaskStack, queue: str) -> list[dict[str, Any]]:
    del queue
    document: Any = guide_policy()
    return document["Statement"]


@pytest.mark.parametrize("policy", [least_of, guides])
def test_a_policy_that_the_components_write_is_enough(
    stack: TaskStack, log: LogClient, policy: Callable[[TaskStack, str], list[dict[str, Any]]]
) -> None:
    queue = stack.queue()
    task = ended(stack, role_with(stack, policy(stack, queue)), queue)
    assert (task.status, task.destination_status, log_error(task)) == (
        "Succeeded",
        "Succeeded",
        None,
    )
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == task.request_id
    wait_until(lambda: logged(log, task))


def test_the_system_policy_is_enough(stack: TaskStack, log: LogClient) -> None:
    role, queue = stack.role([]), stack.queue()
    attach(stack, role, SYSTEM_POLICY, "System")
    task = ended(stack, role, queue)
    assert (task.destination_status, log_error(task)) == ("Succeeded", None)
    wait_until(lambda: logged(log, task))


def test_the_least_policy_has_a_statement_for_each_thing_and_no_more() -> None:
    assert [statement["Action"] for statement in least("q")] == [
        ["mns:SendMessage"],
        ["log:PostLogStoreLogs"],
    ]


def test_without_its_first_statement_no_result_arrives(stack: TaskStack, log: LogClient) -> None:
    queue = stack.queue()
    task = ended(stack, role_with(stack, least(queue)[1:]), queue)
    assert task.destination_status.startswith("Failed: AccessDenied: ")
    assert "mns:SendMessage" in task.destination_status
    assert log_error(task) is None
    wait_until(lambda: logged(log, task))
    assert smq_refused(lambda: stack.smq.get_queue(queue).receive_message()) == "MessageNotExist"


def test_without_its_second_statement_no_log_is_written(stack: TaskStack, log: LogClient) -> None:
    queue = stack.queue()
    task = ended(stack, role_with(stack, least(queue)[:1]), queue)
    assert task.destination_status == "Succeeded"
    assert "log:PostLogStoreLogs" in str(log_error(task))
    assert not logged(log, task)


@pytest.mark.parametrize("kind", ["queue", "topic", "function"])
def test_each_statement_for_a_destination_is_needed_for_its_own_kind_alone(
    stack: TaskStack, kind: str
) -> None:
    """The components' policy of a role that may send to all three, without one of them."""
    queue, callee = stack.queue(), stack.function()
    stack.smq.get_topic(f"news-{queue}").create(TopicMeta())
    destinations = {
        "queue": queue_arn(queue),
        "topic": f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/news-{queue}/messages",
        "function": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{callee}",
    }
    document: Any = least_policy(REGION, ACCOUNT_ID, list(destinations.values()))
    statements: list[dict[str, Any]] = document["Statement"]
    assert len(statements) == 3
    actions = {"queue": "mns:SendMessage", "topic": "mns:PublishMessage"}
    action = actions.get(kind, "fc:InvokeFunction")
    for left_out in statements:
        role = role_with(stack, [one for one in statements if one is not left_out])
        job = stack.function(role=role, success=destinations[kind])
        status = stack.wait(job, stack.submit(job)).destination_status
        if left_out["Action"] == [action]:
            assert status.startswith("Failed: AccessDenied: "), status
            assert action in status
        else:
            assert status == "Succeeded"


def test_what_a_policy_denies_stays_denied_whatever_allows_it(stack: TaskStack) -> None:
    queue = stack.queue()
    deny = {"Effect": "Deny", "Action": "mns:Send*", "Resource": queue_arn(queue)}
    task = ended(stack, role_with(stack, [*guides(stack, queue), deny]), queue)
    assert "denies it" in task.destination_status


def test_a_permission_given_later_counts_from_the_next_delivery(stack: TaskStack) -> None:
    role, queue = stack.role([]), stack.queue()
    assert "AccessDenied" in ended(stack, role, queue).destination_status
    attach(stack, role, SYSTEM_POLICY, "System")
    assert ended(stack, role, queue).destination_status == "Succeeded"


def test_a_role_that_does_not_trust_fc_gives_nothing(stack: TaskStack) -> None:
    queue = stack.queue()
    role = role_with(stack, least(queue))
    stack.ram.update_role(
        ram_models.UpdateRoleRequest(
            role_name=role.rpartition("/")[2],
            new_assume_role_policy_document=json.dumps(
                {
                    "Version": "1",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": ["ecs.aliyuncs.com"]},
                        }
                    ],
                }
            ),
        )
    )
    task = ended(stack, role, queue)
    assert task.status == "Succeeded"
    assert "trust policy" in task.destination_status
    assert "trust policy" in str(log_error(task))


# --- the handler's own credentials ---------------------------------------------------------------

TELL = """
import json
def handler(event, context):
    held = context.credentials
    return json.dumps([held.access_key_id, held.access_key_secret, held.security_token])
"""

SEND = """
import base64, hashlib, hmac, os, urllib.request
from email.utils import formatdate

def handler(event, context):
    # no SDK is at hand in a bare runtime: this is what SMQ's does
    held, path = context.credentials, "/queues/" + os.environ["QUEUE"] + "/messages"
    body = b"<Message><MessageBody>" + base64.b64encode(event) + b"</MessageBody></Message>"
    headers = {"Date": formatdate(usegmt=True), "Content-Type": "text/xml",
               "x-mns-version": "2015-06-06", "security-token": held.security_token}
    text = "POST\\n\\ntext/xml\\n" + headers["Date"] + "\\nx-mns-version:2015-06-06\\n" + path
    signed = base64.b64encode(hmac.new(held.access_key_secret.encode(), text.encode(), "sha1").digest())
    headers["Authorization"] = "MNS " + held.access_key_id + ":" + signed.decode()
    request = urllib.request.Request(os.environ["SMQ_ENDPOINT"] + path, body, headers, method="POST")
    return urllib.request.urlopen(request).read()
"""  # noqa: E501 - it is the handler's


def credentials(stack: TaskStack, role: str) -> list[str]:
    """Key, secret and token that a handler with this role finds in its context."""
    job = stack.function(source=TELL, role=role)
    return json.loads(stack.call(job).body.read())


def test_a_handler_sends_to_its_queue_with_nothing_but_its_context(
    stack: TaskStack, cloud: RunningCloud
) -> None:
    mine, other = stack.queue(), stack.queue()
    role = role_with(stack, least(mine))
    job = stack.function(
        source=SEND, role=role, environment_variables={"SMQ_ENDPOINT": cloud.url, "QUEUE": mine}
    )
    task = stack.wait(job, stack.submit(job, {"from": "the handler"}))
    assert task.status == "Succeeded", task.return_payload
    assert stack.messages(mine, 1) == [{"from": "the handler"}]
    elsewhere = stack.function(
        source=SEND, role=role, environment_variables={"SMQ_ENDPOINT": cloud.url, "QUEUE": other}
    )
    task = stack.wait(elsewhere, stack.submit(elsewhere))
    assert task.status == "Failed"
    assert "403" in task.return_payload


def test_a_handlers_credentials_do_in_each_service_what_its_role_may(
    stack: TaskStack, cloud: RunningCloud, log_client: LogClientFactory
) -> None:
    queue, other = stack.queue(), stack.queue()
    callee, stranger = stack.function(), stack.function()
    invoke = {
        "Effect": "Allow",
        "Action": "fc:InvokeFunction",
        "Resource": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{callee}",
    }
    key, secret, token = credentials(stack, role_with(stack, [*least(queue), invoke]))

    account = Account(cloud.url, key, secret, token)
    account.get_queue(queue).send_message(Message("yes"))
    assert smq_refused(lambda: account.get_queue(other).send_message(Message("no"))) == (
        "AccessDenied"
    )
    assert smq_refused(lambda: account.get_queue(queue).receive_message()) == "AccessDenied"

    session = cloud.config(access_key_id=key, access_key_secret=secret, security_token=token)
    fc: Any = function_client(session)
    call = models.InvokeFunctionRequest(body=b"{}")
    assert fc.invoke_function(callee, call).status_code == 200
    for forbidden in (
        lambda: fc.invoke_function(stranger, call),
        lambda: fc.list_async_tasks(callee, models.ListAsyncTasksRequest()),
        lambda: fc.delete_function(callee),
    ):
        status, code, message = refusal_of(forbidden)
        assert (status, code) == (403, "AccessDenied")
        assert "may not" in message

    logs = log_client(key, secret, securityToken=token)
    item = LogItem(contents=[("from", f"handler {uuid.uuid4().hex}")])
    logs.put_logs(PutLogsRequest(PROJECT, LOGSTORE, "", "", [item]))
    with pytest.raises(LogException, match=r"may not do log:GetLogStore"):
        logs.get_logstore(PROJECT, LOGSTORE)


def test_a_functions_role_that_may_do_nothing_has_credentials_that_do_nothing(
    stack: TaskStack, cloud: RunningCloud
) -> None:
    key, secret, token = credentials(stack, stack.role([]))
    account = Account(cloud.url, key, secret, token)
    assert smq_refused(lambda: account.get_queue("any").get_attributes()) == "AccessDenied"
    session = cloud.config(access_key_id=key, access_key_secret=secret, security_token=token)
    client: Any = type(stack.ram)(session)
    assert refused(lambda: client.list_roles(ram_models.ListRolesRequest())) == (
        "NoPermission",
        403,
    )
