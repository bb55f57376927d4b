"""The second stage: its event is the message that a destination gets, with the first's result."""

import json
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Count each word of the first stage's result."""
    message = json.loads(event)
    words = json.loads(message["responsePayload"])["words"]
    print(f"{context.request_id}: {len(words)} words")
    counts = {word: words.count(word) for word in sorted(set(words))}
    return json.dumps({"of": message["requestContext"]["requestId"], "counts": counts})
