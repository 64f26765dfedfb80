"""Calendars (iCalendar, RFC 5545) as tables: a row for each meeting that took place.

A repeated meeting has a row for each of its dates (RRULE, RDATE, EXDATE, and moved ones). A
meeting that cannot be read is a rejected row, and the others are read. The
columns hold addresses of people; a mapping turns them into clients and roles, and drops them.
"""

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xxhash import xxh3_64_hexdigest

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.files.meetings.faults import UNREADABLE
from rapport.importers.files.meetings.participants import listed, took_part
from rapport.importers.files.meetings.series import (
    CONTRADICTIONS,
    LINE,
    Entry,
    by_series,
    occurrences,
)
from rapport.importers.files.table import Row

if TYPE_CHECKING:
    from rapport.importers.files.headers import OtherSheet

COLUMNS: Final = (
    *("key", "start", "end", "summary", "description", "location", "categories"),
    *("organizer", "attendees", "status"),
)
BYTES_MAX: Final = 50_000_000
DAYS_BACK: Final = 4_000
"""As far as the longest horizon of a policy; older meetings would be dropped."""
_BEGIN: Final = re.compile(rb"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END: Final = re.compile(rb"^END:VCALENDAR\s*\Z", re.IGNORECASE | re.MULTILINE)
_UNUSED: Final = re.compile(
    rb"^BEGIN:(VALARM|VTODO|VJOURNAL|VFREEBUSY)[ \t]*\r?\n.*?^END:\1[ \t]*\r?\n",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_MEETING: Final = re.compile(
    rb"^BEGIN:VEVENT[ \t]*\r?\n.*?^END:VEVENT[ \t]*\r?\n",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_HELD: Final = frozenset({"", "PUBLISH", "REQUEST", "ADD"})
"""The methods of a calendar whose meetings take place; others cancel or answer."""


class CalendarTable:
    """The meetings of a calendar until now; the line of a row is where its meeting begins."""

    typed_dates = False
    sheet: str | None = None
    more_rows: str | None = None
    encoding: str | None = None

    def __init__(self, path: Path) -> None:
        self.header = list(COLUMNS)
        self.sheets_passed_over: list[OtherSheet] = []
        self.bytes_total = path.stat().st_size
        self.bytes_read = 0
        self.rows_counted: int | None = None
        self._entries, self._begun = _read(path, self.bytes_total)

    def rows(self) -> Iterator[Row]:
        """Yield every meeting on each of its dates, once; those that cannot be read are errors."""
        end = datetime.now(UTC)
        count = accounted = 0
        for series in by_series(self._entries):
            accounted += len(series)
            for one in occurrences(series, end - timedelta(days=DAYS_BACK), end):
                count += 1
                yield one if isinstance(one, Row) else _row(one)
        self.bytes_read = self.bytes_total
        self.rows_counted = count + self._begun - accounted

    def close(self) -> None:
        """Do nothing: the file is read whole."""


def _read(path: Path, size_bytes: int) -> tuple[list[Entry], int]:
    """Return the meetings of a file, and how many begin in it; raises `ImportFailed`."""
    if size_bytes > BYTES_MAX:
        raise ImportFailed(f"{path} has {size_bytes} bytes; at most {BYTES_MAX} of a calendar fit")
    content = path.read_bytes()
    events = [
        (event, str(calendar.get("X-WR-TIMEZONE", "")))
        for calendar in _calendars(path, content)
        for event in _events(calendar)
    ]
    begun = [match.start() for match in _BEGIN.finditer(content)]
    if len(begun) != len(events) or not _END.search(content):
        raise ImportFailed(
            f"{path} is cut off or damaged: {len(begun)} meetings begin in it, {len(events)} can "
            "be read; export it again"
        )
    lines = _lines(content, begun)
    return [Entry(line, *event) for line, event in zip(lines, events, strict=True)], len(begun)


def _calendars(path: Path, content: bytes) -> list[Any]:
    """Return the calendars of a file; a meeting that the library refuses is marked in them."""
    content = _UNUSED.sub(b"", content)
    try:
        return _parsed(content)
    except CONTRADICTIONS:
        content = _MEETING.sub(lambda match: _readable(match[0]), content)
    try:
        return _parsed(content)
    except CONTRADICTIONS as error:
        raise ImportFailed(
            f"{path} is no calendar that can be read: a line outside its meetings is not valid "
            "iCalendar, or it is not UTF-8; export it as iCalendar (.ics) again"
        ) from error


def _parsed(content: bytes) -> list[Any]:
    import icalendar  # noqa: PLC0415 # for calendars only

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a zone's name with the name of a program before it
        return list(icalendar.Calendar.from_ical(content, multiple=True))


def _readable(meeting: bytes) -> bytes:
    """Return the lines of a meeting, or a mark if they cannot be read."""
    try:
        _parsed(meeting)
    except CONTRADICTIONS:
        return f"BEGIN:VEVENT\r\n{UNREADABLE}:TRUE\r\nEND:VEVENT\r\n".encode()
    return meeting


def _events(calendar: Any) -> list[Any]:
    """Return the meetings of a calendar; its method is their status, if they are not held."""
    method = str(calendar.get("METHOD", "")).strip().upper()
    events: list[Any] = calendar.walk("VEVENT")
    if method not in _HELD:
        for event in events:
            event["STATUS"] = "CANCELLED" if method == "CANCEL" else method
    return events


def _lines(content: bytes, offsets: list[int]) -> Iterator[int]:
    """Yield the number of the line at each offset."""
    line, before = 1, 0
    for offset in offsets:
        line += content.count(b"\n", before, offset)
        before = offset
        yield line


def _row(event: Any) -> Row:
    line = int(event[LINE])
    try:
        return Row(line, _cells(event))
    except CONTRADICTIONS:
        return Row(line, RowError("the meeting", "its properties are not valid iCalendar"))


def _cells(event: Any) -> dict[str, str]:
    """Return the cells of one meeting; the key is a hash, because a UID may name a person."""
    occurrence = event.get("RECURRENCE-ID") or event["DTSTART"]
    name = event.get("UID") or f"{event.get('SUMMARY', '')}\0{event.get('ORGANIZER', '')}"
    identity = f"{name}\0{_time(occurrence.dt)}"
    end = event.get("DTEND")
    organizer, attendees = took_part(event)
    return {
        "key": xxh3_64_hexdigest(identity.encode()),
        "start": _time(event["DTSTART"].dt),
        "end": _time(end.dt) if end is not None else "",
        **{name: str(event.get(name, "")) for name in ("summary", "description", "location")},
        "categories": ", ".join(_categories(event.get("CATEGORIES"))),
        "organizer": organizer,
        "attendees": ", ".join(attendees),
        "status": str(event.get("STATUS", "")).strip().upper(),
    }


def _time(value: date | datetime) -> str:
    return value.isoformat()


def _categories(value: Any) -> Iterator[str]:
    for one in listed(value):
        yield from map(str, getattr(one, "cats", [one]))
