"""Time zones in the texts of exports: `UTC`, `GMT+2`, `+00`, `CEST`, `Europe/Amsterdam`.

An offset beside a name counts, and the name in brackets does not. An abbreviation counts if the
mapping's zone uses it, or if all zones of the world that use it agree.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.importers.mapping.dates.shown_zones import zone_of

ZONE: Final = (
    r"(?:"
    r"(?:UTC|GMT|UT)?\s?[+\-\u2212]\d{1,2}(?::?\d{2})?(?::?\d{2})?"
    r"|(?![AaPp]\.?[Mm]\b)[A-Za-z]+(?:/[A-Za-z0-9_+\-]+)*"
    r")(?:\s?[\[(][^\])]*[\])]|(?<=\d)\s[A-Z]{1,5})?"
)
TRAILING: Final = re.compile(
    rf"(.*\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AaPp]\.?\s?[Mm]\b\.?)?)\s?({ZONE}|\({ZONE}\))"
)
"""A text that ends with a time of the day and a zone."""
CLOCK_WORDS: Final = frozenset({"uhr", "uur", "h"})
_OFFSET: Final = re.compile(
    r"(?:UTC|GMT|UT)?\s?([+\-\u2212])(\d{1,2}):?(\d{2})?(?::?\d{2})?", re.IGNORECASE
)
_BESIDE: Final = re.compile(r"\s?[\[(][^\])]*[\])]$|(?<=\d)\s[A-Z]{1,5}$")
_NAMED_ZONE: Final = re.compile(
    rf"(?:[(\[]\s*({ZONE})\s*[)\]]|(?<![^\W_])(UTC|GMT))(?:#\d+)?$", re.IGNORECASE
)
OFFSET_HOURS_MAX: Final = 15
ABBREVIATIONS: Final[dict[str, float]] = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "MEZ": 1,
    "MET": 1,
    "CEST": 2,
    "MESZ": 2,
    "MEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "SAST": 2,
    "WAT": 1,
    "CAT": 2,
    "EAT": 3,
    "NST": -3.5,
    "NDT": -2.5,
    "ADT": -3,
    "EST": -5,
    "EDT": -4,
    "MST": -7,
    "MDT": -6,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "PKT": 5,
    "WIB": 7,
    "WITA": 8,
    "WIT": 9,
    "HKT": 8,
    "JST": 9,
    "KST": 9,
    "AWST": 8,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}
"""Hours east of UTC of the abbreviations that mean one zone."""
AMBIGUOUS: Final[dict[str, dict[str, float]]] = {
    "AST": {"America/Halifax": -4, "Asia/Riyadh": 3},
    "BST": {"Europe/London": 1, "Asia/Dhaka": 6},
    "CDT": {"America/Chicago": -5, "America/Havana": -4},
    "CST": {"America/Chicago": -6, "Asia/Shanghai": 8, "America/Havana": -5},
    "IST": {"Asia/Kolkata": 5.5, "Europe/Dublin": 1, "Asia/Jerusalem": 2},
    "PST": {"America/Los_Angeles": -8, "Asia/Manila": 8},
    "SST": {"Pacific/Pago_Pago": -11, "Asia/Singapore": 8},
}
"""Hours east of UTC that an abbreviation means, by a zone that uses it so."""


class UnknownZone(ValueError):  # noqa: N818 # a reason, not an error of a program
    """A zone that means nothing, or more than one thing."""


def split_zone(text: str) -> tuple[str, str | None]:
    """Return a text without the zone behind its time of the day, and the zone.

    >>> split_zone("2026-09-21 07:15:00 UTC"), split_zone("21-09-2026")
    (('2026-09-21 07:15:00', 'UTC'), ('21-09-2026', None))
    """
    match = TRAILING.fullmatch(text)
    if match is None:
        return text, None
    zone = None if match[2].casefold() in CLOCK_WORDS else match[2]
    return match[1], zone


def resolve(text: str, local: datetime, zone: tzinfo) -> tzinfo:
    """Return the zone that a text means at a local time; raises `UnknownZone`.

    >>> resolve("GMT+0200 (CEST)", datetime(2026, 9, 21), UTC)
    datetime.timezone(datetime.timedelta(seconds=7200))
    """
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    name = _BESIDE.sub("", text).strip()
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        return _fixed(offset)
    if " " in name and (shown := _shown(text)) is not None:
        return shown
    if "/" in name:
        return _named(name)
    own = _own(name.upper(), local, zone)
    if own is not None:
        return own
    if name.upper() in ABBREVIATIONS:
        return timezone(timedelta(hours=ABBREVIATIONS[name.upper()]))
    if name.upper() in AMBIGUOUS:
        return _meant(name.upper(), local, zone)
    raise UnknownZone(f"{name} is not a known time zone: export with an offset such as +02:00")


def _shown(text: str) -> tzinfo | None:
    """Return the zone of a name of Windows, or of a name that Windows shows."""
    try:
        return zone_of(text)
    except ModuleNotFoundError:
        raise UnknownZone(
            f"{text} is read with `pip install 'rapport-monitor[import]'`; or export with an "
            "offset such as +02:00"
        ) from None


def _meant(name: str, local: datetime, zone: tzinfo) -> tzinfo:
    """Return the meaning of an abbreviation that is the zone's own offset."""
    offset = local.replace(tzinfo=zone).utcoffset()
    meanings = AMBIGUOUS[name]
    for hours in meanings.values():
        if offset == timedelta(hours=hours):
            return timezone(offset)
    zones = " and ".join(f"{hours:+g} hours in {one}" for one, hours in meanings.items())
    options = " or ".join(f"--zone {one}" for one in meanings)
    raise UnknownZone(f"{name} is {zones}, from UTC: {options} says which")


