"""The tables, in versions: what a data folder is brought to when it is opened."""

import sqlite3

from localcloud.store import (
    aliases,
    async_configs,
    function_tags,
    function_versions,
    functions,
    layers,
    log_projects,
    logs,
    logstores,
    policies,
    policy_attachments,
    queues,
    ram_tags,
    roles,
    tasks,
    temporary_credentials,
    topics,
    triggers,
)

VERSION = 2

# Tables before those that refer to them.
TABLES = tuple(
    room.TABLES
    for room in (
        *(roles, policies, policy_attachments, ram_tags, temporary_credentials),
        *(queues, topics),
        *(log_projects, logstores, logs),
        *(functions, function_versions, aliases, async_configs, function_tags, triggers, layers),
        tasks,
    )
)

CHANGES: dict[int, tuple[str, ...]] = {2: (tasks.BY_QUALIFIER,)}
"""What brings a data folder of the version before to this one."""


class NewerData(Exception):
    """The data folder was written by a newer localcloud; nothing in it was touched."""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of this version, or change those of an earlier one.

    Raises NewerData for a database of a version that this code does not know.
    """
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise NewerData(
            f"the data folder has version {found}, this localcloud knows up to {VERSION}: "
            "use the newer localcloud, or another folder (--data)"
        )
    if found == VERSION:
        return
    scripts = [CHANGES[number] for number in range(found + 1, VERSION + 1)] if found else TABLES
    connection.execute("BEGIN IMMEDIATE")
    for script in scripts:
        for statement in script:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")
