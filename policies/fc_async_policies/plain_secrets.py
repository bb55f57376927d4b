"""No secret in plain environment variables: who reads the state or a preview would read it.

A value that is a secret to Pulumi (`pulumi config set --secret`, `Output.secret`) is encrypted in
the state and hidden in output, and passes. No sentence here repeats a value.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import UNKNOWN, read_or_raise, value_at
from .resource_types import FUNCTION
from .rule import EXPRESSION, TEXTS, Config, resource_rule
from .secretness import SecretText

SECRET_NAMES = (
    r"(.*_)?(SECRET|PASSWORD|PASSWD|PWD|PASSPHRASE|TOKEN|CREDENTIALS?|AUTH)(_KEY|_\d+)?",
    r"(.*_)?(ACCESS|API|PRIVATE|SECRET|SIGNING|ENCRYPTION)_?KEY(_SECRET|_\d+)?",
)
"""Names, in upper case with `_` between words, whose values are secrets. TOKEN_URL is none."""

_KNOWN_FORMS = {
    "an Alibaba Cloud access key id": re.compile(r"LTAI[A-Za-z0-9]{12,24}"),
    "an AWS access key id": re.compile(r"A[KS]IA[A-Z0-9]{16}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a JSON web token": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
    "a GitHub token": re.compile(r"gh[pousr]_[A-Za-z0-9]{36,}"),
    "a URL with a password": re.compile(r"\w+://[^\s/:@]*:[^\s/:@]+@"),
}
_RANDOM_LOOKING = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/=_-]+")

LEAST_ENTROPY = 4.0  # bits a character: 30 random letters and digits have about 4.4, words 3.3
LEAST_LENGTH = 20  # characters: shorter texts say too little about themselves


def plain_secrets(
    variables: Mapping[str, Any],
    secret_names: Sequence[str] = SECRET_NAMES,
    plain_names: Sequence[str] = (),
    least_entropy: float = LEAST_ENTROPY,
    least_length: float = LEAST_LENGTH,
) -> "list[str]":
    """Give a sentence for each environment variable that holds a secret in plain text.

    secret_names are regular expressions for whole names in upper case; plain_names are variables
    that are none whatever they look like. least_entropy is in bits a character, least_length in
    characters: from both on, a text of mixed letters and digits counts as random, thus as secret.
    """
    found: list[str] = []
    for name, value in variables.items():
        if name in plain_names or not isinstance(value, str) or isinstance(value, SecretText):
            continue
        why = _why_secret(name, value, secret_names, least_entropy, least_length)
        if value and why:
            found.append(
                f"the environment variable {name} holds a secret in plain text ({why}): make it "
                "one for Pulumi, by `pulumi config set --secret` or Output.secret, or have the "
                "function's role read it from where secrets are kept. If it is none, list it "
                "under plainNames."
            )
    return found


def _why_secret(
    name: str, value: str, secret_names: Sequence[str], least_entropy: float, least_length: float
) -> "str | None":
    spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").upper()
    if any(re.fullmatch(pattern, spelled) for pattern in secret_names):
        return "its name says so"
    for what, form in _KNOWN_FORMS.items():
        if form.search(value):
            return f"it has the form of {what}"
    random_looking = _RANDOM_LOOKING.fullmatch(value) and len(value) >= least_length
    if random_looking and entropy(value) >= least_entropy:
        return "it looks random"
    return None


def entropy(text: str) -> float:
    """Give the Shannon entropy of a text in bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _check(args: ResourceValidationArgs, config: Config) -> "list[str]":
    variables = read_or_raise(args.props, "environmentVariables") or {}
    # one that is made of another resource's output is known in the update, and looked at there
    known = {name: value_at(variables, name) for name in variables}
    return plain_secrets(
        {name: value for name, value in known.items() if value is not UNKNOWN},
        config["secretNames"],
        config["plainNames"],
        config["leastEntropy"],
        config["leastLength"],
    )


NO_PLAIN_SECRET = resource_rule(
    name="no-plain-secret-in-environment",
    description="No environment variable of a function holds a secret in plain text.",
    level=EnforcementLevel.MANDATORY,
    types=(FUNCTION,),
    check=_check,
    parameters={
        "secretNames": {**TEXTS, "items": EXPRESSION, "default": list(SECRET_NAMES)},
        "plainNames": TEXTS,
        "leastEntropy": {"type": "number", "minimum": 0, "default": LEAST_ENTROPY},
        "leastLength": {"type": "integer", "minimum": 1, "default": LEAST_LENGTH},
    },
)
