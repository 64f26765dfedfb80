"""Calendars (iCalendar, RFC 5545) as tables: a row for each meeting that took place.

A repeated meeting has a row for each of its dates (RRULE, RDATE, EXDATE, and moved ones). The
columns hold addresses of people; a mapping turns them into clients and roles, and drops them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from xxhash import xxh3_64_hexdigest

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.table import Row

COLUMNS: Final = (
    *("key", "start", "end", "summary", "description", "location", "categories"),
    *("organizer", "attendees", "status"),
)
BYTES_MAX: Final = 50_000_000
DAYS_BACK: Final = 4_000
"""As far as the longest horizon of a policy; older meetings would be dropped."""
_BEGIN: Final = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END: Final = re.compile(rb"^END:VCALENDAR\s*\Z", re.IGNORECASE | re.MULTILINE)
TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})


class CalendarTable:
    """The meetings of a calendar until now, in order of time."""

    typed_dates = False
    sheet: str | None = None
    more_rows: str | None = None

    def __init__(self, path: Path) -> None:
        self.header = list(COLUMNS)
        self.sheets_passed_over: list[str] = []
        self.bytes_total = path.stat().st_size
        self.bytes_read = 0
        self.rows_counted: int | None = None
        self._components = _components(path, self.bytes_total)

    def rows(self) -> Iterator[Row]:
        """Yield every meeting, once; those without a start are errors."""
        import recurring_ical_events  # noqa: PLC0415 # half a second, for calendars only

        end = datetime.now(UTC)
        count = 0
        for component in self._components:
            query = recurring_ical_events.of(component)
            for event in query.between(end - timedelta(days=DAYS_BACK), end):
                count += 1
                yield Row(count, _cells(event))
        self.bytes_read, self.rows_counted = self.bytes_total, count

    def close(self) -> None:
        """Do nothing: the file is read whole."""


def _components(path: Path, size_bytes: int) -> list[Any]:
    """Return the calendars of a file; raises `ImportFailed`."""
    import icalendar  # noqa: PLC0415 # for calendars only

    if size_bytes > BYTES_MAX:
        raise ImportFailed(f"{path} has {size_bytes} bytes; at most {BYTES_MAX} of a calendar fit")
    content = path.read_bytes()
    try:
        components = icalendar.Calendar.from_ical(content, multiple=True)
    except (ValueError, IndexError) as error:
        raise ImportFailed(
            f"{path} is no calendar that can be read: {error}; export it as iCalendar (.ics) again"
        ) from error
    events = [event for component in components for event in component.walk("VEVENT")]
    begun = len(_BEGIN.findall(content))
    if begun != len(events) or not _END.search(content):
        raise ImportFailed(
            f"{path} is cut off or damaged: {begun} meetings begin in it, {len(events)} can be "
            "read; export it again"
        )
    _check_rules(path, events)
    return list(components)


def _check_rules(path: Path, events: list[Any]) -> None:
    for event in events:
        rules = _listed(event.get("RRULE"))
        often = {str(f).upper() for rule in rules for f in rule.get("FREQ", [])} & TOO_OFTEN
        if often:
            raise ImportFailed(f"{path}: a meeting repeats {often.pop()}; no meeting does")


def _cells(event: Any) -> dict[str, str] | RowError:
    """Return the cells of one meeting; the key is a hash, because a UID may name a person."""
    start = event.get("DTSTART")
    if start is None:
        return RowError("start", "the meeting has no start")
    occurrence = event.get("RECURRENCE-ID") or start
    identity = f"{event.get('UID', '')}\0{_time(occurrence.dt)}"
    end = event.get("DTEND")
    return {
        "key": xxh3_64_hexdigest(identity.encode()),
        "start": _time(start.dt),
        "end": _time(end.dt) if end is not None else "",
        **{name: str(event.get(name, "")) for name in ("summary", "description", "location")},
        "categories": ", ".join(_categories(event.get("CATEGORIES"))),
        "organizer": _address(event.get("ORGANIZER", "")),
        "attendees": ", ".join(map(_address, _listed(event.get("ATTENDEE")))),
        "status": str(event.get("STATUS", "")).upper(),
    }


def _time(value: date | datetime) -> str:
    return value.isoformat()


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _address(value: Any) -> str:
    """Return an e-mail address in lower case, without `mailto:`."""
    return str(value).strip().lower().removeprefix("mailto:")


def _categories(value: Any) -> Iterator[str]:
    for one in _listed(value):
        yield from map(str, getattr(one, "cats", [one]))
