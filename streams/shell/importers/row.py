"""What a mapping yields for a row: an event with its own time and a deterministic id."""

from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import BaseModel


class RowEvent(NamedTuple):
    """One event of a row; importing the row again gives the same id."""

    data: BaseModel
    at: datetime
    event_id: str


def moment(text: str, *layouts: str) -> datetime:
    """Return a time read by the first layout that fits, taken as UTC; raises `ValueError`.

    >>> moment("29/2/2016 01:16", "%d/%m/%Y %H:%M").isoformat()
    '2016-02-29T01:16:00+00:00'
    """
    for layout in layouts:
        try:
            return datetime.strptime(text.strip(), layout).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date of the form {' or '.join(layouts)}")
