"""Nonces that were used, so that a request that was overheard cannot be sent again."""

_WINDOW = 30 * 60 * 1000  # ms: a request signed 15 minutes ahead of our clock is valid this long
_MOST_IN_A_GENERATION = 100_000  # about 8 MB; the memory stays bounded whatever is sent


class Nonces:
    """Remembers each key's nonces for 30 to 60 minutes, 100,000 to 200,000 of them at most.

    Where more than that come in an hour the oldest are forgotten: on one's own machine a
    bounded memory is worth more than the refusal of a replay of an old request.
    """

    __slots__ = ("_begun", "_newer", "_older")

    def __init__(self) -> None:
        self._newer: set[int] = set()
        self._older: set[int] = set()
        self._begun = 0

    def add(self, access_key_id: str, nonce: str, now: int) -> bool:
        """Remember a nonce; False when it is remembered already. `now` in ms."""
        if now - self._begun > _WINDOW or len(self._newer) >= _MOST_IN_A_GENERATION:
            lapsed = now - self._begun > 2 * _WINDOW
            self._older = set() if lapsed else self._newer
            self._newer = set()
            self._begun = now
        key = hash((access_key_id, nonce))  # 64 bits, seeded per process: nobody can aim for one
        if key in self._newer or key in self._older:
            return False
        self._newer.add(key)
        return True
