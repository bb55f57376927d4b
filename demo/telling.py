"""How the demo speaks to a person: bold on a terminal, plain elsewhere."""

import sys


def say(line: str) -> None:
    """One line on standard error, for troubles."""
    print(line, file=sys.stderr, flush=True)


def tell(line: str) -> None:
    """One line of the story, on standard output."""
    print(line, flush=True)


def chapter(place: str, title: str) -> None:
    """The heading of a part: its place (2/3) and what happens in it."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    tell(f"\n{bold}{place}  {title}{plain}")
