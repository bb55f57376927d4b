"""Tables of Log Service's projects and their tags."""

from dataclasses import dataclass

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE log_projects (
        name TEXT PRIMARY KEY,
        description TEXT NOT NULL,
        resource_group_id TEXT NOT NULL,
        policy TEXT NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE log_project_tags (
        project TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (project, key)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project; times in ms."""

    name: str
    description: str
    resource_group_id: str
    policy: str
    created: int
    modified: int


def insert_project(tx: Transaction, row: ProjectRow) -> bool:
    """Store a new project; False when the name is taken."""
    done = tx.execute(
        "INSERT INTO log_projects (name, description, resource_group_id, policy, created, modified)"
        " VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (row.name, row.description, row.resource_group_id, row.policy, row.created, row.modified),
    )
    return done.rowcount == 1


def find_project(tx: Transaction, name: str) -> ProjectRow | None:
    """The project of that name."""
    row = tx.execute("SELECT * FROM log_projects WHERE name=?", (name,)).fetchone()
    return ProjectRow(**row) if row else None


def update_project(tx: Transaction, row: ProjectRow) -> None:
    """Replace what is stored of the project of `row.name`, but for when it was created."""
    tx.execute(
        "UPDATE log_projects SET description=?, resource_group_id=?, policy=?, modified=?"
        " WHERE name=?",
        (row.description, row.resource_group_id, row.policy, row.modified, row.name),
    )


def delete_project(tx: Transaction, name: str) -> None:
    """Take away a project and its tags; its logstores are the caller's to delete first."""
    tx.execute("DELETE FROM log_project_tags WHERE project=?", (name,))
    tx.execute("DELETE FROM log_projects WHERE name=?", (name,))


def all_projects(tx: Transaction) -> list[ProjectRow]:
    """Every project, by name."""
    return [ProjectRow(**row) for row in tx.execute("SELECT * FROM log_projects ORDER BY name")]


def put_tag(tx: Transaction, project: str, key: str, value: str) -> None:
    """Set one tag of a project."""
    tx.execute(
        "INSERT OR REPLACE INTO log_project_tags (project, key, value) VALUES (?,?,?)",
        (project, key, value),
    )


def delete_tag(tx: Transaction, project: str, key: str) -> None:
    """Take one tag away from a project."""
    tx.execute("DELETE FROM log_project_tags WHERE project=? AND key=?", (project, key))


def tags_of(tx: Transaction, project: str) -> dict[str, str]:
    """A project's tags, by key."""
    rows = tx.execute(
        "SELECT key, value FROM log_project_tags WHERE project=? ORDER BY key", (project,)
    )
    return {row["key"]: row["value"] for row in rows}
