"""{"failure": true} runs past the function's timeout; any other event is answered."""

import json
import time
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Answer the event with its size."""
    if json.loads(event.decode()).get("failure"):
        time.sleep(int(context.function.timeout) + 60)
    return json.dumps({"received": len(event)})
