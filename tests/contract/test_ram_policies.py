"""Policies, their versions and attachments, with the official RAM client."""

import json
from typing import Any

import pytest
from alibabacloud_ram20150501 import models

from tests.refused import refused

TRUST = (
    '{"Version":"1","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow",'
    '"Principal":{"Service":["fc.aliyuncs.com"]}}]}'
)


def document(action: str = "mns:SendMessage") -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "1", "Statement": [statement]})


def create(ram: Any, name: str, text: str | None = None) -> None:
    ram.create_policy(
        models.CreatePolicyRequest(policy_name=name, policy_document=text or document())
    )


def add_version(ram: Any, name: str, action: str, **more: Any) -> str:
    request = models.CreatePolicyVersionRequest(
        policy_name=name, policy_document=document(action), **more
    )
    return ram.create_policy_version(request).body.policy_version.version_id


def get(ram: Any, name: str, kind: str = "Custom") -> Any:
    return ram.get_policy(models.GetPolicyRequest(policy_name=name, policy_type=kind)).body


def version_ids(ram: Any, name: str) -> list[str]:
    request = models.ListPolicyVersionsRequest(policy_name=name, policy_type="Custom")
    found = ram.list_policy_versions(request).body.policy_versions.policy_version
    return [version.version_id for version in found]


def test_a_policy_is_given_back_as_it_was_made(ram: Any) -> None:
    request = models.CreatePolicyRequest(
        policy_name="sender", policy_document=document(), description="may send"
    )
    made = ram.create_policy(request).body.policy
    assert (made.policy_name, made.policy_type, made.default_version) == ("sender", "Custom", "v1")
    got = get(ram, "sender")
    assert got.policy.description == "may send"
    assert got.policy.attachment_count == 0
    assert got.default_policy_version.policy_document == document()
    assert got.default_policy_version.version_id == "v1"
    ram.update_policy_description(
        models.UpdatePolicyDescriptionRequest(policy_name="sender", new_description="sends")
    )
    assert get(ram, "sender").policy.description == "sends"


@pytest.mark.parametrize(
    "name",
    [
        "AliyunFCDefaultRolePolicy",
        "AliyunFCFullAccess",
        "AliyunLogFullAccess",
        "AliyunMNSFullAccess",
        "AdministratorAccess",
    ],
)
def test_system_policies_exist_without_being_made(ram: Any, name: str) -> None:
    got = get(ram, name, "System")
    assert got.policy.policy_type == "System"
    assert json.loads(got.default_policy_version.policy_document)["Version"] == "1"
    assert refused(lambda: get(ram, name)) == ("EntityNotExist.Policy", 404)
    assert refused(lambda: create(ram, name)) == ("EntityAlreadyExists.Policy", 409)


def test_the_default_version_is_the_one_that_was_set(ram: Any) -> None:
    create(ram, "versioned")
    assert add_version(ram, "versioned", "log:*") == "v2"
    assert get(ram, "versioned").policy.default_version == "v1"
    assert add_version(ram, "versioned", "fc:*", set_as_default=True) == "v3"
    assert get(ram, "versioned").default_policy_version.policy_document == document("fc:*")
    ram.set_default_policy_version(
        models.SetDefaultPolicyVersionRequest(policy_name="versioned", version_id="v2")
    )
    got = ram.get_policy_version(
        models.GetPolicyVersionRequest(
            policy_name="versioned", policy_type="Custom", version_id="v2"
        )
    ).body.policy_version
    assert got.is_default_version
    assert got.policy_document == document("log:*")


def test_the_sixth_version_needs_a_rotation(ram: Any) -> None:
    create(ram, "rotated")
    for number in range(2, 6):
        add_version(ram, "rotated", f"log:Action{number}")
    assert refused(lambda: add_version(ram, "rotated", "log:Six")) == (
        "LimitExceeded.Policy.Version",
        409,
    )
    rotate = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    assert add_version(ram, "rotated", "log:Six", rotate_strategy=rotate) == "v6"
    # v1 is the default, so v2 had to go; its number is not given again.
    assert version_ids(ram, "rotated") == ["v1", "v3", "v4", "v5", "v6"]


def test_the_default_version_stays(ram: Any) -> None:
    create(ram, "kept")
    add_version(ram, "kept", "log:*")
    delete = models.DeletePolicyVersionRequest(policy_name="kept", version_id="v1")
    assert refused(lambda: ram.delete_policy_version(delete)) == (
        "DeleteConflict.Policy.Version.Default",
        409,
    )
    delete.version_id = "v2"
    ram.delete_policy_version(delete)
    assert version_ids(ram, "kept") == ["v1"]
    assert refused(lambda: ram.delete_policy_version(delete)) == (
        "EntityNotExist.Policy.Version",
        404,
    )


