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
    rows = {
        "url": f"http://{HOST}:{port}",
        "data": str(found["data"]),
        "process": str(found["pid"]),
        "version": str(found["version"]),
        **{name: f"{count:,}" for name, count in counts.items()},
    }
    width = max(map(len, rows))
    for name, value in rows.items():  # whole, however long: a path is copied from here
        print(f"{name:{width}}  {value}")
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
