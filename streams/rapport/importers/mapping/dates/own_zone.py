"""The zone that a file itself says: in a column of zones, or in a row above or below the header."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.options import DateOptions

ZONE_COLUMNS: Final = ("Timezone", "Time zone", "Tijdzone", "Zeitzone", "Fuseau horaire", "TZ")

_TITLE: Final = re.compile(
    r"\W*(?:time\s?zone|tijdzone|zeitzone|fuseau horaire|(?:all )?times? (?:are |shown )*in)\b(.*)",
    re.IGNORECASE,
)
_REGION: Final = re.compile(r"[A-Z][A-Za-z_]+/[A-Za-z_/+-]+")
_UTC: Final = re.compile(r"\W*(?:UTC|GMT|Z)\W*")


class TitleZone(NamedTuple):
    """What a row above the header says about the zone of the file's times."""

    text: str
    zone: str | None
    """None for an offset or an abbreviation: half the year it is another."""


def zone_of_titles(rows: Iterable[Sequence[str]]) -> TitleZone | None:
    """Return the zone that a row above the header says.

    >>> zone_of_titles([["Calls of March"], ["Time zone:", "Europe/Amsterdam"]]).zone
    'Europe/Amsterdam'
    >>> zone_of_titles([["Tijdzone: CET"]])
    TitleZone(text='Tijdzone: CET', zone=None)
    """
    for row in rows:
        for cell, beside in zip(row, [*row[1:], ""], strict=False):
            match = _TITLE.fullmatch(cell)
            if match is not None:
                said = match[1].strip(" :=\t")
                return TitleZone(cell if said else f"{cell} {beside}", _zone_in(said or beside))
    return None


def _zone_in(text: str) -> str | None:
    if _UTC.fullmatch(text):
        return "UTC"
    match = _REGION.search(text)
    try:
        return str(ZoneInfo(match[0])) if match else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def with_own_zone(options: DateOptions, header: Header) -> DateOptions:
    """Return the options with the file's column of zones, unless a zone was said."""
    if options.has_zone:
        return options
    column = header.find_any(ZONE_COLUMNS, "dates.zone_column")
    return options.model_copy(update={"zone_column": list(column.names)})


def zone_of_row(row: Cells) -> str | None:
    """Return the zone in a row of Qualtrics' import ids.

    >>> zone_of_row({"StartDate": '{"ImportId":"startDate","timeZone":"America/Denver"}'})
    'America/Denver'
    """
    for cell in row.values():
        if "timeZone" not in cell:
            continue
        try:
            zone = json.loads(cell)["timeZone"]
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(zone, str) and zone:
            return zone
    return None
