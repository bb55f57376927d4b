"""What a conversion has to say: what has no counterpart, and what is done in another way."""

from dataclasses import dataclass, field

from .marked import Place
from .plain import printable


@dataclass(frozen=True)
class Finding:
    """One thing of the file: where it stands, its path (`resources.a.props.x`), and a sentence."""

    place: Place
    path: str
    sentence: str

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.path}: {self.sentence}")


@dataclass
class Findings:
    """All that one conversion found, each thing once and in the order of the lines."""

    _no_counterpart: "list[Finding]" = field(default_factory=list[Finding])
    _differs: "list[Finding]" = field(default_factory=list[Finding])

    def no_counterpart(self, place: Place, path: str, sentence: str) -> None:
        """Say that a thing of the file is not in the converted program."""
        _add(self._no_counterpart, Finding(place, path, sentence))

    def differs(self, place: Place, path: str, sentence: str) -> None:
        """Say that a thing of the file is there in another way."""
        _add(self._differs, Finding(place, path, sentence))

    @property
    def without_counterpart(self) -> "list[Finding]":
        """What is not in the converted program."""
        return sorted(self._no_counterpart, key=_order)

    @property
    def differences(self) -> "list[Finding]":
        """What is there in another way."""
        return sorted(self._differs, key=_order)


def _add(findings: "list[Finding]", finding: Finding) -> None:
    if finding not in findings:
        findings.append(finding)


def _order(finding: Finding) -> "tuple[str, int, str]":
    return finding.place.file, finding.place.line, finding.path
