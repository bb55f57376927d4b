"""The guide's handler: {"failure": true} runs past its timeout, anything else answers.

A task may run more than once (retries, and delivery at least once), so use the request id as the
key when a result is recorded: recording it again must change nothing.
"""

import json
import logging
import time
from typing import Any

LOGGER = logging.getLogger()
LOGGER.setLevel(logging.INFO)


def handler(event: bytes, context: Any) -> str:
    """Answer an event (bytes, JSON or not) with a JSON text, or time out if it asks for failure."""
    request_id = context.request_id
    LOGGER.info("%s: received %d bytes", request_id, len(event))
    if asks_for_failure(event):
        timeout = int(context.function.timeout)
        LOGGER.warning("%s: asked to fail: sleeping past %d seconds", request_id, timeout)
        time.sleep(timeout + 60)
    LOGGER.info("%s: done", request_id)
    return json.dumps({"requestId": request_id, "received": len(event)})


def asks_for_failure(event: bytes) -> bool:
    """Say whether an event is a JSON object with "failure": true."""
    try:
        request: Any = json.loads(event.decode("utf-8"))
    except ValueError:
        return False
    return isinstance(request, dict) and request.get("failure") is True
