"""Texts that are not all written in the file: from the environment, or with the account's id.

`${env('STAGE', 'test')}-jobs` is a Composed of an Environment and a text. Whoever reads the
arguments gives it its value; whoever writes a program turns it into the stack's configuration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .marked import Place
from .refusal import CannotConvert


@dataclass(frozen=True)
class Environment:
    """The value of an environment variable, `default` where it is not set."""

    name: str
    default: "str | None" = None

    @property
    def setting(self) -> str:
        """Name of the configuration key that stands for it: OSS_BUCKET is ossBucket."""
        return setting_of(self.name)


@dataclass(frozen=True)
class Account:
    """The id of the account that things are deployed to."""


Part = str | Environment | Account


@dataclass(frozen=True)
class Composed:
    """A text of parts, of which at least one is not written in the file."""

    parts: "tuple[Part, ...]"

    def known(self, environment: Mapping[str, str], account: "str | None", place: Place) -> str:
        """Give the text as it is in this environment and account.

        Raises CannotConvert with a sentence for what is not set.
        """
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, Account):
                texts.append(account or _no_account(place))
            elif (value := environment.get(part.name, part.default)) is not None:
                texts.append(value)
            else:
                raise CannotConvert(
                    f"{place} wants the environment variable {part.name}, which is not set: "
                    f"export {part.name}=..., or write a default, ${{env('{part.name}', '...')}}."
                )
        return "".join(texts)


def joined(parts: "list[Part]") -> "str | Composed":
    """Give the parts as one text, or as a Composed where they are not all texts."""
    made: list[Part] = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] = made[-1] + part
        elif part != "":
            made.append(part)
    if not made:
        return ""
    first = made[0]
    return first if len(made) == 1 and isinstance(first, str) else Composed(tuple(made))


def parts_of(value: "str | Composed") -> "list[Part]":
    """Give the parts of a text or a Composed."""
    return list(value.parts) if isinstance(value, Composed) else [value]


def setting_of(name: str) -> str:
    """Give a configuration key, as Pulumi writes them, for a name with underscores or hyphens."""
    first, *others = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word] or ["value"]
    if not others and not first.isupper():
        return first[0].lower() + first[1:]
    return first.lower() + "".join(word.lower().capitalize() for word in others)


def _no_account(place: Place) -> str:
    raise CannotConvert(
        f"{place} wants the account's id, which is not known here: give it (account_id, --account) "
        "or set ALIBABA_CLOUD_ACCOUNT_ID."
    )
