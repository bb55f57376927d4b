"""Why a file is not converted at all, in a sentence for the person who gave it."""

from .plain import printable


class _Refusal(ValueError):
    """A sentence, and further lines: each printable, whatever words of the file are in it."""

    def __str__(self) -> str:
        return "\n  ".join(printable(str(each)) for each in self.args)


class NotAnSYaml(_Refusal):
    """What the file is, or what is wrong with it and where, and what was expected."""


class CannotConvert(_Refusal):
    """What of a readable s.yaml must be known before it can be converted, and how to give it."""
