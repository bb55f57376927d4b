"""A command that a test ran to its end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """One ended command."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything it said, for an assertion's message."""
        return f"exit code {self.exit_code}\n{self.stdout}\n{self.stderr}"
