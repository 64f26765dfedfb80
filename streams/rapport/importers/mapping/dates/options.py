"""The table `[dates]` of a mapping, and the columns of one timestamp."""

from datetime import UTC, tzinfo
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rapport.domain.documents.toml import Document
from rapport.domain.documents.validation import validate
from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.dates.layouts import (
    Mixed,
    Order,
    check_layout,
    date_order,
    layouts_in_order,
)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_timestamp(value: Any) -> Any:
    return {"date": value} if isinstance(value, str | list) else value


Columns = Annotated[
    list[Annotated[str, Field(min_length=1)]], BeforeValidator(_as_list), Field(max_length=20)
]
"""Names of columns: the first one with a value in a row is used."""


class TimestampOptions(BaseModel):
    """The columns of one timestamp: its date, and its time of the day if that is apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: Columns = []
    time: Columns = []

    @model_validator(mode="after")
    def _date_of_time(self) -> Self:
        if self.time and not self.date:
            raise ValueError("`time` needs the column of its `date`")
        return self


Midnight = Literal["day", "time"]
"""What a due time of 00:00 is: the whole day, or the first instant of the day."""
Timestamp = Annotated[TimestampOptions, BeforeValidator(_as_timestamp)]
NO_TIMESTAMP: Final = TimestampOptions()


def unknown_zone(name: str) -> str | None:
    """Return why a name is not that of a time zone; None if it is one.

    >>> unknown_zone("Amsterdam")
    "'Amsterdam' is not a time zone such as Europe/Amsterdam"
    >>> unknown_zone("Europe/Amsterdm")
    "'Europe/Amsterdm' is not a time zone such as Europe/Amsterdam"
    """
    try:
        if name != "UTC":
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name!r} is not a time zone such as {_nearest(name)}"
    return None


def _nearest(name: str) -> str:
    """Return the zone whose name, or whose place, is nearest."""
    zones = {zone.casefold(): zone for zone in sorted(available_timezones()) if "/" in zone}
    places = {key.rpartition("/")[2]: zone for key, zone in zones.items()}
    for names in (places, zones):
        near = get_close_matches(name.casefold().replace(" ", "_"), names, 1, 0.8)
        if near:
            return names[near[0]]
    return "Europe/Amsterdam"


class DateOptions(BaseModel):
    """The layouts of dates; a timestamp without a zone is in `zone`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layouts: Annotated[list[str], Field(min_length=1, max_length=20)] = ["iso"]
    zone: str = "UTC"
    zone_column: Columns = []
    order: Order | Mixed | None = None
    due_midnight: Midnight | None = None

    @model_validator(mode="after")
    def _known_layouts(self) -> Self:
        for layout in self.layouts:
            check_layout(layout)
        return self

    @model_validator(mode="after")
    def _known_zone(self) -> Self:
        reason = unknown_zone(self.zone)
        if reason is not None:
            raise ValueError(reason)
        return self

    def ordered_layouts(self) -> list[str]:
        """Return the layouts with day and month in `order`, if it is given."""
        return layouts_in_order(self.layouts, self.order) if self.order else self.layouts

    def order_of_layouts(self) -> Order | None:
        """Return whether day or month comes first; None without a layout of numbers.

        Raises `ImportFailed` if the layouts have both orders and nothing settles it.
        """
        if self.order == "day-first-else-month-first":
            return "day-first"
        return date_order(self.ordered_layouts())

    def with_options(
        self, *, zone: str | None, order: Order | None, due_midnight: Midnight | None = None
    ) -> "DateOptions":
        """Return these options with another zone or order; raises `ImportFailed` for no zone."""
        given = {"zone": zone, "order": order, "due_midnight": due_midnight}
        options = {name: value for name, value in given.items() if value is not None}
        values = self.model_dump(exclude_unset=True) | options
        document = Document("the option", values, dict)
        return validate(DateOptions, document, ImportFailed)

    @property
    def has_zone(self) -> bool:
        """Whether the mapping or the user says a zone."""
        return "zone" in self.model_fields_set or bool(self.zone_column)

    def known_zone(self) -> tzinfo:
        """Return the zone; UTC needs no time zone database."""
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)
