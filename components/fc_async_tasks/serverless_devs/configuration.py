"""The stack's configuration that a converted program reads: what is not written in the file."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .composed import Account, Composed, Environment, Part, setting_of
from .secrets import looks_secret

_TAKEN = frozenset(
    {"pulumi", "alicloud", "config", "account_id", "adopted", "upload_code"}
    | {"AsyncTask", "TaskTimer"}
)


@dataclass(frozen=True)
class Setting:
    """A key of the configuration, and the variable of the program that holds its value.

    value is what the stack's file has: None where it must be set. source is the environment
    variable that it comes from, empty for a secret that the file has in clear.
    """

    key: str
    variable: str
    secret: bool
    value: "str | None"
    optional: bool
    source: str

    @property
    def must_be_set(self) -> bool:
        """Whether a preview wants it and the stack's file does not have it."""
        return self.value is None and not self.optional


@dataclass
class Configuration:
    """The settings of one program, each once. `environment` gives them their first values."""

    environment: Mapping[str, str]
    _settings: "dict[tuple[str, str], Setting]" = field(
        default_factory=dict[tuple[str, str], Setting]
    )
    _names: "set[str]" = field(default_factory=lambda: set(_TAKEN))
    wants_account: bool = False

    @property
    def settings(self) -> "list[Setting]":
        """The settings, in the order of their first use."""
        return list(self._settings.values())

    def variable(self, name: str) -> str:
        """Give a variable of the program for a name, one that nothing else has."""
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
        plain = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_").lower() or "task"
        if plain[0].isdigit() or keyword.iskeyword(plain):
            plain = f"the_{plain}"
        made, number = plain, 1
        while made in self._names:
            number += 1
            made = f"{plain}_{number}"
        self._names.add(made)
        return made

    def of(self, part: Environment, secret: bool = False) -> Setting:
        """Give the setting that stands for an environment variable."""
        secret = secret or looks_secret(part.name)
        known = ("environment", part.name)
        before = self._settings.get(known)
        if before is not None and (before.secret or not secret):
            return before
        value = self.environment.get(part.name, part.default)
        optional = part.default == "" and not self.environment.get(part.name)
        self._settings[known] = Setting(
            key=before.key if before else self._key(setting_of(part.name)),
            variable=before.variable if before else self.variable(part.name),
            secret=secret,
            value=None if secret or optional else value,
            optional=optional,
            source=part.name,
        )
        return self._settings[known]

    def secret_in_clear(self, function: str, name: str) -> Setting:
        """Give the setting that stands for a secret which a function has in clear."""
        known = (function, name)
        if known not in self._settings:
            key = setting_of(name)
            if any(each.key == key for each in self.settings):
                key = setting_of(f"{function}_{name}")
            self._settings[known] = Setting(
                key=self._key(key),
                variable=self.variable(key),
                secret=True,
                value=None,
                optional=False,
                source="",
            )
        return self._settings[known]

    def _key(self, key: str) -> str:
        made, number = key, 1
        while any(each.key == made for each in self.settings):
            number += 1
            made = f"{key}{number}"
        return made

    def code(self, value: Composed, secret: bool = False) -> str:
        """Give the expression of the program that a composed text is."""
        parts = [self._part(part, secret) for part in value.parts]
        if len(parts) == 1:
            return parts[0][0]
        if any(is_secret for _, _, is_secret in parts):
            return f"pulumi.Output.concat({', '.join(code for code, _, _ in parts)})"
        return 'f"' + "".join(inside for _, inside, _ in parts) + '"'

    def _part(self, part: Part, secret: bool) -> "tuple[str, str, bool]":
        """Give a part as code, as it stands in an f-string, and whether it is a secret."""
        if isinstance(part, str):
            written = quoted(part)
            return written, written[1:-1].replace("{", "{{").replace("}", "}}"), False
        if isinstance(part, Account):
            self.wants_account = True
            return "account_id", "{account_id}", False
        setting = self.of(part, secret)
        return setting.variable, f"{{{setting.variable}}}", setting.secret


def quoted(text: str) -> str:
    """Give a text as Python writes it, in double quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    plain = "".join(
        escapes.get(each, each if each.isprintable() else f"\\U{ord(each):08x}") for each in text
    )
    return f'"{plain}"'
