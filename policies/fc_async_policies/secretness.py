"""Which values a program marked as secret: the engine says it, pulumi-policy forgets it.

The engine sends a secret as an object with a signature around it; pulumi-policy 1.21 takes it off
before a policy sees the value (`deserialize_properties`). Here the mark is kept, as a type.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import deserialize, policy

_SIGNATURE, _SECRET = deserialize.SPECIAL_SIG_KEY, deserialize.SPECIAL_SECRET_SIG


class SecretText(str):
    """A text that is a secret to Pulumi: encrypted in the state, hidden in output."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SecretText(...)"


def keep_secretness() -> None:
    """Have policies see secret texts as SecretText from now on, in this process.

    Raises RuntimeError where pulumi-policy reads properties in another way than 1.21 does.
    """
    if getattr(policy, "deserialize_properties", None) is not deserialize.deserialize_properties:
        raise RuntimeError(
            "this pulumi-policy does not read properties as 1.21 does, so that secrets could not "
            "be told from plain texts: install pulumi-policy 1.21."
        )
    policy.deserialize_properties = _deserialize_with_marks  # pyright: ignore[reportPrivateImportUsage]


def _deserialize_with_marks(properties: "dict[str, Any]", proxy_secrets: bool = False) -> Any:
    plain = deserialize.deserialize_properties(properties, proxy_secrets)
    return plain if proxy_secrets else _marked(properties, plain, secret=False)


def _marked(sent: Any, plain: Any, *, secret: bool) -> Any:
    """Give `plain` with the texts marked that are secret, or inside something secret, in `sent`."""
    if isinstance(sent, Mapping) and sent.get(_SIGNATURE) == _SECRET:
        return _marked(sent["value"], plain, secret=True)
    if isinstance(sent, Mapping) and isinstance(plain, dict):
        return {name: _marked(sent[name], each, secret=secret) for name, each in plain.items()}
    if isinstance(sent, list) and isinstance(plain, list):
        pairs = zip(sent, plain, strict=True)
        return [_marked(each, of, secret=secret) for each, of in pairs]
    return SecretText(plain) if secret and isinstance(plain, str) else plain
