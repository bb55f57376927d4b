"""Greets."""

import json
import os
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Give the greeting for {"name": ...}."""
    print(f"{context.request_id}: {len(event)} bytes")
    return json.dumps({"said": f"{os.environ['GREETING']}, {json.loads(event)['name']}"})
