"""What functions, their versions and layers refer to: code folders and runtimes."""

from localcloud.store.database import Transaction


def code_folders(tx: Transaction) -> set[str]:
    """Names of the code folders that a function, a version or a layer refers to."""
    rows = tx.execute(
        "SELECT code FROM functions UNION SELECT code FROM function_versions"
        " UNION SELECT code FROM layer_versions"
        # a deleted layer lives on in the functions that have it
        " UNION SELECT json_extract(l.value, '$.code')"
        " FROM functions, json_each(config, '$.layers') l"
        " UNION SELECT json_extract(l.value, '$.code')"
        " FROM function_versions, json_each(config, '$.layers') l"
    )
    return {row[0] for row in rows if row[0]}


def runtimes(tx: Transaction) -> set[str]:
    """The runtimes of all functions and versions."""
    rows = tx.execute(
        "SELECT json_extract(config, '$.runtime') FROM functions"
        " UNION SELECT json_extract(config, '$.runtime') FROM function_versions"
    )
    return {row[0] for row in rows}
