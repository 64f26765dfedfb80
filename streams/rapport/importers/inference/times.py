"""Proposes the columns of a date, and of a time of the day that stands in a column of its own."""

import re
from typing import Any, Final

from rapport.importers.inference.sample import CHANGE_ME, Sample, keys_of
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.mapping.dates.clock import read_clock

_DATE_WORDS: Final = re.compile(r"datum|date|dag|day|tag")
_TIME_WORDS: Final = re.compile(r"tijdstip|tijd|time|uhrzeit|zeit|uur|hour")


def date_field(sample: Sample, field: str, names: tuple[str, ...], *, needed: bool = False) -> Any:
    """Return the columns of a date: one name, or a date and a time; None without one."""
    column = (
        sample.needed(field, names, are_dates) if needed else sample.take(field, names, are_dates)
    )
    return column if column in (None, CHANGE_ME) else with_time(sample, column)


def with_time(sample: Sample, column: str) -> Any:
    """Return a column of dates, joined with the time of the day that stands beside it."""
    sample.taken.add(column)
    time = time_column(sample, column)
    if time is None:
        return column
    sample.taken.add(time)
    sample.notes.append(f"{column!r} has no time of the day: it was joined with {time!r}")
    return {"date": column, "time": time}


def time_column(sample: Sample, column: str) -> str | None:
    """Return the column with the time of the day that belongs to a column of dates."""
    values = sample.values(column)
    if not values or any(":" in value for value in values):
        return None
    stem = _stem(_DATE_WORDS, column)
    for other in sample.header:
        times = sample.values(other)
        is_time = bool(times) and all(_is_clock(value) for value in times)
        if is_time and _TIME_WORDS.search(keys_of(other)[-1]) and _stem(_TIME_WORDS, other) == stem:
            return other
    return None


def _is_clock(text: str) -> bool:
    try:
        read_clock(text)
    except ValueError:
        return False
    return True


def _stem(words: re.Pattern[str], column: str) -> str:
    """Return a column's name without its word for a date or a time.

    >>> _stem(_DATE_WORDS, "Datum aangemeld"), _stem(_TIME_WORDS, "Streeftijd")
    ('aangemeld', 'streef')
    """
    return words.sub("", keys_of(column)[-1], count=1).replace("-", "")
