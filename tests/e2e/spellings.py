"""A secret looked for as it is, and as the encodings that a program may have put it into."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> set[bytes]:
    """The secret in clear, escaped for JSON and URLs (once and twice), in hex and in base64.

    Base64 depends on how many bytes stood before: there are three forms, without the characters at
    their ends that neighbours share.
    """
    raw = secret.encode()
    quoted = {quote(secret, safe=""), quote_plus(secret), quote(secret), json.dumps(secret)[1:-1]}
    quoted |= {quote(each, safe="") for each in quoted}
    found = {raw, raw.hex().encode(), *(each.encode() for each in quoted)}
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        first = (before * 8 + 5) // 6  # of these bits some are of what stood before
        last = (before + len(raw)) * 8 // 6
        found |= {encoded[first:last], encoded[first:last].translate(_URL_SAFE)}
    return found


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def holds(text: bytes | str, secret: str) -> bool:
    """Whether a text has the secret, spelt in any of the ways."""
    searched = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    return any(spelling in searched for spelling in spellings(secret))


def files_with(folder: Path, secret: str) -> list[Path]:
    """The files below a folder that hold the secret, spelt in any of the ways."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and holds(path.read_bytes(), secret)
    ]


def held_of(text: bytes | str, secrets: Iterable[str]) -> list[str]:
    """Those of the secrets that a text has."""
    return [secret for secret in secrets if holds(text, secret)]
