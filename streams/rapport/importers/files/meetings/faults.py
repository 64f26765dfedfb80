"""What is wrong with a meeting. No reason quotes a text: it may hold a name or an address."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Final

from rapport.importers.errors import RowError, excerpt
from rapport.importers.files.meetings.participants import listed
from rapport.importers.mapping.dates.shown_zones import zone_of

UNREADABLE: Final = "X-RAPPORT-UNREADABLE"
"""The property that stands for the lines of a meeting that the library refuses."""
_TIMES: Final = ("DTSTART", "DTEND", "RECURRENCE-ID")
_LISTS_OF_TIMES: Final = ("RDATE", "EXDATE")
_ONCE: Final = (*_TIMES, "DURATION", "UID", "STATUS", "ORGANIZER", "SEQUENCE")
_USED: Final = (*_ONCE, *_LISTS_OF_TIMES, "RRULE", "ATTENDEE", "CATEGORIES", "SUMMARY")
_USED_LINE: Final = re.compile(rf": ['\"]({'|'.join(_USED)})(?![\w-])", re.IGNORECASE)
TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_TIMES_A_DAY_MAX: Final = 24


def put_zones(event: Any) -> RowError | None:
    """Give the times of a meeting the zones that the library does not know; return the fault."""
    times = [(name, one, one) for name in _TIMES for one in listed(event.get(name))]
    for name in _LISTS_OF_TIMES:
        times += [(name, one, time) for one in listed(event.get(name)) for time in one.dts]
    for name, prop, time in times:
        tzid = str(prop.params.get("TZID", ""))
        if not tzid or not any(map(_is_local, _parts(time.dt))):
            continue
        zone = zone_of(tzid)
        if zone is None:
            return RowError(name, unknown_zone(tzid))
        parts = tuple(
            one.replace(tzinfo=zone) if _is_local(one) else one for one in _parts(time.dt)
        )
        time.dt = parts if isinstance(time.dt, tuple) else parts[0]
    return None


def _parts(value: Any) -> tuple[Any, ...]:
    """Return both parts of a period, or the one time."""
    return value if isinstance(value, tuple) else (value,)


def _is_local(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None


def unknown_zone(name: str) -> str:
    """Return the reason why a zone cannot be read; a name with an address is not quoted."""
    shown = "" if "@" in name else f" {excerpt(name, 80)}"
    return (
        f"the time zone{shown} is unknown, and the file does not describe it (VTIMEZONE); "
        "export the calendar again, or write a name such as Europe/Amsterdam"
    )


def fault_of_text(event: Any) -> RowError | None:
    """Return what cannot be read of a meeting's lines, or None."""
    if UNREADABLE in event:
        return RowError("the meeting", "the lines of the meeting are not valid iCalendar")
    for name, message in event.errors:
        if name in _USED:
            return RowError(str(name), _invalid(name))
        if name is None and (line := _USED_LINE.search(message)):
            return RowError(line[1].upper(), _invalid(line[1].upper()))
    for name in _ONCE:
        if len(listed(event.get(name))) > 1:
            return RowError(name, f"the meeting has {name} more than once")
    if event.get("DTSTART") is None:
        return RowError("DTSTART", "the meeting has no start")
    return None


def fault_of_types(event: Any) -> RowError | None:
    """Return the first property that is of another type than a date or a duration, or None."""
    for name, kind in (*((name, date) for name in _TIMES), ("DURATION", timedelta)):
        if any(not isinstance(one.dt, kind) for one in listed(event.get(name))):
            return RowError(name, _invalid(name))
    return None


def _invalid(name: str) -> str:
    return f"{name} of the meeting is not valid iCalendar"


def fault_of_end(event: Any) -> RowError | None:
    """Return the fault of a meeting that ends before it starts, or None."""
    start, end = event["DTSTART"].dt, event.get("DTEND")
    duration = event.get("DURATION")
    if end is None:
        if duration is not None and duration.dt < timedelta(0):
            return RowError("DURATION", "the duration of the meeting is less than nothing")
        return None
    if _is_before(end.dt, start):
        return RowError("DTEND", "the meeting ends before it starts")
    if isinstance(end.dt, datetime) is not isinstance(start, datetime):
        del event["DTEND"]  # a day beside a time of the day: the start is known, the end is not
    return None


def _is_before(end: date, start: date) -> bool:
    if not isinstance(end, datetime) or not isinstance(start, datetime):
        return _day(end) < _day(start)
    if (end.tzinfo is None) is not (start.tzinfo is None):
        return end.replace(tzinfo=None) < start.replace(tzinfo=None)
    return end < start


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def fault_of_rules(event: Any) -> RowError | None:
    """Return the fault of a rule of repetition that no meeting has, or None."""
    for rule in listed(event.get("RRULE")):
        frequencies = {str(one).upper() for one in listed(rule.get("FREQ"))}
        if len(frequencies) != 1:
            return RowError("RRULE", "the rule of repetition has no FREQ, or several")
        if often := frequencies & TOO_OFTEN:
            return RowError("RRULE", f"the meeting repeats {often.pop()}; no meeting does")
        if any(int(one) < 1 for one in listed(rule.get("INTERVAL"))):
            return RowError("RRULE", "INTERVAL of the rule of repetition is less than 1")
        times = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= max(1, len(listed(rule.get(part))))
        if times > _TIMES_A_DAY_MAX:
            return RowError("RRULE", f"the meeting repeats {times} times a day; no meeting does")
    return None
