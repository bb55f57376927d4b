"""What a payload, a result or a log line holds, made fit to be looked at."""

import json
from typing import Any


def clean(text: str) -> str:
    """The text with control characters made visible: what a payload or a log says cannot act."""
    return "\n".join(
        line if line.isprintable() else "".join(map(_visible, line)) for line in text.split("\n")
    )


def _visible(character: str) -> str:
    if character == "\t" or character.isprintable() or character == "\u3000":
        return character
    return character.encode("unicode_escape").decode()


def one_line(text: str, longest: int = 0) -> str:
    """The text on one line; cut to `longest` characters where that is given."""
    line = " ".join(clean(text).split())
    return line if not longest or len(line) <= longest else line[: longest - 1] + "…"


def pretty(text: str, longest: int = 0) -> str:
    """JSON over several lines where it is an object or a list with something in it.

    Where `longest` is given, what is much longer is cut off somewhere after so many characters.
    """
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or a payload nested to do harm
        return clean(text)
    if isinstance(read, (dict, list)) and len(text) > 60:
        return laid_out(read, longest) or clean(text)
    return clean(text)


def laid_out(document: Any, longest: int = 0) -> str:
    """A JSON document over several lines, cut as `pretty` does; "" where it is nested too deep."""
    parts: list[str] = []
    length = 0
    try:
        for part in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(document):
            parts.append(part)
            length += len(part)
            if longest and length > longest:
                break
    except RecursionError:
        return ""
    return clean("".join(parts))
