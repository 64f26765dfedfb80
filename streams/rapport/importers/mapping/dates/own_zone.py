"""The zone that a file itself says: in a column of zones, or in a row below the header."""

import json
from typing import Final

from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.options import DateOptions

ZONE_COLUMNS: Final = ("Timezone", "Time zone", "Tijdzone", "Zeitzone", "Fuseau horaire", "TZ")


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
