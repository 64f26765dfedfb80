"""How long ago, as a person writes it: 90m, 12h, 7d, 2w."""

import re
from datetime import timedelta
from typing import Final

from rapport_schemas.wire.errors import RapportError

SINCE_DAYS_MAX: Final = 366
_FORM: Final = re.compile(r"([0-9]{1,6})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta | None:
    """Return the duration; None when the text is none.

    >>> str(parse_duration("90m")), parse_duration("soon")
    ('1:30:00', None)
    """
    found = _FORM.fullmatch(text)
    return None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})


def since_days(text: str) -> int:
    """Return how many days back a text such as 7d or 2w goes; raises `RapportError`.

    >>> since_days("7d"), since_days("2w")
    (7, 14)
    """
    days = (parse_duration(text) or timedelta()) / timedelta(days=1)
    if not 0 < days <= SINCE_DAYS_MAX or not days.is_integer():
        raise RapportError(f"since is {text!r}; expected 1d to {SINCE_DAYS_MAX}d, or weeks as 2w")
    return int(days)
