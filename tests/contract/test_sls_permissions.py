"""What a role session may do with projects and logstores, with the official clients."""

import itertools
import json
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import models as sts_models
from aliyun.log import (
    GetHistogramsRequest,
    IndexConfig,
    IndexLineConfig,
    LogException,
    LogItem,
    PutLogsRequest,
)

from tests.refused import log_refused
from tests.running_cloud import LogClientFactory

ACCOUNT_ID = "1234567890123456"
PROJECT = "guarded"
ARN = f"acs:log:cn-hangzhou:{ACCOUNT_ID}:project/{PROJECT}"
STORE = f"{ARN}/logstore/open"
DENIED = ("Unauthorized", 401)

Session = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def _project(log: Any) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    for name in ("open", "shut"):
        log.create_logstore(PROJECT, name)
        log.create_index(PROJECT, name, IndexConfig(line_config=IndexLineConfig([" "])))
    yield
    log.delete_project(PROJECT)


@pytest.fixture(scope="module")
def _numbers() -> Iterator[int]:  # pyright: ignore[reportUnusedFunction]
    return itertools.count()


@pytest.fixture
def session(ram: Any, sts: Any, log_client: LogClientFactory, _numbers: Iterator[int]) -> Session:
    """A client with the temporary credentials of a new role that may do this and no more."""

    def make(action: str | list[str], resource: str) -> Any:
        name = f"log-session-{next(_numbers)}"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [ACCOUNT_ID]}}
        arn = ram.create_role(
            ram_models.CreateRoleRequest(
                role_name=name,
                assume_role_policy_document=json.dumps({"Version": "1", "Statement": [trust]}),
            )
        ).body.role.arn
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        policy = json.dumps({"Version": "1", "Statement": [statement]})
        ram.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=policy))
        ram.attach_policy_to_role(
            ram_models.AttachPolicyToRoleRequest(
                policy_type="Custom", policy_name=name, role_name=name
            )
        )
        request = sts_models.AssumeRoleRequest(role_arn=arn, role_session_name="test")
        keys = sts.assume_role(request).body.credentials
        return log_client(
            keys.access_key_id, keys.access_key_secret, securityToken=keys.security_token
        )

    return make


def put(client: Any, store: str) -> None:
    client.put_logs(
        PutLogsRequest(PROJECT, store, "", "here", [LogItem(1_700_000_000, [("a", "b")])])
    )


def test_writing_to_one_logstore_is_writing_to_that_one(session: Session) -> None:
    writer = session("log:PostLogStoreLogs", STORE)
    put(writer, "open")
    assert log_refused(lambda: put(writer, "shut")) == DENIED
    assert log_refused(lambda: writer.get_log(PROJECT, "open", 1, 2)) == DENIED
    assert log_refused(lambda: writer.get_logstore(PROJECT, "open")) == DENIED


def index() -> IndexConfig:
    return IndexConfig(line_config=IndexLineConfig([" "]))


def _histograms(client: Any) -> Any:
    return client.get_histograms(GetHistogramsRequest(PROJECT, "open", 1, 2, "", "*"))


CALLS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "GetProject": ("log:GetProject", ARN, lambda c: c.get_project(PROJECT)),
    "ListProject": ("log:ListProject", ARN[: -len(PROJECT)] + "*", lambda c: c.list_project()),
    "UpdateProject": ("log:UpdateProject", ARN, lambda c: c.update_project(PROJECT, "new")),
    "TagResources": ("log:TagResources", ARN, lambda c: c.tag_project(PROJECT, a="b")),
    "UntagResources": ("log:UntagResources", ARN, lambda c: c.untag_project(PROJECT, "a")),
    "ListTagResources": (
        "log:ListTagResources",
        ARN,
        lambda c: list(c.list_tag_resources("project", PROJECT)),
    ),
    "ListLogStores": ("log:ListLogStores", f"{ARN}/logstore/*", lambda c: c.list_logstore(PROJECT)),
    "GetLogStore": ("log:GetLogStore", STORE, lambda c: c.get_logstore(PROJECT, "open")),
    "ListShards": ("log:ListShards", STORE, lambda c: c.list_shards(PROJECT, "open")),
    "GetIndex": ("log:GetIndex", STORE, lambda c: c.get_index_config(PROJECT, "open")),
    "UpdateIndex": ("log:UpdateIndex", STORE, lambda c: c.update_index(PROJECT, "open", index())),
    "GetLogs": ("log:GetLogStoreLogs", STORE, lambda c: c.get_log(PROJECT, "open", 1, 2)),
    "GetHistograms": ("log:GetLogStoreHistogram", STORE, _histograms),
    "GetCursor": ("log:GetCursorOrData", STORE, lambda c: c.get_end_cursor(PROJECT, "open", 0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_needs_its_own_permission(session: Session, name: str) -> None:
    action, resource, call = CALLS[name]
    call(session(action, resource))
    others = sorted({other for other, _, _ in CALLS.values()} - {action})
    refused = session(others, "*")
    assert log_refused(lambda: call(refused)) == DENIED


def test_a_project_that_one_may_not_see_is_not_told_from_one_that_is_not_there(
    session: Session,
) -> None:
    stranger = session("log:GetProject", f"{ARN}-not")
    assert log_refused(lambda: stranger.get_project(PROJECT)) == DENIED
    assert log_refused(lambda: stranger.get_project("nowhere")) == DENIED


def test_the_refusal_names_action_and_resource(session: Session) -> None:
    with pytest.raises(LogException) as raised:
        put(session("log:GetLogStore", "*"), "open")
    message: str = raised.value.get_error_message()
    assert message.startswith(
        f"denied by sts or ram, action: log:PostLogStoreLogs, resource: {STORE} ("
    )
    assert "no attached policy allows it" in message
