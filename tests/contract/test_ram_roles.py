"""Roles, with the official RAM client."""

import json
from typing import Any

import pytest
from alibabacloud_ram20150501 import models

from tests.refused import refused

ACCOUNT_ID = "1234567890123456"
TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
    }
)


def create(ram: Any, name: str, **more: Any) -> Any:
    request = models.CreateRoleRequest(role_name=name, assume_role_policy_document=TRUST, **more)
    return ram.create_role(request).body.role


def test_a_role_is_given_back_as_it_was_made(ram: Any) -> None:
    made = create(
        ram,
        "Job-Role",
        description="runs jobs",
        max_session_duration=7200,
        tag=[models.CreateRoleRequestTag(key="team", value="data")],
    )
    got = ram.get_role(models.GetRoleRequest(role_name="Job-Role")).body.role
    assert got.role_name == "Job-Role"
    assert got.arn == f"acs:ram::{ACCOUNT_ID}:role/job-role"
    assert got.assume_role_policy_document == TRUST
    assert got.description == "runs jobs"
    assert got.max_session_duration == 7200
    assert got.role_id == made.role_id
    assert got.create_date.endswith("Z")
    tags = ram.list_tag_resources(
        models.ListTagResourcesRequest(resource_type="role", resource_names=["Job-Role"])
    ).body.tag_resources
    assert [(tag.tag_key, tag.tag_value) for tag in tags] == [("team", "data")]


def test_a_session_lasts_an_hour_where_a_role_does_not_say(ram: Any) -> None:
    assert create(ram, "plain-role").max_session_duration == 3600


def test_an_update_changes_what_it_names_and_nothing_else(ram: Any) -> None:
    create(ram, "to-update", description="before")
    ram.update_role(models.UpdateRoleRequest(role_name="to-update", new_max_session_duration=43200))
    got = ram.get_role(models.GetRoleRequest(role_name="to-update")).body.role
    assert (got.description, got.max_session_duration) == ("before", 43200)
    ram.update_role(models.UpdateRoleRequest(role_name="to-update", new_description=""))
    got = ram.get_role(models.GetRoleRequest(role_name="to-update")).body.role
    assert not got.description
    assert got.assume_role_policy_document == TRUST


def test_names_that_differ_in_case_are_one_name(ram: Any) -> None:
    create(ram, "Cased")
    assert refused(lambda: create(ram, "cASED")) == ("EntityAlreadyExists.Role", 409)
    assert ram.get_role(models.GetRoleRequest(role_name="CASED")).body.role.role_name == "Cased"


def test_a_deleted_role_is_gone(ram: Any) -> None:
    create(ram, "short-lived")
    ram.delete_role(models.DeleteRoleRequest(role_name="short-lived"))
    request = models.GetRoleRequest(role_name="short-lived")
    assert refused(lambda: ram.get_role(request)) == ("EntityNotExist.Role", 404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role_name": "no spaces"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "x" * 65}, "InvalidParameter.RoleName.Length"),
        ({"max_session_duration": 3599}, "InvalidParameter.MaxSessionDuration"),
        ({"max_session_duration": 43201}, "InvalidParameter.MaxSessionDuration"),
        ({"description": "x" * 1025}, "InvalidParameter.Description.Length"),
        ({"assume_role_policy_document": "{"}, "MalformedPolicyDocument"),
        ({"assume_role_policy_document": '{"Version":"1"}'}, "MalformedPolicyDocument"),
        (
            {"assume_role_policy_document": TRUST.replace("Principal", "Principle")},
            "MalformedPolicyDocument",
        ),
    ],
)
def test_a_role_that_is_not_valid_is_refused(ram: Any, change: dict[str, Any], code: str) -> None:
    values: dict[str, Any] = {"role_name": "never", "assume_role_policy_document": TRUST, **change}
    request = models.CreateRoleRequest(**values)
    assert refused(lambda: ram.create_role(request)) == (code, 400)


def test_a_setting_that_localcloud_does_not_have_is_refused(ram: Any) -> None:
    request = models.CreateRoleRequest(
        role_name="console", assume_role_policy_document=TRUST, allow_console_login=True
    )
    assert refused(lambda: ram.create_role(request)) == ("NotImplemented", 400)


def test_roles_are_listed_page_by_page(ram: Any) -> None:
    names = [f"page-{number}" for number in range(7)]
    for name in names:
        create(ram, name)
    listed: list[str] = []
    marker = ""
    while True:
        page = ram.list_roles(models.ListRolesRequest(max_items=3, marker=marker)).body
        assert len(page.roles.role) <= 3
        listed += [role.role_name for role in page.roles.role]
        if not page.is_truncated:
            break
        marker = page.marker
    assert len(listed) == len(set(listed))
    assert set(names) <= set(listed)


def test_tags_are_changed_and_taken_off(ram: Any) -> None:
    create(ram, "tagged")
    ram.tag_resources(
        models.TagResourcesRequest(
            resource_type="role",
            resource_names=["tagged"],
            tag=[
                models.TagResourcesRequestTag(key="a", value="1"),
                models.TagResourcesRequestTag(key="b", value="2"),
            ],
        )
    )
    ram.untag_resources(
        models.UntagResourcesRequest(
            resource_type="role", resource_names=["tagged"], tag_keys=["a"]
        )
    )
    by_tag = models.ListTagResourcesRequest(
        resource_type="role", tag=[models.ListTagResourcesRequestTag(key="b", value="2")]
    )
    found = ram.list_tag_resources(by_tag).body.tag_resources
    assert [(one.resource_name, one.tag_key) for one in found] == [("tagged", "b")]


def test_what_ram_has_and_localcloud_has_not_is_said(ram: Any) -> None:
    request = models.CreateUserRequest(user_name="somebody")
    assert refused(lambda: ram.create_user(request)) == ("NotImplemented", 400)
