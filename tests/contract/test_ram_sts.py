"""Who calls, and as which role, with the official STS client."""

import json
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models
from alibabacloud_sts20150401.client import Client

from tests.refused import refused
from tests.running_cloud import RunningCloud

ACCOUNT_ID = "1234567890123456"


def trust(**principal: Any) -> str:
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
    return json.dumps({"Version": "1", "Statement": [statement]})


def make_role(ram: Any, name: str, document: str) -> str:
    request = ram_models.CreateRoleRequest(role_name=name, assume_role_policy_document=document)
    return ram.create_role(request).body.role.arn


def session_of(sts: Any, role_arn: str, **more: Any) -> Any:
    request = models.AssumeRoleRequest(role_arn=role_arn, role_session_name="a-session", **more)
    return sts.assume_role(request).body


def as_session(cloud: RunningCloud, credentials: Any) -> Any:
    """A configuration that signs with temporary credentials."""
    return cloud.config(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
    )


@pytest.fixture(scope="module")
def open_role(ram: Any) -> str:
    """The ARN of a role that the account may assume."""
    return make_role(ram, "open", trust(RAM=[ACCOUNT_ID]))


def test_the_account_is_told_who_it_is(sts: Any) -> None:
    who = sts.get_caller_identity().body
    assert who.account_id == ACCOUNT_ID
    assert who.arn == f"acs:ram::{ACCOUNT_ID}:root"
    assert who.identity_type == "Account"
    assert who.principal_id == who.user_id == ACCOUNT_ID


def test_a_session_is_told_who_it_is(cloud: RunningCloud, ram: Any, sts: Any) -> None:
    arn = make_role(ram, "Assumed", trust(RAM=[f"acs:ram::{ACCOUNT_ID}:root"]))
    assumed = session_of(sts, arn)
    who = Client(as_session(cloud, assumed.credentials)).get_caller_identity().body
    assert who.identity_type == "AssumedRoleUser"
    assert who.account_id == ACCOUNT_ID
    assert who.arn == f"acs:ram::{ACCOUNT_ID}:assumed-role/assumed/a-session"
    assert who.principal_id == assumed.assumed_role_user.assumed_role_id
    assert who.principal_id == f"{who.role_id}:a-session"


def test_only_whom_the_trust_policy_names_gets_a_session(ram: Any, sts: Any) -> None:
    for name, document in (
        ("for-fc", trust(Service=["fc.aliyuncs.com"])),
        ("for-another", trust(RAM=["acs:ram::9999999999999999:root"])),
        (
            "on-condition",
            trust(RAM=[ACCOUNT_ID]).replace(
                '"Effect"', '"Condition": {"Bool": {"acs:MFAPresent": "true"}}, "Effect"'
            ),
        ),
    ):
        arn = make_role(ram, name, document)
        assert refused(lambda arn=arn: session_of(sts, arn)) == ("NoPermission", 403)


def test_a_session_may_do_what_its_role_may_and_nothing_else(
    cloud: RunningCloud, ram: Any, sts: Any
) -> None:
    arn = make_role(ram, "reader", trust(RAM=[ACCOUNT_ID]))
    client: Any = RamClient(as_session(cloud, session_of(sts, arn).credentials))
    read = ram_models.GetRoleRequest(role_name="reader")
    assert refused(lambda: client.get_role(read)) == ("NoPermission", 403)
    ram.create_policy(
        ram_models.CreatePolicyRequest(
            policy_name="reads-itself",
            policy_document=json.dumps(
                {
                    "Version": "1",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "ram:Get*",
                            "Resource": f"acs:ram:*:{ACCOUNT_ID}:role/reader",
                        }
                    ],
                }
            ),
        )
    )
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="reads-itself", role_name="reader"
        )
    )
    assert client.get_role(read).body.role.role_name == "reader"
    other = ram_models.GetRoleRequest(role_name="other")
    assert refused(lambda: client.get_role(other)) == ("NoPermission", 403)
    delete = ram_models.DeleteRoleRequest(role_name="reader")
    assert refused(lambda: client.delete_role(delete)) == ("NoPermission", 403)


def test_a_session_may_go_on_to_another_role_where_its_own_lets_it(
    cloud: RunningCloud, ram: Any, sts: Any
) -> None:
    first = make_role(ram, "first", trust(RAM=[ACCOUNT_ID]))
    second = make_role(ram, "second", trust(RAM=[f"acs:ram::{ACCOUNT_ID}:role/first"]))
    client: Any = Client(as_session(cloud, session_of(sts, first).credentials))
    assert refused(lambda: session_of(client, second)) == ("NoPermission", 403)
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", role_name="first"
        )
    )
    assert session_of(client, second).assumed_role_user.arn.endswith("role/second/a-session")
    # The account itself is not what the second role's trust policy names.
    assert refused(lambda: session_of(sts, second)) == ("NoPermission", 403)


def test_a_deleted_roles_credentials_stop_working(cloud: RunningCloud, ram: Any, sts: Any) -> None:
    arn = make_role(ram, "leaver", trust(RAM=[ACCOUNT_ID]))
    client: Any = Client(as_session(cloud, session_of(sts, arn).credentials))
    assert client.get_caller_identity().body.account_id == ACCOUNT_ID
    ram.delete_role(ram_models.DeleteRoleRequest(role_name="leaver"))
    assert refused(client.get_caller_identity)[0] == "InvalidAccessKeyId.NotFound"
    # A new role of the same name does not bring them back.
    make_role(ram, "leaver", trust(RAM=[ACCOUNT_ID]))
    assert refused(client.get_caller_identity)[0] == "InvalidAccessKeyId.NotFound"


def test_a_token_works_with_its_own_key_only(cloud: RunningCloud, ram: Any, sts: Any) -> None:
    arn = make_role(ram, "mixed", trust(RAM=[ACCOUNT_ID]))
    one, other = (session_of(sts, arn).credentials for _ in range(2))
    one.security_token = other.security_token
    code, _ = refused(Client(as_session(cloud, one)).get_caller_identity)
    assert code
    assert code.startswith("InvalidSecurityToken")


def test_credentials_outlive_a_restart(fresh_cloud: RunningCloud) -> None:
    ram: Any = RamClient(fresh_cloud.config())
    sts: Any = Client(fresh_cloud.config())
    arn = make_role(ram, "stays", trust(RAM=[ACCOUNT_ID]))
    client: Any = Client(as_session(fresh_cloud, session_of(sts, arn).credentials))
    fresh_cloud.kill()
    fresh_cloud.restart()
    assert client.get_caller_identity().body.identity_type == "AssumedRoleUser"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role_session_name": "x"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "with space"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"policy": "{}"}, "NotImplemented"),
    ],
)
def test_a_session_that_is_not_valid_is_refused(
    open_role: str, sts: Any, change: dict[str, Any], code: str
) -> None:
    values: dict[str, Any] = {"role_arn": open_role, "role_session_name": "fine", **change}
    request = models.AssumeRoleRequest(**values)
    assert refused(lambda: sts.assume_role(request)) == (code, 400)


def test_a_role_that_does_not_exist_cannot_be_assumed(sts: Any) -> None:
    arn = f"acs:ram::{ACCOUNT_ID}:role/nobody"
    assert refused(lambda: session_of(sts, arn)) == ("EntityNotExist.Role", 404)
