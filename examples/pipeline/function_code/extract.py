"""The first stage: takes the words out of a text."""

import json
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Give the words of {"text": ...}; an event without a text fails, and its failure is told."""
    words = json.loads(event)["text"].split()
    print(f"{context.request_id}: {len(words)} words")
    return json.dumps({"words": words})
