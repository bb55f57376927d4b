"""Nothing is taken in silence: what does not act is refused, or is told in the log, once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_mns_open20220119 import models as mns_models
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_tea_openapi.models import OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from mns.account import Account
from mns.mns_http import RequestInternal
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMeta

from tests.contract.function_packages import create_request, models, refusal_of
from tests.refused import refused
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{ACCOUNT_ID}:root"]},
            }
        ],
    }
)


@pytest.fixture
def warned(cloud: RunningCloud) -> Callable[[], list[str]]:
    """The lines about what changes nothing that were written since this was asked for."""
    before = len(cloud.stderr())

    def lines() -> list[str]:
        told = cloud.stderr()[before:].splitlines()
        return [line for line in told if "is kept but changes nothing" in line]

    return lines


# --- recorded, with a warning -----------------------------------------------------------------


def test_logging_of_queues_and_topics_is_warned_of_once(
    smq: Account, mns_open: Any, warned: Callable[[], list[str]]
) -> None:
    smq.get_queue("silent").create(QueueMeta(logging_enabled=False))
    smq.get_topic("silent").create(TopicMeta(logging_enabled=False))
    mns_open.create_queue(mns_models.CreateQueueRequest(queue_name="quiet", enable_logging=False))
    assert warned() == []
    for _ in range(2):
        smq.get_queue("told").create(QueueMeta(logging_enabled=True))
        smq.get_queue("told").set_attributes(QueueMeta(logging_enabled=True))
        smq.get_topic("told").create(TopicMeta(logging_enabled=True))
    mns_open.create_queue(mns_models.CreateQueueRequest(queue_name="loud", enable_logging=True))
    lines = warned()
    assert len(lines) == 3, lines
    for line, whose in zip(lines, ("queue told", "topic told", "CreateQueue of "), strict=True):
        assert whose in line
        assert "Logging" in line
        assert "is not logged" in line


def test_what_a_subscription_cannot_need_is_warned_of(
    smq: Account, mns_open: Any, warned: Callable[[], list[str]]
) -> None:
    queue, topic = smq.get_queue("subscribed"), smq.get_topic("strategies")
    queue.create(QueueMeta())
    topic.create(TopicMeta())
    endpoint = f"acs:mns:{REGION}:{ACCOUNT_ID}:queues/subscribed"
    topic.get_subscription("plain").subscribe(SubscriptionMeta(endpoint))
    assert warned() == []
    topic.get_subscription("decaying").subscribe(
        SubscriptionMeta(endpoint, notify_strategy="EXPONENTIAL_DECAY_RETRY")
    )
    mns_open.subscribe(
        mns_models.SubscribeRequest(
            topic_name="strategies",
            subscription_name="with-a-role",
            push_type="queue",
            endpoint=endpoint,
            sts_role_arn=f"acs:ram::{ACCOUNT_ID}:role/pusher",
        )
    )
    first, second = warned()
    assert "NotifyStrategy" in first
    assert "StsRoleArn" in second


def test_conditions_and_federation_are_warned_of(ram: Any, warned: Callable[[], list[str]]) -> None:
    condition = {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}
    plain = {"Effect": "Allow", "Action": "oss:*", "Resource": "*"}
    policy = json.dumps({"Version": "1", "Statement": [{**plain, "Condition": condition}]})
    ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="conditional", policy_document=policy)
    )
    trust = json.loads(TRUST)
    trust["Statement"][0]["Principal"] = {"Federated": [f"acs:ram::{ACCOUNT_ID}:saml-provider/x"]}
    ram.create_role(
        ram_models.CreateRoleRequest(
            role_name="federated", assume_role_policy_document=json.dumps(trust)
        )
    )
    about_policy, about_role = warned()
    assert "policy conditional: Condition" in about_policy
    assert "trust policy of role federated: Principal.Federated" in about_role
    refused_policy = policy.replace("Allow", "allow")
    with pytest.raises(Exception, match="Effect is"):
        ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name="other", policy_document=refused_policy)
        )
    assert len(warned()) == 2


def test_a_trigger_that_needs_no_role_says_so(fc: Any, warned: Callable[[], list[str]]) -> None:
    fc.create_function(create_request("timed"))
    trigger = models.CreateTriggerInput(
        trigger_name="each-hour",
        trigger_type="timer",
        trigger_config=json.dumps({"cronExpression": "@every 60m", "enable": False}),
        invocation_role=f"acs:ram::{ACCOUNT_ID}:role/caller",
    )
    fc.create_trigger("timed", models.CreateTriggerRequest(body=trigger))
    (line,) = warned()
    assert "trigger each-hour of function timed: invocationRole" in line
    assert fc.get_trigger("timed", "each-hour").body.invocation_role.endswith("role/caller")


def test_a_resource_group_is_kept_and_that_is_all(
    fc: Any, log: Any, warned: Callable[[], list[str]]
) -> None:
    fc.create_function(create_request("grouped"))
    log.create_project("grouped-logs", "")
    assert warned() == []
    log.create_project("born-in-a-group", "", resource_group_id="rg-0")
    (at_birth,) = warned()
    assert "project born-in-a-group: resourceGroupId" in at_birth
    for _ in range(2):
        fc.change_resource_group(
            models.ChangeResourceGroupRequest(
                body=models.ChangeResourceGroupInput(
                    resource_id=f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/grouped",
                    resource_type="function",
                    new_resource_group_id="rg-1",
                )
            )
        )
        log.change_resource_group("grouped-logs", "rg-1")
    _, about_function, about_project = warned()
    assert "functions/grouped: ChangeResourceGroup" in about_function
    assert "project grouped-logs: ChangeResourceGroup" in about_project
    got = fc.get_function("grouped", models.GetFunctionRequest()).body
    assert got.resource_group_id == "rg-1"


def test_a_clients_own_request_id_is_not_used_and_that_is_said(
    fc: Any, warned: Callable[[], list[str]]
) -> None:
    fc.create_function(create_request("called"))
    ids = {"x-fc-request-id": "mine", "x-fc-trace-id": "traced"}
    for _ in range(2):
        answer = fc.invoke_function_with_options(
            "called",
            models.InvokeFunctionRequest(body=b"{}"),
            models.InvokeFunctionHeaders(common_headers=ids),
            RuntimeOptions(),
        )
        assert answer.headers["x-fc-request-id"] not in ("", "mine")
    about_id, about_trace = warned()
    assert "x-fc-request-id is kept" not in about_trace
    assert "x-fc-request-id" in about_id
    assert "x-fc-trace-id" in about_trace


# --- refused ---------------------------------------------------------------------------------


def test_what_ram_has_and_localcloud_has_not_is_refused(ram: Any) -> None:
    tag = ram_models.ListRolesRequestTag(key="a", value="b")
    calls: dict[str, Callable[[], Any]] = {
        "AllowConsoleLogin": lambda: ram.create_role(
            ram_models.CreateRoleRequest(
                role_name="with-a-console",
                assume_role_policy_document=TRUST,
                allow_console_login=True,
            )
        ),
        "Tag": lambda: ram.list_roles(ram_models.ListRolesRequest(tag=[tag])),
        "ResourceGroupId": lambda: ram.attach_policy_to_role(
            ram_models.AttachPolicyToRoleRequest(
                role_name="r", policy_name="p", policy_type="Custom", resource_group_id="rg"
            )
        ),
    }
    for parameter, call in calls.items():
        with pytest.raises(Exception, match=f"not implement the parameter {parameter}") as why:
            call()
        refusal: Any = why.value
        assert (refusal.code, refusal.status_code) == ("NotImplemented", 400)
    get = ram_models.GetRoleRequest(role_name="with-a-console")
    assert refused(lambda: ram.get_role(get)) == ("EntityNotExist.Role", 404)


@pytest.mark.parametrize(
    "setting", [{"external_id": "x"}, {"policy": "{}"}, {"source_identity": "me"}]
)
def test_a_session_cannot_be_narrowed(sts: Any, setting: dict[str, Any]) -> None:
    request = sts_models.AssumeRoleRequest(
        role_arn=f"acs:ram::{ACCOUNT_ID}:role/any", role_session_name="test", **setting
    )
    assert refused(lambda: sts.assume_role(request)) == ("NotImplemented", 400)


@pytest.mark.parametrize(
    "setting",
    [
        {"enable_sse": True},
        {"kms_key_id": "key"},
        {"sse_algorithm": "AES256"},
        {"sse_type": "KMS"},
    ],
)
def test_a_queue_cannot_be_encrypted(mns_open: Any, setting: dict[str, Any]) -> None:
    request = mns_models.CreateQueueRequest(queue_name="secret", **setting)
    assert refused(lambda: mns_open.create_queue(request)) == ("NotImplemented", 400)
    found = mns_open.list_queue(mns_models.ListQueueRequest(queue_name="secret")).body.data
    assert found.total == 0


def test_a_query_that_nobody_takes_is_refused_by_every_service(
    fc: Any, smq: Account, log: Any
) -> None:
    asked = OpenApiRequest(query={"prefix": "a", "colour": "red"})
    sent = roa("GET", "/2023-03-30/functions")
    status, code, message = refusal_of(lambda: fc.call_api(sent, asked, RuntimeOptions()))
    assert (status, code) == (400, "InvalidArgument")
    assert "'colour' in the query of ListFunctions" in message

    client: Any = smq.mns_client
    request = RequestInternal("GET", "/queues?colour=red")
    client.build_header(_Named("id"), request)
    answer = client.http.send_request(request)
    assert answer.status == 400
    assert "&#39;colour&#39;" in answer.data or "'colour'" in answer.data

    with pytest.raises(Exception, match="'colour' in the query of ListLogStores") as why:
        log._send("GET", "any-project", None, "/logstores", {"colour": "red"}, {})
    refusal: Any = why.value
    assert (refusal.get_error_code(), refusal.resp_status) == ("ParameterInvalid", 400)


def roa(method: str, path: str) -> Params:
    """A call of Function Compute's that the SDK has no method for."""
    return Params(
        action="Any",
        version="2023-03-30",
        protocol="HTTP",
        pathname=path,
        method=method,
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )


@pytest.fixture(scope="module")
def function(fc: Any) -> str:
    fc.create_function(create_request("with-fields"))
    return "with-fields"


class _Named:
    """What SMQ's client wants of a request for its headers."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id

    def get_request_id(self) -> None:
        return None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/2023-03-30/functions/{}/concurrency"),
        ("POST", "/2023-03-30/tags-v2"),
        ("POST", "/2023-03-30/functions/{}/versions"),
        ("POST", "/2023-03-30/functions/{}/aliases"),
    ],
)
def test_a_field_that_nobody_takes_is_refused(
    fc: Any, function: str, method: str, path: str
) -> None:
    asked = OpenApiRequest(body={"colour": "red"})
    sent = roa(method, path.format(function))
    status, code, message = refusal_of(lambda: fc.call_api(sent, asked, RuntimeOptions()))
    assert (status, code) == (400, "InvalidArgument")
    assert "colour" in message
