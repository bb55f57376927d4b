"""The logs that Pulumi's engine writes into PULUMI_HOME by itself, in clear.

A command without a stack writes gzip, which is cut short where it was killed. One with a stack
writes the format of pulumi/pkg/engine/encryptedlog/format.go: a key, encrypted as the stack's
secrets are, and chunks of gzip that are encrypted with that key (AES-256-GCM).
"""

import base64
import hashlib
import re
import struct
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ENCRYPTED = b"PLOG\x01"
"""How one begins that is of a stack; the byte is the version of the format."""


class EngineLogs:
    """The logs of a PULUMI_HOME, for who knows the passphrase of a stack."""

    def __init__(self, home: Path, stack_file: Path, passphrase: str) -> None:
        salt = re.search(r"^encryptionsalt: v1:([^:]+):", stack_file.read_text(), re.MULTILINE)
        assert salt, stack_file
        given = (passphrase.encode(), base64.b64decode(salt[1]), 1_000_000, 32)
        self._of_stack = AESGCM(hashlib.pbkdf2_hmac("sha256", *given))
        self._folder = home / "logs"

    def since(self, moment: float) -> dict[str, tuple[bytes, bytes]]:
        """Of each log written to since then: the file as it is, and what it says.

        A log of a stack with another key says nothing.
        """
        found: dict[str, tuple[bytes, bytes]] = {}
        for path in self._folder.glob("*.log"):
            try:
                if path.stat().st_mtime >= moment:
                    raw = path.read_bytes()
                    found[path.name] = raw, self._in_clear(raw)
            except FileNotFoundError:
                continue  # the engine removes old ones
        return found

    def _in_clear(self, raw: bytes) -> bytes:
        return self._decrypted(raw) if raw.startswith(ENCRYPTED) else _unzipped(raw)

    def _decrypted(self, raw: bytes) -> bytes:
        (length,) = struct.unpack_from(">H", raw, len(ENCRYPTED))
        at = len(ENCRYPTED) + 2 + length
        _, nonce, encrypted = raw[len(ENCRYPTED) + 2 : at].split(b":")
        try:
            key = self._of_stack.decrypt(base64.b64decode(nonce), base64.b64decode(encrypted), None)
        except InvalidTag:
            return b""
        said = b""
        while at + 4 <= len(raw):
            (length,) = struct.unpack_from(">I", raw, at)
            chunk, at = raw[at + 4 : at + 4 + length], at + 4 + length
            if len(chunk) < length:
                break  # it is being written, or its engine was killed
            said += _unzipped(AESGCM(key).decrypt(chunk[:12], chunk[12:], None))
        return said


def _unzipped(raw: bytes) -> bytes:
    """As much as there is: the end may be missing."""
    said = b""
    while raw:
        one = zlib.decompressobj(wbits=31)
        said += one.decompress(raw) + one.flush()
        raw = one.unused_data
    return said
