"""The nightly report: its event is the timer's, with the time it was for and the payload."""

import json
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Say which report was made, and for which time."""
    timer = json.loads(event)
    print(f"{context.request_id}: the report for {timer['triggerTime']}")
    return json.dumps({**json.loads(timer["payload"]), "for": timer["triggerTime"]})
