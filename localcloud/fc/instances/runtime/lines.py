"""Lines of text between localcloud and a keeper.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

from typing import List


class Lines:
    """Makes lines of what a socket gives, in pieces of any size."""

    def __init__(self) -> None:
        self._begun = b""

    def ended_by(self, piece: bytes) -> List[bytes]:
        """The lines that end in this piece; what it begins is kept for the next one."""
        *lines, self._begun = (self._begun + piece).split(b"\n")
        return lines
