"""One language of the pages: the words of the scores, and those of the pages around them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rapport.streams.core.language import Language
from rapport.streams.core.rates import written
from rapport.streams.core.telling import LANGUAGES, told_day
from rapport.streams.shell.site.words_en import EN
from rapport.streams.shell.site.words_nl import NL

_SWAPPED: Final = str.maketrans(",.", ".,")
DEFAULT: Final = "en"
WORDS: Final[Mapping[str, Mapping[str, str]]] = {"en": EN, "nl": NL}
_SHARE: Final = re.compile(r"classification of (\S+) of the purchases")
_RATE: Final = re.compile(r"rate of (\w+)")
_UNKNOWN: Final = {
    "history": "unknown_history",
    "peers": "unknown_peers",
    "history of suppliers": "unknown_suppliers",
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """Says everything in one language."""

    name: str

    @property
    def said(self) -> Language:
        """The words of the scores."""
        return LANGUAGES[self.name]

    def __call__(self, words: str, **values: object) -> str:
        """Return the words of the pages, with values filled in."""
        return WORDS[self.name][words].format(**values)

    def day(self, day: int) -> str:
        """Return a day in words."""
        return told_day(day, self.said)

    def points(self, ratio: float, *, signed: bool = False) -> str:
        """Return a ratio in points of a hundred."""
        return self.said.points(ratio, signed=signed)

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a number."""
        return self.said.number(value, decimals)

    def share(self, ratio: float) -> str:
        """Return a share as a whole percentage."""
        return f"{ratio * 100:.0f} %"

    def amount(self, minor: int, currency: str) -> str:
        """Return an amount of money.

        >>> Tongue("en").amount(126855, "EUR"), Tongue("nl").amount(126855, "EUR")
        ('EUR 1,268.55', 'EUR 1.268,55')
        """
        amount = written(minor, currency)
        return amount.translate(_SWAPPED) if self.said.decimal == "," else amount

    def unknown_of_purchases(self, missing: str) -> str:
        """Return what is not known of purchases, as `PurchaseHealth.missing` names it."""
        if missing in _UNKNOWN:
            return self(_UNKNOWN[missing])
        if found := _SHARE.fullmatch(missing):
            return self("unknown_share", share=found[1])
        if found := _RATE.fullmatch(missing):
            return self("unknown_rate", currency=found[1])
        return self.said.input(missing)


def wanted(asked: str | None, accepts: str) -> Tongue:
    """Return the language that was asked for, else the one a browser likes best, else English.

    `accepts` is the header Accept-Language.

    >>> wanted(None, "fr, nl-BE;q=0.8, en;q=0.7").name, wanted("en", "nl").name
    ('nl', 'en')
    """
    if asked is not None and asked in LANGUAGES:
        return Tongue(asked)
    liked = [(_liking(part), part.partition(";")[0].strip()[:2]) for part in accepts.split(",")]
    known = [(liking, name) for liking, name in liked if name in LANGUAGES and liking > 0]
    return Tongue(max(known, key=lambda pair: pair[0])[1] if known else DEFAULT)


def _liking(part: str) -> float:
    try:
        return float(part.partition("q=")[2] or 1)
    except ValueError:
        return 0.0
