"""Days as numbers since 1970-01-01, and as dates."""

from datetime import date, timedelta
from typing import Final

EPOCH: Final = date(1970, 1, 1)
DAY_SECONDS: Final = 86_400


def dated(day: int) -> date:
    """Return a day as a date.

    >>> dated(20_000).isoformat()
    '2024-10-04'
    """
    return EPOCH + timedelta(days=day)
