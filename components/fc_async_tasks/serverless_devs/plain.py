"""Text of the file beside code: in a comment, a docstring, a line of the terminal.

A name in an s.yaml may hold whatever YAML can say: line breaks, quotes, control characters. Where
text becomes a text of the program, `configuration.quoted` writes it; everywhere else, this does.
"""


def printable(text: str) -> str:
    """Give a text in one line, without what a terminal obeys or a reader does not see."""
    return "".join(each for each in text if each.isprintable())


def plain(text: str) -> str:
    """Give a text that ends no comment and no docstring, and begins no escape in one."""
    return printable(text).replace("\\", "/").replace('"', "'")
