"""A meeting with its repetition: the entries of one UID, and its dates."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from rapport.importers.errors import RowError
from rapport.importers.files.meetings.faults import (
    fault_of_end,
    fault_of_rules,
    fault_of_text,
    fault_of_types,
    put_zones,
    unknown_zone,
)
from rapport.importers.files.table import Row
from rapport.importers.mapping.dates.shown_zones import zone_of

LINE: Final = "X-RAPPORT-LINE"
"""The property that carries the line of a meeting to each of its dates."""
_CHECKS: Final = (fault_of_text, fault_of_types, put_zones, fault_of_end, fault_of_rules)
CONTRADICTIONS: Final = (
    *(ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError),
)
"""What the library raises for dates and rules that do not fit each other."""


class Entry(NamedTuple):
    """One VEVENT: the line where it begins, and the zone that its calendar has for all of them."""

    line: int
    event: Any
    calendar_zone: str


def by_series(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries of each UID; a cancelled one first, because it counts of two as new."""
    series: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        uid = str(entry.event.get("UID", ""))
        series[f"{uid}\0{entry.calendar_zone}" if uid else f"\0{entry.line}"].append(entry)
    for one in series.values():
        yield sorted(one, key=lambda e: str(e.event.get("STATUS", "")).upper() != "CANCELLED")


def occurrences(series: list[Entry], start: datetime, end: datetime) -> list[Row] | list[Any]:
    """Return the meeting on each of its dates, or a rejected row for each of its entries.

    Entries of one UID change each other, so one that cannot be read rejects all of them.
    """
    faults = {entry.line: fault for entry in series if (fault := _fault_of(entry))}
    if faults:
        return [Row(one.line, faults.get(one.line) or _beside(min(faults))) for one in series]
    try:
        return _dates(series, start, end)
    except CONTRADICTIONS:
        reason = "the dates of the meeting (DTSTART, RRULE, RDATE, EXDATE) do not fit each other"
        return [Row(one.line, RowError("DTSTART", reason)) for one in series]


def _fault_of(entry: Entry) -> RowError | None:
    try:
        found = next(filter(None, (check(entry.event) for check in _CHECKS)), None)
    except CONTRADICTIONS:
        return RowError("DTSTART", "the times of the meeting are not valid iCalendar")
    repeats = "RRULE" in entry.event
    if found is None and repeats and entry.calendar_zone and zone_of(entry.calendar_zone) is None:
        return RowError("X-WR-TIMEZONE", unknown_zone(entry.calendar_zone))
    return found


def _beside(line: int) -> RowError:
    return RowError("UID", f"the meeting on line {line} has the same UID and cannot be read")


def _dates(series: list[Entry], start: datetime, end: datetime) -> list[Any]:
    import icalendar  # noqa: PLC0415 # for calendars only
    import recurring_ical_events  # noqa: PLC0415 # half a second, for calendars only

    calendar = icalendar.Calendar()
    zone = zone_of(series[0].calendar_zone) if series[0].calendar_zone else None
    if zone is not None:
        calendar.add("X-WR-TIMEZONE", getattr(zone, "key", "UTC"))
    for entry in series:
        entry.event[LINE] = str(entry.line)
        calendar.add_component(entry.event)
    return list(recurring_ical_events.of(calendar).between(start, end))
