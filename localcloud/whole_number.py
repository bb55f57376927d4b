"""Whole numbers that a caller wrote in digits."""

LARGEST = (1 << 63) - 1
"""The largest that the database holds."""

_MOST_DIGITS = len(str(LARGEST))  # Python itself refuses to read thousands of them


def whole_number(text: str, most: int = LARGEST) -> int | None:
    """The number from 0 to `most` that the ASCII digits stand for; None for any other text."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if number <= most else None
