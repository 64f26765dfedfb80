"""The unit that the name of a column with amounts says: cents, thousands or millions."""

import re
from typing import Final

from rapport.importers.mapping.schema import Unit

POWERS: Final[dict[Unit, int]] = {"major": 0, "thousands": 3, "millions": 6}
"""Unit -> the power of ten of the currency's own unit; the minor unit is the currency's."""
_SIGNS: Final = r"€|£|\$|EUR|GBP|USD|CHF"
_ZEROS: Final = r"[.,' \u2019]?000"
_THOUSANDS: Final = re.compile(
    rf"(?<![^\W_])[x\u00d7]\s?(?:{_SIGNS})?\s?1{_ZEROS}(?!\d)(?![.,'\u2019]000)"
    r"|\bin (?:thousands?|duizend(?:en|tallen)?|duizend euro|tausend|tsd|k)\b"
    r"|\b(?:thousands?|duizend(?:en|tallen)?|tausend|tsd)\b"
    rf"|(?<![^\W_])(?:k|t)\s?(?:{_SIGNS})(?![^\W_])"
    rf"|(?:{_SIGNS})\s?['\u2019]?000s?\b|(?<!\d)['\u2019]000s?\b|[(\[]000s?[)\]]"
    r"|(?:€|£|\$)\s?k\b|\b(?:EUR|GBP|USD|CHF) ?k\b",
    re.IGNORECASE,
)
_MILLIONS: Final = re.compile(
    rf"(?<![^\W_])[x\u00d7]\s?(?:{_SIGNS})?\s?1{_ZEROS}{_ZEROS}(?!\d)"
    r"|\b(?:millions?|miljoen(?:en)?|millionen|mln|mio)\b"
    rf"|(?<![^\W_])m\s?(?:{_SIGNS})(?![^\W_])"
    r"|(?:€|£|\$)\s?m\b|\b(?:EUR|GBP|USD|CHF) ?m\b",
    re.IGNORECASE,
)
_MINOR: Final = re.compile(
    r"(?<!per )(?<!per-)(?<![^\W_])(?:euro ?)?(?:cents?|centen|pence|pennies|rappen)(?![^\W_])"
    r"|(?<![^\W_])minor(?: units?)?(?![^\W_])",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_PATTERNS: Final[dict[Unit, re.Pattern[str]]] = {
    "millions": _MILLIONS,
    "thousands": _THOUSANDS,
    "minor": _MINOR,
}
_BESIDE: Final = re.compile(
    rf"(?<![^\W_])[ktm]\s?({_SIGNS})(?![^\W_])|({_SIGNS})\s?(?:['\u2019]?000s?|k|m)\b",
    re.IGNORECASE,
)


def unit_in_name(name: str) -> Unit | None:
    """Return the unit that a column's name says; None where it says none.

    >>> unit_in_name("Bedrag (x € 1.000)"), unit_in_name("Amount (cents)"), unit_in_name("TEUR")
    ('thousands', 'minor', 'thousands')
    >>> unit_in_name("Cost centre"), unit_in_name("Amount per cent"), unit_in_name("Amount")
    (None, None, None)
    """
    plain = _CAMEL.sub(" ", name).replace("_", " ").replace("\u00a0", " ")
    return next((unit for unit, pattern in _PATTERNS.items() if pattern.search(plain)), None)


def without_unit(name: str) -> str:
    """Return a column's name with the currency alone where a unit is written to it.

    >>> without_unit("Bedrag k€"), without_unit("TEUR"), without_unit("Spend (£000)")
    ('Bedrag €', 'EUR', 'Spend (£)')
    """
    return _BESIDE.sub(lambda found: found[1] or found[2], name)
