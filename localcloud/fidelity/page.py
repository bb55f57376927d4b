"""docs/fidelity.md as a whole: `python -m localcloud.fidelity.page > docs/fidelity.md`."""

import sys
from collections.abc import Mapping

from localcloud.fc.quirks import QUIRKS
from localcloud.fidelity import (
    Fate,
    Table,
    access_management,
    as_markdown,
    function_calls,
    function_compute,
    log_service,
    message_queue,
    signatures,
    taken,
)
from localcloud.ram import api as ram
from localcloud.ram import regions, sts_operations
from localcloud.smq import management_api as smq
from localcloud.wire.rpc_operations import Operation


def acting_parameters(
    operations: Mapping[str, Operation], others: Table
) -> dict[str, tuple[str, ...]]:
    """Of each RPC operation the parameters that act: those known to it that `others` has not."""
    recorded = {entry.thing for entry in others.entries if entry.fate is Fate.RECORDED}
    return {
        name: tuple(one for one in operation.known if f"{name}.{one}" not in recorded)
        for name, operation in operations.items()
    }


TABLES = (
    *signatures.TABLES,
    *function_compute.TABLES,
    *function_calls.TABLES,
    taken("Function Compute: parameters in the query", function_calls.QUERIES),
    taken("Function Compute: fields of other calls' bodies", function_calls.BODIES),
    *message_queue.TABLES,
    taken(
        "SMQ: parameters of the management that act",
        acting_parameters(smq.OPERATIONS, message_queue.PARAMETERS),
    ),
    taken("SMQ: parameters in the query", message_queue.QUERIES),
    *log_service.TABLES,
    taken("Log Service: fields of other calls' bodies", log_service.BODIES),
    *access_management.TABLES,
    taken(
        "RAM, STS and ECS: parameters that act",
        acting_parameters(
            {**ram.OPERATIONS, **sts_operations.OPERATIONS, **regions.OPERATIONS},
            access_management.PARAMETERS,
        ),
    ),
)

_INTRODUCTION = """# What localcloud does with every call and setting

No setting is accepted in silence. Each one

- **acts**: it does what the service documents. Where no document tells what happens, the choice is
  named *ours*.
- is **recorded with a warning**: kept, given back, changes nothing; the log says so once for each
  function (queue, ...). This machine has no counterpart for it.
- or is **refused**: status 400 with the reason; never 404 or 5xx, which clients read otherwise.

A call, a parameter or a field that stands nowhere here is refused too; a header of Function
Compute's is warned of. This page is made from the tables in `localcloud/fidelity/`
(`python -m localcloud.fidelity.page > docs/fidelity.md`). Tests compare the two, the tables with
the routes and with what the code takes, and the tables with every field of every request that the
official SDKs have for these calls.

"""

_QUIRKS = """## Quirks: where localcloud is milder than the service, for one client

| client (User-Agent contains) | where | what happens | why |
|---|---|---|---|
"""


def fidelity_page() -> str:
    """The text of docs/fidelity.md."""
    rows = "".join(
        f"| `{quirk.user_agent_part}` | {quirk.setting} | {quirk.instead} | {quirk.reason} |\n"
        for quirk in QUIRKS
    )
    return _INTRODUCTION + as_markdown(TABLES) + "\n" + _QUIRKS + rows


if __name__ == "__main__":
    sys.stdout.write(fidelity_page())
