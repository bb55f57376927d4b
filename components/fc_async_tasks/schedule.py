"""When a timer fires, and with what: checked at preview, before a trigger is made that never fires.

Follows "Time triggers" of Function Compute: `@every <n>m`, or six fields - seconds, minutes, hours,
day of month, month, day of week - with an optional time zone before them.
"""

import re
from dataclasses import dataclass

from .limit import shown

_EVERY = re.compile(r"@every [1-9]\d{0,5}[mh]")
_ZONE = re.compile(r"(?:CRON_TZ|TZ)=(\S+) +(.+)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MOST_PAYLOAD_BYTES = 128 * 1024


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    names: "tuple[str, ...]" = ()
    any_signs: str = "*"

    def refusal(self, text: str) -> "str | None":
        for part in text.split(","):
            span, slash, step = part.partition("/")
            if slash and not (step.isdecimal() and int(step)):
                return f"{self.name} has the step {step!r}: it must be 1 or more"
            if span and span in self.any_signs:
                continue
            ends = [self._number(each) for each in span.split("-", 1)]
            if None in ends:
                also = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
                return f"{self.name} is {text!r}: it must be {self.lowest} to {self.highest}{also}"
            if len(ends) == 2 and (ends[0] or 0) > (ends[1] or 0):
                return f"{self.name} has the range {span!r}, which runs backwards"
        return None

    def _number(self, word: str) -> "int | None":
        if word.upper() in self.names:
            return self.names.index(word.upper()) + 1
        if word.isascii() and word.isdecimal() and self.lowest <= int(word) <= self.highest:
            return int(word)
        return None


_FIELDS = (
    _Field("seconds", 0, 59, any_signs=""),
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, any_signs="*?"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, any_signs="*?"),
)


@dataclass(frozen=True)
class CronExpression:
    """The expression of a timer."""

    setting: str

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but an interval or a cron expression of six fields."""
        if not isinstance(value, str):
            return f"{self.setting} is {shown(value)}: it must be a text, as '0 0 2 * * *'."
        reason = _reason(value)
        return reason and f"{self.setting} is {value!r}: {reason}."


def _reason(expression: str) -> "str | None":
    if expression.startswith("@"):
        if _EVERY.fullmatch(expression):
            return None
        return (
            "it must be '@every <n>m', a whole number of minutes from 1, or '@every <n>h', of hours"
        )
    if zoned := _ZONE.fullmatch(expression):
        from zoneinfo import available_timezones  # few name a time zone, and all would wait for it

        zones = available_timezones()  # none at all on a machine without the time zone database
        if zones and zoned[1] not in zones:
            return f"{zoned[1]!r} is no time zone, as Asia/Shanghai is one"
        expression = zoned[2]
    texts = expression.split()
    if len(texts) != len(_FIELDS):
        return (
            f"it has {len(texts)} fields: it must have six, 'seconds minutes hours day-of-month "
            "month day-of-week', or be '@every <n>m'"
        )
    found = (field.refusal(text) for field, text in zip(_FIELDS, texts, strict=True))
    return next(filter(None, found), None)


@dataclass(frozen=True)
class Payload:
    """What a timer sends with each event: a text of at most 128 KB."""

    setting: str

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a text of that size."""
        if not isinstance(value, str):
            return f"{self.setting} is of type {type(value).__name__}: it must be a text."
        if (size := len(value.encode())) > MOST_PAYLOAD_BYTES:
            return f"{self.setting} has {size} bytes: it may have {MOST_PAYLOAD_BYTES} (128 KB)."
        return None
