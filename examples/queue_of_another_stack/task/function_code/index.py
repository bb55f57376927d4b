"""Makes a report."""

import json
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Answer with the report's name."""
    report = json.loads(event)["report"]
    print(f"{context.request_id}: report {report}")
    return json.dumps({"report": report})
