"""Why a file is not converted at all, in a sentence for the person who gave it."""


class NotAnSYaml(ValueError):
    """What the file is, or what is wrong with it and where, and what was expected."""


class CannotConvert(ValueError):
    """What of a readable s.yaml must be known before it can be converted, and how to give it."""
