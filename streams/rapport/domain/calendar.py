"""Calendar arithmetic: days and weeks as numbers since 1970-01-01, and durations such as 7d.

A `Calendar` has the days of one time zone: it turns instants, whole seconds since 1970-01-01 UTC,
into days, and back.
"""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from rapport_schemas.wire.errors import RapportError

UNIX_EPOCH: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400
HOUR_SECONDS: Final = 3_600
UTC_NAME: Final = "UTC"
CLOCK_SKEW_SECONDS: Final = 300
"""The worker refuses an event that is further ahead of the clock."""
EPOCH_WEEKDAY_SHIFT_DAYS: Final = 3
"""1970-01-01 was a Thursday: (day + 3) // 7 counts weeks that begin on Monday, from week 0."""
DAYS_PER_WEEK: Final = 7
SINCE_DAYS_MAX: Final = 366
_UNIX_EPOCH_ORDINAL: Final = UNIX_EPOCH.toordinal()
_DURATION: Final = re.compile(r"([0-9]{1,6})([mhdw])")
_FIRST_SECONDS: Final = int(datetime(2, 1, 1, tzinfo=UTC).timestamp())
_LAST_SECONDS: Final = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp())
"""Between these every zone has a date that Python can represent."""
HOURS_MAX: Final = 65_536
"""UTC hours whose offset is cached; any timestamp may arrive."""
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class ZoneError(RapportError):
    """A name that is no time zone of the IANA database."""


class Calendar:
    """The days of a time zone.

    >>> auckland = Calendar("Pacific/Auckland")
    >>> monday_morning = int(datetime(2026, 3, 1, 20, tzinfo=UTC).timestamp())
    >>> dated(auckland.day_of(monday_morning)), dated(Calendar().day_of(monday_morning))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 1))
    """

    __slots__ = ("_offsets", "_starts", "_tzinfo", "zone")

    def __init__(self, zone: str = UTC_NAME) -> None:
        self.zone = zone
        """Name in the IANA database."""
        self._tzinfo = _find_zone(zone)
        self._offsets: dict[int, int] = {}
        """UTC hour -> the offset in seconds, of hours in which it does not change."""
        self._starts: dict[int, int] = {}
        """Day -> its first instant; only days of the ledger are asked for."""

    def __repr__(self) -> str:
        return f"Calendar({self.zone!r})"

    def __reduce__(self) -> tuple[type["Calendar"], tuple[str]]:
        return Calendar, (self.zone,)

    def day_of(self, seconds: int) -> int:
        """Return the local date of an instant, as days since 1970-01-01."""
        offset = self._offsets.get(seconds // HOUR_SECONDS)
        if offset is None:
            offset = self._find_offset(seconds)
        return (seconds + offset) // DAY_SECONDS

    def start_of(self, day: int) -> int:
        """Return the first instant of a day; of a day that the zone skipped, the next day's.

        >>> dated(Calendar("Europe/Amsterdam").day_of(0)), Calendar("Europe/Amsterdam").start_of(0)
        (datetime.date(1970, 1, 1), -3600)
        """
        start = self._starts.get(day)
        if start is None:
            start = self._starts[day] = self._find_start(day)
        return start

    def days_in_utc_day(self, day: int) -> tuple[int, int]:
        """Return the first and the last local day of the instants of a day in UTC.

        >>> Calendar().days_in_utc_day(7), Calendar("Asia/Tokyo").days_in_utc_day(7)
        ((7, 7), (7, 8))
        """
        start = day * DAY_SECONDS
        return self.day_of(start), self.day_of(start + DAY_SECONDS - 1)

    def _find_start(self, day: int) -> int:
        midnight = datetime.combine(dated(day), time(), self._tzinfo)
        # Clocks that are set around midnight have it twice, or not at all.
        both = [int(midnight.replace(fold=fold).timestamp()) for fold in (0, 1)]
        before, start = min(both), max(both)
        if self.day_of(before) >= day:
            return before
        while start - before > 1:
            middle = (before + start) // 2
            if self.day_of(middle) >= day:
                start = middle
            else:
                before = middle
        return start

    def _find_offset(self, seconds: int) -> int:
        hour = seconds // HOUR_SECONDS
        first, last = hour * HOUR_SECONDS, (hour + 1) * HOUR_SECONDS - 1
        offset = self._offset_at(first)
        if offset != self._offset_at(last):
            return self._offset_at(seconds)
        if len(self._offsets) >= HOURS_MAX:
            self._offsets.clear()
        self._offsets[hour] = offset
        return offset

    def _offset_at(self, seconds: int) -> int:
        known = min(max(seconds, _FIRST_SECONDS), _LAST_SECONDS)
        offset = datetime.fromtimestamp(known, self._tzinfo).utcoffset() or timedelta()
        return offset // timedelta(seconds=1)


def _find_zone(name: str) -> tzinfo:
    """Return a zone; UTC needs no time zone database. Raises `ZoneError`."""
    if name == UTC_NAME:
        return UTC
    with suppress(ValueError, OSError, KeyError):
        # Those of right/ count leap seconds.
        if not name.startswith(("right/", "posix/")):
            return ZoneInfo(name)
    names = {zone.casefold(): zone for zone in available_timezones()}
    near = get_close_matches(name.casefold(), names, 1)
    hint = f"; do you mean {names[near[0]]}?" if near else ""
    raise ZoneError(
        f"zone is {name!r}; expected UTC or a name of the IANA time zone database, such as "
        f"Europe/Amsterdam{hint}"
    )


UTC_CALENDAR: Final = Calendar()


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


def days_of_closed_weeks(day: int, count: int) -> range:
    """Return the days of the last `count` weeks that ended before the week of `day`.

    >>> days_of_closed_weeks(11, 1), days_of_closed_weeks(17, 2), days_of_closed_weeks(18, 2)
    (range(4, 11), range(-3, 11), range(4, 18))
    """
    end = last_day_of(week_of(day) - 1) + 1
    return range(end - DAYS_PER_WEEK * count, end)


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
