"""Text keys: the form in which names are compared and kept."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

SLUG_CHARACTERS_MAX: Final = 64


@lru_cache(maxsize=65_536)
def slug(name: str | None) -> str:
    """Return a name as a lower-case key of letters, digits and hyphens; "-" for none.

    >>> slug("Vehicle Fuel"), slug("Café & Zn."), slug(None), slug("***")
    ('vehicle-fuel', 'cafe-zn', '-', '-')
    """
    if not name:
        return "-"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_CHARACTERS_MAX] or "-"