def test_a_policy_with_versions_goes_only_with_all_of_them(ram: Any) -> None:
    create(ram, "cascade")
    add_version(ram, "cascade", "log:*")
    delete = models.DeletePolicyRequest(policy_name="cascade")
    assert refused(lambda: ram.delete_policy(delete)) == ("DeleteConflict.Policy.Version", 409)
    delete.cascading_delete = True
    ram.delete_policy(delete)
    assert refused(lambda: get(ram, "cascade")) == ("EntityNotExist.Policy", 404)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("under_score", document(), "InvalidParameter.PolicyName.InvalidChars"),
        ("x" * 129, document(), "InvalidParameter.PolicyName.Length"),
        ("bad", "not json", "MalformedPolicyDocument"),
        ("bad", '{"Version":"2","Statement":[]}', "MalformedPolicyDocument"),
        ("bad", document().replace("Allow", "allow"), "MalformedPolicyDocument"),
        ("bad", document().replace('"Resource"', '"Resources"'), "MalformedPolicyDocument"),
        ("bad", document("SendMessage"), "MalformedPolicyDocument"),
        ("bad", document("log:" + "x" * 6144), "InvalidParameter.PolicyDocument.Length"),
    ],
)
def test_a_policy_that_is_not_valid_is_refused(ram: Any, name: str, text: str, code: str) -> None:
    assert refused(lambda: create(ram, name, text)) == (code, 400)


def test_attachments_are_seen_from_both_sides_and_keep_both_alive(ram: Any) -> None:
    ram.create_role(models.CreateRoleRequest(role_name="holder", assume_role_policy_document=TRUST))
    create(ram, "held")
    attach = models.AttachPolicyToRoleRequest(
        policy_type="Custom", policy_name="held", role_name="holder"
    )
    ram.attach_policy_to_role(attach)
    assert refused(lambda: ram.attach_policy_to_role(attach)) == (
        "EntityAlreadyExists.Role.Policy",
        409,
    )
    ram.attach_policy_to_role(
        models.AttachPolicyToRoleRequest(
            policy_type="System", policy_name="AliyunLogFullAccess", role_name="holder"
        )
    )
    attached = ram.list_policies_for_role(
        models.ListPoliciesForRoleRequest(role_name="holder")
    ).body.policies.policy
    assert {(one.policy_type, one.policy_name) for one in attached} == {
        ("Custom", "held"),
        ("System", "AliyunLogFullAccess"),
    }
    entities = ram.list_entities_for_policy(
        models.ListEntitiesForPolicyRequest(policy_type="Custom", policy_name="held")
    ).body
    assert [role.role_name for role in entities.roles.role] == ["holder"]
    assert (entities.users.user, entities.groups.group) == ([], [])
    assert get(ram, "held").policy.attachment_count == 1

    delete_role = models.DeleteRoleRequest(role_name="holder")
    delete_policy = models.DeletePolicyRequest(policy_name="held", cascading_delete=True)
    conflict = ("DeleteConflict.Role.Policy", 409)
    assert refused(lambda: ram.delete_role(delete_role)) == conflict
    assert refused(lambda: ram.delete_policy(delete_policy)) == conflict

    for kind, name in (("Custom", "held"), ("System", "AliyunLogFullAccess")):
        detach = models.DetachPolicyFromRoleRequest(
            policy_type=kind, policy_name=name, role_name="holder"
        )
        ram.detach_policy_from_role(detach)
        assert refused(lambda detach=detach: ram.detach_policy_from_role(detach)) == (
            "EntityNotExist.Role.Policy",
            404,
        )
    ram.delete_policy(delete_policy)
    ram.delete_role(delete_role)


def test_a_policy_that_does_not_exist_cannot_be_attached(ram: Any) -> None:
    ram.create_role(models.CreateRoleRequest(role_name="lonely", assume_role_policy_document=TRUST))
    for kind in ("Custom", "System"):
        request = models.AttachPolicyToRoleRequest(
            policy_type=kind, policy_name="nowhere", role_name="lonely"
        )
        assert refused(lambda request=request: ram.attach_policy_to_role(request)) == (
            "EntityNotExist.Policy",
            404,
        )
    request = models.AttachPolicyToRoleRequest(
        policy_type="System", policy_name="AliyunLogFullAccess", role_name="nobody"
    )
    assert refused(lambda: ram.attach_policy_to_role(request)) == ("EntityNotExist.Role", 404)


def test_policies_of_both_types_are_listed_page_by_page(ram: Any) -> None:
    for number in range(4):
        create(ram, f"listed-{number}")
    listed: list[tuple[str, str]] = []
    marker = ""
    while True:
        page = ram.list_policies(models.ListPoliciesRequest(max_items=3, marker=marker)).body
        listed += [(one.policy_type, one.policy_name) for one in page.policies.policy]
        if not page.is_truncated:
            break
        marker = page.marker
    assert len(listed) == len(set(listed))
    assert {("Custom", f"listed-{number}") for number in range(4)} <= set(listed)
    assert ("System", "AdministratorAccess") in listed
    only = ram.list_policies(models.ListPoliciesRequest(policy_type="System")).body.policies.policy
    assert {one.policy_type for one in only} == {"System"}
