"""Time zones of calendars and columns: IANA and Windows names, and those that Windows shows."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_SHOWN: Final = re.compile(r"\((?:UTC|GMT)(?:([+\-\u2212])(\d\d):?(\d\d))?\)\s*(.+)", re.IGNORECASE)
_MICROSOFT_UTC: Final = frozenset({"tzone://microsoft/utc", "(utc) coordinated universal time"})


def zone_of(name: str) -> tzinfo | None:
    """Return the zone of a name, or None for an unknown one; `VTIMEZONE` was read before.

    >>> zone_of("W. Europe Standard Time").key
    'Europe/Berlin'
    >>> zone_of("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna").key
    'Europe/Amsterdam'
    """
    from icalendar.timezone import tzp  # noqa: PLC0415 # for calendars only

    name = name.strip()
    if name.casefold() in _MICROSOFT_UTC:
        return UTC
    return tzp.timezone(name) or _zone_of_cities(name)


def _zone_of_cities(name: str) -> tzinfo | None:
    """Return the zone of the first city that has the offset before it."""
    shown = _SHOWN.fullmatch(name)
    if shown is None:
        return None
    offset = timedelta(hours=int(shown[2] or 0), minutes=int(shown[3] or 0))
    offset = offset if shown[1] in {"+", None} else -offset
    for city in shown[4].split(","):
        key = _cities().get(city.strip().casefold())
        if key is not None and _winter_offset(ZoneInfo(key)) == offset:
            return ZoneInfo(key)
    return None


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    keys = (key for key in sorted(available_timezones()) if "/" in key)
    return {key.rsplit("/", 1)[1].replace("_", " ").casefold(): key for key in keys}


def _winter_offset(zone: ZoneInfo) -> timedelta | None:
    """Return the offset without summer time, which Windows shows."""
    year = datetime.now(UTC).year
    offsets = (zone.utcoffset(datetime(year, month, 1)) for month in (1, 7))  # noqa: DTZ001
    return min((one for one in offsets if one is not None), default=None)
