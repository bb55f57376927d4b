"""When a timer trigger fires: `@every 5m`, and six-field cron with an optional time zone.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from localcloud.refusal import Refusal

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MOST_DAYS_AHEAD = 366 * 8 + 2  # 29 February comes at least once in eight years


@dataclass(frozen=True, slots=True)
class Every:
    """An interval, counted from when the trigger was set. `milliseconds` is at least a minute."""

    milliseconds: int

    def next_after(self, last: int, now: int) -> int | None:
        """The first time of the row last, last + interval ... that is after `now` (ms)."""
        return last + self.milliseconds * ((now - last) // self.milliseconds + 1)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression: the values that each field allows.

    `any_day` and `any_weekday` tell a field that was left open ('*' or '?'): where neither is, a
    day that fits one of the two will do, as cron has it.
    """

    second: int
    minutes: Sequence[int]
    hours: Sequence[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    zone: tzinfo

    def next_after(self, _last: int, now: int) -> int | None:
        """The first fitting time after `now` (ms), None if there is none in eight years.

        A local time that a change of the clocks skips is left out; one that it brings twice fires
        once, the first time.
        """
        day = datetime.fromtimestamp(now / 1000, self.zone).date()
        for _ in range(_MOST_DAYS_AHEAD):
            if day.month in self.months and self._fits(day.day, day.isoweekday()):
                for hour in self.hours:
                    for minute in self.minutes:
                        at = self._instant(day.year, day.month, day.day, hour, minute)
                        if at is not None and at > now:
                            return at
            day += timedelta(days=1)
        return None

    def _fits(self, day: int, weekday: int) -> bool:
        if self.any_day or self.any_weekday:
            return day in self.days and weekday in self.weekdays
        return day in self.days or weekday in self.weekdays

    def _instant(self, year: int, month: int, day: int, hour: int, minute: int) -> int | None:
        local = datetime(year, month, day, hour, minute, self.second, tzinfo=self.zone)
        utc = local.astimezone(timezone.utc)
        if utc.astimezone(self.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            return None  # the clocks were put forward over it
        return int(utc.timestamp()) * 1000


Schedule = Every | Cron


def parse_schedule(expression: str) -> Schedule:
    """Read a cronExpression; raises Refusal InvalidArgument (400) that says what is wrong."""
    match = re.fullmatch(r"@every\s+([0-9]{1,7})([mh])", expression)
    if match is not None:
        minutes = int(match[1]) * (60 if match[2] == "h" else 1)
        if minutes == 0:
            raise _bad(expression, "the interval must be at least 1m")
        return Every(minutes * 60_000)
    if expression.startswith("@"):
        raise _bad(expression, "an interval is written '@every Nm', with whole minutes")
    return _parse_cron(expression)


def _bad(expression: str, reason: str) -> Refusal:
    return Refusal("InvalidArgument", f"triggerConfig.cronExpression is {expression!r}: {reason}")


def _parse_cron(expression: str) -> Cron:
    fields = expression.split()
    zone: tzinfo = timezone.utc
    if fields and fields[0].startswith(("CRON_TZ=", "TZ=")):
        name = fields.pop(0).partition("=")[2]
        try:
            zone = ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise _bad(expression, f"time zone {name!r} is not known on this machine") from None
    if len(fields) != 6:
        raise _bad(
            expression,
            f"it has {len(fields)} fields: it must have six, 'seconds minutes hours day-of-month "
            "month day-of-week', or be '@every Nm'",
        )
    if re.fullmatch("[0-9]{1,2}", fields[0]) is None or int(fields[0]) > 59:
        raise _bad(expression, f"seconds are {fields[0]!r}: they must be one number, 0 to 59")
    days = _values(expression, "day-of-month", fields[3], 1, 31, (), "?")
    weekdays = _values(expression, "day-of-week", fields[5], 1, 7, _DAYS, "?")
    return Cron(
        second=int(fields[0]),
        minutes=sorted(_values(expression, "minutes", fields[1], 0, 59)),
        hours=sorted(_values(expression, "hours", fields[2], 0, 23)),
        days=days,
        months=_values(expression, "month", fields[4], 1, 12, _MONTHS),
        weekdays=weekdays,
        any_day=fields[3][0] in "*?",
        any_weekday=fields[5][0] in "*?",
        zone=zone,
    )


def _values(
    expression: str,
    field: str,
    text: str,
    least: int,
    most: int,
    names: Sequence[str] = (),
    also_any: str = "",
) -> frozenset[int]:
    def number(word: str) -> int:
        if word.upper() in names:
            return names.index(word.upper()) + 1
        if not word.isdecimal() or not least <= int(word) <= most:
            allowed = f"{least} to {most}" + (f" or {names[0]} to {names[-1]}" if names else "")
            raise _bad(expression, f"{field} holds {word!r}: it must be {allowed}")
        return int(word)

    values: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        if slash and (not step_text.isdecimal() or int(step_text) == 0):
            raise _bad(expression, f"{field} has the step {step_text!r}: it must be 1 or more")
        step = int(step_text) if slash else 1
        if span == "*" or (also_any and span == also_any):
            first, last = least, most
        elif "-" in span:
            low, _, high = span.partition("-")
            first, last = number(low), number(high)
            if first > last:
                raise _bad(expression, f"{field} holds the range {span!r}, which runs backwards")
        else:
            first = number(span)
            last = most if slash else first
        values.update(range(first, last + 1, step))
    return frozenset(values)
