"""Does a text look like a secret, by its name or by itself?

A guess, and made to err towards yes: what it takes for a secret is asked for as a secret of the
stack's configuration, and never written down.
"""

import re

_NAME = re.compile(
    r"secret|passw(or)?d|passwd|passphrase|pwd|token|credential|private_?key|access_?key|api_?key"
    r"|auth_?(code|key)|encrypt|signature|sign(ing)?_?key|salt$|cookie|webhook|dsn$|[a-z]_key$"
    r"|^ak$|^sk$",
    re.IGNORECASE,
)

_VALUE = re.compile(
    r"-----BEGIN |\bLTAI[A-Za-z0-9]{12,}|\bAKIA[A-Z0-9]{12,}|\bsk-[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\beyJ[\w-]{10,}\.[\w-]{10,}|://[^/\s:@]+:[^/\s@]+@"
    r"|(secret|passw(or)?d|token|auth\w*code|api_?key)[\"']?\s*[=:\s]\s*[\"']?[\w/+-]{6,}",
    re.IGNORECASE,
)


def looks_secret(name: str, text: str = "") -> bool:
    """Say whether a setting of this name, or a text like this one, is likely to be a secret."""
    return bool(_NAME.search(name) or _VALUE.search(text))
