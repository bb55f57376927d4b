"""`localcloud status`."""

import json
import sys
from typing import Any

from localcloud.cli.server_calls import HOST, NotRunning, call


def show(port: int, *, as_json: bool) -> bool:
    """Print what runs on the port; False when nothing does."""
    try:
        found = call(port, "GET", "status")
    except NotRunning as reason:
        if as_json:
            print(json.dumps({"running": False, "port": port}))
        else:
            print(f"localcloud: {reason}", file=sys.stderr)
        return False
    counts: dict[str, int] = found.get("counts", {})
    if as_json:
        print(json.dumps(_document(port, found, counts)))
        return True
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("url", f"http://{HOST}:{port}")
    table.add_row("data", str(found["data"]))
    table.add_row("process", str(found["pid"]))
    table.add_row("version", str(found["version"]))
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    Console(highlight=False, soft_wrap=True).print(table)
    return True


def _document(port: int, found: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "running": True,
        "url": f"http://{HOST}:{port}",
        "port": port,
        "data": found["data"],
        "pid": found["pid"],
        "version": found["version"],
        "counts": counts,
    }
