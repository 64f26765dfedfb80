"""Reads dates of exports: the first layout that fits is used.

`rapport import --guess` infers the layouts in `rapport.importers.inference.values.dates`.
"""

from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.dates.clock import read_clock
from rapport.importers.mapping.dates.layout_reader import LocalTime, Misfit, layout_reader, plain
from rapport.importers.mapping.dates.options import DateOptions
from rapport.importers.mapping.dates.placeholders import placeholder
from rapport.importers.mapping.dates.zones import UnknownZone, resolve, split_zone

YEARS: Final = (1970, 2200)
CACHED: Final = 16_384
CHARACTERS_MAX: Final = 128
"""A longer text is no date, and is not kept in the cache."""


class DateReading(NamedTuple):
    """What a text means."""

    at: datetime
    """In UTC; a date alone is its midnight in UTC."""
    day: date
    """The date as it is written."""
    has_time: bool
    has_zone: bool
    """Whether the text itself says its zone."""
    is_midnight: bool = False
    """Whether the time of the day is written as 00:00."""


class DateReader:
    """Reads timestamps by the layouts of a mapping; caches equal texts."""

    def __init__(self, options: DateOptions, *, serial_numbers: bool = False) -> None:
        options.order_of_layouts()
        layouts = [*options.ordered_layouts(), *(["excel", "iso"] if serial_numbers else [])]
        self._readers = [layout_reader(layout) for layout in layouts]
        self._expected = " or ".join(options.ordered_layouts())
        self.options = options
        self.zone = options.known_zone()
        self._cached = lru_cache(maxsize=CACHED)(self._read)

    def read(self, text: str, path: str) -> datetime:
        """Return the timestamp in UTC; a date alone is its midnight. Raises `RowError`."""
        return self.reading(text, None, path).at

    def reading(
        self, text: str, clock: str | None, path: str, zone: str | None = None
    ) -> DateReading:
        """Return the reading of a date, and of a time of the day in a cell of its own.

        `zone` is that of the row or the column; a zone in the text itself goes before it.
        """
        if max(len(text), len(clock or ""), len(zone or "")) > CHARACTERS_MAX:
            raise RowError(path, f"{excerpt(text)} is too long for a date")
        reading = self._cached(text, clock, zone)
        if isinstance(reading, str):
            raise RowError(path, reading)
        return reading

    def fits(self, text: str) -> bool:
        """Return whether a layout fits a text."""
        is_short = len(text) <= CHARACTERS_MAX
        return is_short and isinstance(self._cached(text, None, None), DateReading)

    def believe(self, zone: str) -> None:
        """Read times without a zone in that of the file itself, unless another was said."""
        if not self.options.has_zone:
            self.zone = resolve(zone, datetime(2000, 1, 1), UTC)  # noqa: DTZ001 # any local time
            self._cached.cache_clear()

    def local_day(self, reading: DateReading) -> date:
        """Return the day of a reading in the mapping's zone; of a date alone, the date."""
        return reading.at.astimezone(self.zone).date() if reading.has_time else reading.day

    def second_occurrence(self, reading: DateReading) -> datetime:
        """Return the second time that a clock of the mapping's zone shows a time, if it does so.

        A time whose text says its zone has no other reading.
        """
        if not reading.has_time or reading.has_zone:
            return reading.at
        return reading.at.astimezone(self.zone).replace(fold=1).astimezone(UTC)

    def _read(self, text: str, clock: str | None, row_zone: str | None) -> DateReading | str:
        """Return the reading of a text, or why there is none."""
        try:
            return self._reading(text, clock, row_zone)
        except UnknownZone as reason:
            return f"{excerpt(text)}: {reason}"
        except Misfit as reason:
            return f"{excerpt(text)} {reason}"
        except (ValueError, OverflowError):
            return f"{excerpt(text)} is not a date of the form {self._expected}"

    def _reading(self, text: str, clock: str | None, row_zone: str | None) -> DateReading:
        cause = placeholder(text)
        if cause is not None:
            raise Misfit(cause)
        cleaned = plain(text)
        try:
            local, zone = self._local(cleaned), None
        except Misfit:
            raise
        except ValueError:
            without_zone, zone = split_zone(cleaned)
            if without_zone == cleaned:
                raise
            local = self._local(without_zone)
        zone = zone or local.zone
        if clock is not None:
            local, zone = _joined(local, zone, clock)
        return self._in_zone(local, zone or row_zone)

    def _local(self, text: str) -> LocalTime:
        reason: ValueError = ValueError(text)
        for reader in self._readers:
            try:
                return reader(text)
            except Misfit as misfit:
                reason = misfit
            except (ValueError, OverflowError):
                continue
        raise reason

    def _in_zone(self, local: LocalTime, zone: str | None) -> DateReading:
        at = local.at
        if at.tzinfo is None:
            at = at.replace(tzinfo=self._zone_of(local, zone))
        at = at.astimezone(UTC)
        if not YEARS[0] <= at.year < YEARS[1]:
            raise Misfit(f"is not a date of the years {YEARS[0]} to {YEARS[1] - 1}")
        has_zone = zone is not None or local.at.tzinfo is not None
        is_midnight = local.has_time and local.at.time() == time()
        return DateReading(at, local.at.date(), local.has_time, has_zone, is_midnight)

    def _zone_of(self, local: LocalTime, zone: str | None) -> tzinfo:
        if not local.has_time:
            return UTC
        found = self.zone if zone is None else resolve(zone, local.at, self.zone)
        _check_exists(local.at, found)
        return found


def _joined(local: LocalTime, zone: str | None, clock: str) -> tuple[LocalTime, str | None]:
    """Return a date with the time of the day of another cell."""
    text, clock_zone = split_zone(plain(clock))
    time_of_day = read_clock(text)
    if local.has_time and local.at.time() not in (time(), time_of_day):
        raise Misfit(f"has a time of the day, and the column of the time has another, {clock!r}")
    at = datetime.combine(local.at.date(), time_of_day, local.at.tzinfo)
    return LocalTime(at, True), clock_zone or zone  # noqa: FBT003 # a field of a tuple


def _check_exists(at: datetime, zone: tzinfo) -> None:
    """Raise `Misfit` for a time that a clock skips when it is set forward.

    A time that occurs twice, when a clock is set back, is its first occurrence.
    """
    before = at.replace(tzinfo=zone, fold=0).utcoffset()
    after = at.replace(tzinfo=zone, fold=1).utcoffset()
    if before is not None and after is not None and before < after:
        raise Misfit(
            f"does not exist in {zone}, where the clock was set forward; "
            "--zone says the zone of the file's times"
        )