def _fixed(offset: re.Match[str]) -> tzinfo:
    sign = 1 if offset[1] == "+" else -1
    value = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if value > timedelta(hours=OFFSET_HOURS_MAX):
        raise UnknownZone(f"{offset[0]} is not an offset of a time zone")
    return timezone(sign * value) if value else UTC


def _named(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"{name} is not a known time zone") from None


def _own(name: str, local: datetime, zone: tzinfo) -> tzinfo | None:
    """Return the offset of an abbreviation that the zone uses at this time or in another season."""
    seasons = (local.replace(month=month, day=1) for month in (1, 4, 7, 10))
    for at in (local, local.replace(fold=1), *seasons):
        aware = at.replace(tzinfo=zone)
        offset = aware.utcoffset()
        if aware.tzname() == name and offset is not None:
            return timezone(offset)
    return None


def zone_in_name(name: str) -> str | None:
    """Return the zone that a column's name says.

    >>> zone_in_name("Created (UTC)"), zone_in_name("created_at_utc"), zone_in_name("Due (days)")
    ('UTC', 'utc', None)
    """
    match = _NAMED_ZONE.search(name)
    if match is None:
        return None
    zone = match[1] or match[2]
    is_known = match[2] or "/" in zone or _OFFSET.fullmatch(zone)
    return zone if is_known or zone in ABBREVIATIONS or zone in AMBIGUOUS else None


def without_zone(name: str) -> str | None:
    """Return a column's name without the zone that it says; None where it says none.

    >>> without_zone("Opened [Europe/Amsterdam]"), without_zone("created_at_utc")
    ('Opened', 'created_at')
    >>> without_zone("UTC"), without_zone("Due (days)")
    (None, None)
    """
    if zone_in_name(name) is None:
        return None
    return _NAMED_ZONE.sub("", name).strip(" _-") or None


def offer(*, is_said: bool) -> str | None:
    """Return this machine's zone as an offer, unless a zone was said."""
    zone = None if is_said else machine_zone()
    return zone and f"this machine is in {zone}: --zone {zone} reads times so"


@lru_cache(maxsize=1)
def machine_zone() -> str | None:
    """Return the name of this machine's zone, if it has one that is not UTC."""
    try:
        from babel.dates import LOCALTZ  # noqa: PLC0415 # an extra of its own
    except ModuleNotFoundError:
        return None
    name = str(LOCALTZ)
    return name if "/" in name and not name.startswith("Etc/") else None
