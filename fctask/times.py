"""Durations and times as people write them: 90s, 15m, 2h, 1d, 1h30m; 2026-01-31T08:00."""

import re
import time
from datetime import datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = 100 * 366 * 86400  # s; a time before it is none that dates can have everywhere
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")


def seconds_of(text: str) -> float:
    """The seconds in a duration as 90s, 2h or 1h30m. Raises ValueError with a sentence."""
    written = text.strip().lower()
    if _DURATION.fullmatch(written) is None:
        raise ValueError(f"{text!r} is no duration: write it as 90s, 15m, 2h, 1d or 1h30m")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    if seconds > _LONGEST:
        raise ValueError(f"{text[:40]!r} is more than 100 years: no task is so old")
    return seconds


def moment_of(text: str, now: float | None = None) -> int:
    """ms since 1970 of a time (ISO 8601; local without a zone) or so long ago (2h).

    Raises ValueError with a sentence.
    """
    now = time.time() if now is None else now
    if re.match(r"\d{4}-\d\d-\d\d", text):
        try:
            return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
        except ValueError:
            raise ValueError(
                f"{text!r} is no time: write it as 2026-01-31T08:00 or 2026-01-31T08:00+08:00"
            ) from None
    try:
        return round((now - seconds_of(text)) * 1000)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a duration (90s, 15m, 2h, 1d; at most 100 years) nor a time "
            "(2026-01-31T08:00)"
        ) from None


def clock(at: int | None, *, fraction: bool = False) -> str:
    """Local time of `at` (ms since 1970); "-" for None."""
    if at is None:
        return "-"
    moment = datetime.fromtimestamp(at / 1000)
    return moment.isoformat(" ", "milliseconds" if fraction else "seconds")


def span(milliseconds: float | None) -> str:
    """A duration for people: 12 ms, 3.4 s, 5 m 02 s, 1 h 02 m, 3 d 4 h; "-" for None."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    whole = timedelta(seconds=round(milliseconds / 1000))
    hours, rest = divmod(whole.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if whole.days:
        return f"{whole.days} d {hours} h" if hours else f"{whole.days} d"
    return f"{hours} h {minutes:02d} m" if hours else f"{minutes} m {seconds:02d} s"
