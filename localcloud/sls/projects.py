"""Projects: what a region's logstores are kept in.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-createproject
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from localcloud.refusal import Refusal
from localcloud.store import log_projects as store
from localcloud.store import logstores
from localcloud.store.database import Transaction

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_DEFAULT_RESOURCE_GROUP = "rg-acfm000000default"
_LONGEST_DESCRIPTION = 64
_MOST_TAGS = 20
_LONGEST_TAG = 128


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it is shown; times in ms."""

    name: str
    description: str
    resource_group_id: str
    created: int
    modified: int


def create_project(
    tx: Transaction, name: str, description: str, resource_group_id: str, now: int
) -> None:
    """Make a project. Raises Refusal ProjectAlreadyExist, ParameterInvalid."""
    if not _NAME.fullmatch(name):
        raise Refusal(
            "ParameterInvalid",
            f"projectName {name!r} is not a project's name: 3 to 63 characters of a-z, 0-9 and '-',"
            " the first and the last a letter or a digit",
        )
    row = store.ProjectRow(
        name=name,
        description=_checked_description(description),
        resource_group_id=resource_group_id or _DEFAULT_RESOURCE_GROUP,
        policy="",
        created=now,
        modified=now,
    )
    if not store.insert_project(tx, row):
        raise Refusal("ProjectAlreadyExist", f"The Project already exist : {name}")


def get_project(tx: Transaction, name: str) -> Project:
    """The project. Raises Refusal ProjectNotExist."""
    return _shown(_row(tx, name))


def require_project(tx: Transaction, name: str) -> None:
    """Raise Refusal ProjectNotExist when there is no project of that name."""
    _row(tx, name)


def update_project(tx: Transaction, name: str, description: str, now: int) -> None:
    """Give a project another description. Raises Refusal ProjectNotExist, ParameterInvalid."""
    row = _row(tx, name)
    description = _checked_description(description)
    store.update_project(tx, replace(row, description=description, modified=now))


def delete_project(tx: Transaction, name: str) -> None:
    """Take a project away with every logstore in it. Raises Refusal ProjectNotExist.

    The logs cannot be reached any more at once; the retention deletes them in small steps.
    """
    _row(tx, name)
    for logstore in logstores.logstores_of(tx, name):
        logstores.delete_logstore(tx, logstore.number)
    store.delete_project(tx, name)


def list_projects(
    tx: Transaction, name_part: str = "", resource_group_id: str = "", description_part: str = ""
) -> list[Project]:
    """The projects whose name and description contain what is asked for, by name."""
    return [
        _shown(row)
        for row in store.all_projects(tx)
        if name_part in row.name
        and description_part in row.description
        and resource_group_id in ("", row.resource_group_id)
    ]


def change_resource_group(tx: Transaction, name: str, resource_group_id: str, now: int) -> None:
    """Record another resource group. Raises Refusal ProjectNotExist, ParameterInvalid."""
    if not resource_group_id:
        raise Refusal("ParameterInvalid", "resourceGroupId is empty: name the resource group")
    row = replace(_row(tx, name), resource_group_id=resource_group_id, modified=now)
    store.update_project(tx, row)


def get_policy(tx: Transaction, name: str) -> str:
    """The project's policy as it was put, "" for none. Raises Refusal ProjectNotExist."""
    return _row(tx, name).policy


def put_policy(tx: Transaction, name: str, policy: str, now: int) -> None:
    """Record a project's policy, a JSON document. Raises Refusal ProjectNotExist."""
    store.update_project(tx, replace(_row(tx, name), policy=policy, modified=now))


def delete_policy(tx: Transaction, name: str, now: int) -> None:
    """Forget a project's policy. Raises Refusal ProjectNotExist."""
    store.update_project(tx, replace(_row(tx, name), policy="", modified=now))


def tag_project(tx: Transaction, name: str, tags: Mapping[str, str]) -> None:
    """Set tags on a project. Raises Refusal ProjectNotExist, ParameterInvalid."""
    _row(tx, name)
    for key, value in tags.items():
        if not 1 <= len(key) <= _LONGEST_TAG or len(value) > _LONGEST_TAG:
            raise Refusal(
                "ParameterInvalid",
                f"the tag {key!r} is not one: keys have 1 to {_LONGEST_TAG} characters,"
                f" values up to {_LONGEST_TAG}",
            )
        store.put_tag(tx, name, key, value)
    if len(store.tags_of(tx, name)) > _MOST_TAGS:
        raise Refusal(
            "ParameterInvalid", f"project {name} would have more than {_MOST_TAGS} tags: untag some"
        )


def untag_project(tx: Transaction, name: str, keys: list[str]) -> None:
    """Take tags away from a project. Raises Refusal ProjectNotExist."""
    _row(tx, name)
    for key in keys:
        store.delete_tag(tx, name, key)


def tags_of(tx: Transaction, name: str) -> dict[str, str]:
    """A project's tags by key. Raises Refusal ProjectNotExist."""
    _row(tx, name)
    return store.tags_of(tx, name)


def _row(tx: Transaction, name: str) -> store.ProjectRow:
    row = store.find_project(tx, name)
    if row is None:
        raise Refusal("ProjectNotExist", f"The Project does not exist : {name}", 404)
    return row


def _shown(row: store.ProjectRow) -> Project:
    return Project(row.name, row.description, row.resource_group_id, row.created, row.modified)


def _checked_description(description: str) -> str:
    if len(description) > _LONGEST_DESCRIPTION or set(description) & set("<>'\"\\"):
        raise Refusal(
            "ParameterInvalid",
            f"the description {description!r} is not allowed: up to {_LONGEST_DESCRIPTION}"
            " characters, without < > ' \" and \\",
        )
    return description
