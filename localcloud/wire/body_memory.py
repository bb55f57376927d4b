"""How much of the bodies of requests under way is in memory: anybody can send one, unsigned."""

from localcloud.wire.request import Request

MOST_HELD = 512 * 1024 * 1024  # bytes: five code archives of the largest size at the same time
SMALL = 64 * 1024  # bytes of a body that always find room, so that only large ones are refused


class BodyMemory:
    """What is left of the room for large bodies, from their first byte to their answer."""

    __slots__ = ("_left", "most")

    def __init__(self, most: int = MOST_HELD) -> None:
        self.most = most
        self._left = most

    def hold(self, request: Request, size: int) -> bool:
        """Whether there is room for the first `size` bytes of a request's body, which then is held.

        To be called with growing sizes as the body arrives.
        """
        if size <= SMALL:
            return True
        more = size - request.held
        if more > self._left:
            return False
        self._left -= more
        request.held = size
        return True

    def release(self, request: Request) -> None:
        """Give back what a request holds; nothing where it holds nothing."""
        self._left += request.held
        request.held = 0
