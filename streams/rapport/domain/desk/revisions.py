"""Revisions for writers that do not know the present one."""

from datetime import UTC, datetime
from typing import Final

REVISIONS_BEGIN: Final = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
"""Seconds since then fit a revision until 2088."""


def newest_revision(seconds: int, present: int | None = None) -> int:
    """Return a revision above `present`, and above those of every earlier second.

    >>> newest_revision(REVISIONS_BEGIN + 60), newest_revision(REVISIONS_BEGIN + 60, present=90)
    (60, 91)
    """
    return max(seconds - REVISIONS_BEGIN, 0 if present is None else present + 1)
