"""docs/fidelity.md as a whole: `python -m localcloud.fidelity.page > docs/fidelity.md`."""

import sys

from localcloud.fc.quirks import QUIRKS
from localcloud.fidelity import (
    access_management,
    as_markdown,
    function_compute,
    log_service,
    message_queue,
)

TABLES = (
    *function_compute.TABLES,
    *message_queue.TABLES,
    *log_service.TABLES,
    *access_management.TABLES,
)

_INTRODUCTION = """# What localcloud does with every call and setting

No setting is accepted in silence. Each one

- **acts**: it does what the service documents. Where no document tells what happens, the choice is
  named *ours*.
- is **recorded with a warning**: kept, given back, changes nothing; the log says so once for each
  function (queue, ...). This machine has no counterpart for it.
- or is **refused**: status 400 with the reason; never 404 or 5xx, which clients read otherwise.

A setting or call that stands nowhere here is refused too. This page is made from the tables in
`localcloud/fidelity/` (`python -m localcloud.fidelity.page > docs/fidelity.md`), and tests compare
the two, the tables with the routes, and the tables with the official SDK's fields.

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
