"""Signature schemes, one to a file, and what they have in common."""

import datetime
import functools
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.account import Caller
from localcloud.refusal import Refusal
from localcloud.wire.nonces import Nonces

LARGEST_SKEW = 15 * 60 * 1000
"""A request signed longer ago than this, or this far in the future, is refused (ms)."""

_HEADER_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:GMT|UTC|\+0000)",
    re.ASCII,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_SHOWN = 2000  # characters of a string to sign in an error message

SecretOf = Callable[[str, str | None], tuple[str, Caller]]
"""Access key id and security token in; the key's secret and its owner out. Raises Refusal with a
code that begins InvalidAccessKeyId or InvalidSecurityToken."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A service's own code and status for one thing that is wrong with a signature."""

    code: str
    status: int

    def refusal(self, message: str) -> Refusal:
        """This fault with its reason."""
        return Refusal(self.code, message, self.status)


@dataclass(frozen=True, slots=True)
class Faults:
    """A service's codes for what can be wrong with a signed request."""

    missing: Fault  # something that a signed request must have is not there
    malformed: Fault
    unknown_key: Fault
    bad_token: Fault
    mismatch: Fault
    skewed: Fault
    replayed: Fault
    wrong_digest: Fault


class Gate:
    """What every scheme asks once it has read who signed what, and how."""

    __slots__ = ("faults", "nonces", "now", "secret_of")

    def __init__(
        self, faults: Faults, secret_of: SecretOf, nonces: Nonces, now: Callable[[], int]
    ) -> None:
        self.faults = faults
        self.secret_of = secret_of
        self.nonces = nonces
        self.now = now

    def key(self, access_key_id: str, security_token: str | None) -> tuple[str, Caller]:
        """The secret of an access key and whose it is, or this service's refusal."""
        try:
            return self.secret_of(access_key_id, security_token or None)
        except Refusal as refusal:
            about_token = "Token" in refusal.code
            fault = self.faults.bad_token if about_token else self.faults.unknown_key
            raise fault.refusal(refusal.message) from None

    def fresh(self, signed_at: int) -> None:
        """Refuse a request that was signed too long ago, or too far in the future (ms)."""
        now = self.now()
        if abs(now - signed_at) > LARGEST_SKEW:
            raise self.faults.skewed.refusal(
                f"the request's time is {abs(now - signed_at) // 1000} s from the server's, "
                "900 s are allowed: check the clock"
            )

    def match(self, given: str, expected: str, string_to_sign: str) -> None:
        """Refuse a signature that is not the one we calculate.

        The string to sign goes back, as Alibaba Cloud sends it: it is what one needs to find out
        why, and the request itself holds all of it but the security token, which is left out.
        """
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise self.mismatch(string_to_sign)

    def mismatch(self, string_to_sign: str) -> Refusal:
        """The refusal of a signature that does not match."""
        return self.faults.mismatch.refusal(
            "The request signature we calculated does not match the signature you provided. Check "
            "your access key secret and signing method. server string to sign is: "
            + _shown(string_to_sign)
        )

    def first_use(self, access_key_id: str, nonce: str) -> None:
        """Refuse a nonce that this key has used within the time in which it could be replayed."""
        if not self.nonces.add(access_key_id, nonce, self.now()):
            raise self.faults.replayed.refusal(
                "the signature nonce has been used before: sign each request, and each retry of "
                "one, with a new nonce"
            )


def keyed_digest(key: bytes, text: str, method: str) -> bytes:
    """The HMAC of a text.

    Of a copy of an HMAC with the key in it: `hmac.digest` gives way to other threads each time,
    which costs ten times the digest while the store is writing.
    """
    keyed = _keyed(key, method).copy()
    keyed.update(text.encode())
    return keyed.digest()


@functools.lru_cache(maxsize=64)
def _keyed(key: bytes, method: str) -> hmac.HMAC:
    return hmac.new(key, digestmod=method)


def _shown(string_to_sign: str) -> str:
    """One line of it, cut, without the security token."""
    lines = string_to_sign[:_LONGEST_SHOWN].split("\n")
    return "\\n".join(
        name + ":***" if (name := line.partition(":")[0]).endswith("security-token") else line
        for line in lines
    )


@functools.lru_cache(maxsize=64)  # a client sends the same second many times
def header_time(value: str) -> int:
    """The time in a Date header (RFC 9110, as `Thu, 06 Feb 2020 07:32:54 GMT`) in ms.

    Raises ValueError where it is none.
    """
    parts = _HEADER_DATE.fullmatch(value)
    if parts is None or parts[2] not in _MONTHS:
        raise ValueError(value)
    day, month, *others = parts.groups()
    year, hour, minute, second = map(int, others)
    return _ms(datetime.datetime(year, _MONTHS.index(month) + 1, int(day), hour, minute, second))


@functools.lru_cache(maxsize=64)
def utc_time(value: str, form: str = "%Y-%m-%dT%H:%M:%SZ") -> int:
    """The time in an ISO 8601 text in UTC in ms. Raises ValueError where it is none."""
    return _ms(datetime.datetime.strptime(value, form))


def _ms(moment: datetime.datetime) -> int:
    return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000
