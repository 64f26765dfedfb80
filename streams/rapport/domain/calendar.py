"""Calendar arithmetic: days and weeks as numbers since 1970-01-01, and durations such as 7d."""

import re
from datetime import date, timedelta
from typing import Final

from rapport_schemas.wire.errors import RapportError

UNIX_EPOCH: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400
CLOCK_SKEW_SECONDS: Final = 300
"""The worker refuses an event that is further ahead of the clock."""
EPOCH_WEEKDAY_SHIFT_DAYS: Final = 3
"""1970-01-01 was a Thursday: (day + 3) // 7 counts weeks that begin on Monday, from week 0."""
SINCE_DAYS_MAX: Final = 366
_UNIX_EPOCH_ORDINAL: Final = UNIX_EPOCH.toordinal()
_DURATION: Final = re.compile(r"([0-9]{1,6})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def dated(day: int) -> date:
    """Return a day as a date.

    >>> dated(20_000).isoformat()
    '2024-10-04'
    """
    return UNIX_EPOCH + timedelta(days=day)


def day_number(day: date) -> int:
    """Return days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _UNIX_EPOCH_ORDINAL


def week_of(day: int) -> int:
    """Return the number of the Monday-based week that holds `day` (days since 1970-01-01).

    >>> week_of(0), week_of(3), week_of(4)
    (0, 0, 1)
    """
    return (day + EPOCH_WEEKDAY_SHIFT_DAYS) // 7


def last_day_of(week: int) -> int:
    """Return the last day of a Monday-based week.

    >>> last_day_of(0), last_day_of(1)
    (3, 10)
    """
    return 7 * week + 6 - EPOCH_WEEKDAY_SHIFT_DAYS


def parse_duration(text: str) -> timedelta | None:
    """Return the duration of a text such as 90m, 12h, 7d or 2w; None for other text.

    >>> str(parse_duration("90m")), parse_duration("soon")
    ('1:30:00', None)
    """
    match = _DURATION.fullmatch(text)
    return None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})


def since_days(text: str) -> int:
    """Return the days of a text such as 7d or 2w; raises `RapportError`.

    >>> since_days("7d"), since_days("2w")
    (7, 14)
    """
    days = (parse_duration(text) or timedelta()) / timedelta(days=1)
    if not 0 < days <= SINCE_DAYS_MAX or not days.is_integer():
        raise RapportError(f"since is {text!r}; expected 1d to {SINCE_DAYS_MAX}d, or weeks as 2w")
    return int(days)
