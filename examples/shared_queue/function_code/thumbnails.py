"""Works out the size of a picture's thumbnail."""

import json
from typing import Any

LONGEST = 256  # pixels


def handler(event: bytes, context: Any) -> str:
    """Give the thumbnail's width and height for a picture's, all in pixels."""
    picture = json.loads(event)
    print(f"{context.request_id}: {picture['name']}")
    by = LONGEST / max(picture["width"], picture["height"])
    size = {side: round(picture[side] * by) for side in ("width", "height")}
    return json.dumps({"thumbnail": picture["name"], **size})
