"""What a command line of `pulumi` asks for, as its own parser would read it.

`pulumi --help` and `pulumi up --help` name the options.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# the commands that have the provider called, with their other names
_CALLING = frozenset(
    ("preview", "pre", "up", "update", "refresh", "destroy", "down", "dn", "import", "watch")
)
# the options of every command that take a value
_GLOBAL = frozenset(
    ("--color", "-C", "--cwd", "--memprofilerate", "--otel-traces", "--profiling", "--tracing")
    + ("-v", "--verbose")
)


@dataclass(frozen=True)
class PulumiCommand:
    """The arguments after `pulumi`."""

    arguments: Sequence[str]

    @classmethod
    def of(cls, command: Sequence[str]) -> "PulumiCommand | None":
        """The command if it is one of `pulumi`, None for any other program."""
        return cls(command[1:]) if Path(command[0]).name == "pulumi" else None

    @property
    def folder(self) -> str:
        """What `-C FOLDER` or `--cwd FOLDER` says, "" without it."""
        return self._value("-C", "--cwd")

    @property
    def stack(self) -> str:
        """The name that `-s` or `--stack` gives, without organization and project, or ""."""
        return self._value("-s", "--stack").rpartition("/")[2]

    @property
    def config_file(self) -> str:
        """What `--config-file` says, "" without it."""
        return self._value("", "--config-file")

    @property
    def calls_the_provider(self) -> bool:
        """Whether it is a command that plans or changes resources."""
        asks_for_help = any(argument in ("-h", "--help") for argument in self.arguments)
        return self._words()[:1] in ([name] for name in _CALLING) and not asks_for_help

    @property
    def makes_a_stack(self) -> bool:
        """Whether it is `pulumi stack init`."""
        return self._words()[:2] == ["stack", "init"]

    def _words(self) -> list[str]:
        """What is no option and no value of one that every command has."""
        words: list[str] = []
        arguments = iter(self.arguments)
        for argument in arguments:
            if argument in _GLOBAL:
                next(arguments, None)
            elif not argument.startswith("-"):
                words.append(argument)
        return words

    def _value(self, short: str, long: str) -> str:
        """The value of an option in each spelling: `-s X`, `-sX`, `-s=X`, `--stack X`, `...=X`."""
        found = ""
        for at, argument in enumerate(self.arguments):
            if argument in (short, long):
                found = "".join(self.arguments[at + 1 : at + 2])
            elif argument.startswith(long + "="):
                found = argument[len(long) + 1 :]
            elif short and argument.startswith(short):
                found = argument[len(short) :].removeprefix("=")
        return found  # the last one counts
