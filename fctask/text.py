"""What a payload, a result or a log line holds, made fit to be looked at."""

import json
from typing import Any


def clean(text: str) -> str:
    """The text with control characters made visible: what a payload or a log says cannot act."""
    return "".join(
        character
        if character in "\n\t" or (character.isprintable() or character == "\u3000")
        else character.encode("unicode_escape").decode()
        for character in text
    )


def one_line(text: str, longest: int = 0) -> str:
    """The text on one line; cut to `longest` characters where that is given."""
    line = " ".join(clean(text).split())
    return line if not longest or len(line) <= longest else line[: longest - 1] + "…"


def pretty(text: str) -> str:
    """JSON over several lines where it is an object or a list with something in it."""
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or a payload nested to do harm
        return clean(text)
    if isinstance(read, (dict, list)) and len(text) > 60:
        return clean(json.dumps(read, ensure_ascii=False, indent=2))
    return clean(text)
