"""Languages: every text that pages, the terminal and announcements show, one data file a language.

The texts are in `english.toml` and `dutch.toml` beside this module: labels by name, and sentences
with slots. `Language` fills the slots in and writes numbers, days and amounts. Texts of alerts are
in `rapport.monitoring.alerts`, and messages of Alertmanager in `monitoring/alertmanager/templates`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Final, assert_never

from rapport.domain.calendar import dated
from rapport.domain.missing_inputs import (
    BrokenFeed,
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.policy.exchange_rates import format_amount
from rapport_schemas.wire.errors import RapportError

PACKAGE: Final = "rapport.domain.explanation"
FILE_BYTES_MAX: Final = 65_536
SMALLEST_PERCENTAGE: Final = 0.1
"""The smallest value that one decimal of a percentage can show."""
DECIMAL_BELOW_PERCENTAGE: Final = 10
"""From this percentage on, no decimal is written."""
_COMMAS_FOR_POINTS: Final = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of one language, and how it writes numbers, days and amounts."""

    name: str
    """The code of ISO 639-1: `en` or `nl`."""
    scores: Mapping[str, str]
    components: Mapping[str, str]
    kinds: Mapping[str, str]
    """Kinds of events."""
    inputs: Mapping[str, str]
    """Missing inputs that are named differently from a component."""
    sources: Mapping[str, str]
    """Sources of events, as a broken feed names them."""
    stages: tuple[str, str, str]
    roles: Mapping[str, str]
    patterns: Mapping[str, str]
    views: Mapping[str, str]
    """Whose view a part of the perception gap belongs to."""
    sides: Mapping[str, str]
    """The party with which IT's own view is compared."""
    decimal: str
    """The decimal separator."""
    months: tuple[str, ...]
    sentences: Mapping[str, str]

    def text(self, key: str, **values: object) -> str:
        """Return a sentence with its slots filled in."""
        return self.sentences[key].format(**values)

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a number with its decimals; a number that rounds to zero has no sign."""
        return f"{value:z.{decimals}f}".replace(".", self.decimal)

    def points(self, ratio: float, *, signed: bool = False) -> str:
        """Return a ratio in points, of which 100 make the whole."""
        sign = "+" if signed and round(ratio * 100, 1) > 0 else ""
        return sign + self.number(ratio * 100)

    def percent(self, ratio: float) -> str:
        """Return a ratio as a percentage that is never rounded to zero."""
        percentage = ratio * 100
        if percentage < SMALLEST_PERCENTAGE:
            return self.text("percent_below", percent=self.number(SMALLEST_PERCENTAGE))
        return f"{self.number(percentage, int(percentage < DECIMAL_BELOW_PERCENTAGE))} %"

    def whole_percent(self, ratio: float) -> str:
        """Return a ratio as a whole percentage."""
        return f"{ratio * 100:.0f} %"

    def day(self, day: int) -> str:
        """Return a day, as 4 Oct 2024."""
        at = dated(day)
        return f"{at.day} {self.months[at.month - 1]} {at.year}"

    def amount(self, minor: int, currency: str) -> str:
        """Return an amount of money, as EUR 1,268.55."""
        amount = format_amount(minor, currency)
        return amount.translate(_COMMAS_FOR_POINTS) if self.decimal == "," else amount

    def component(self, name: str) -> str:
        """Return the label of a component; a part of the perception gap names its view."""
        view, _, source = name.partition(".")
        if source and view in self.views:
            return f"{self.views[view]}: {self.components[source]}"
        return self.components[name]

    def reason(self, component: str, kind: str) -> str:
        """Return the labels of a component and a kind of event; one label when they are equal."""
        label, kind_label = self.component(component), self.kinds[kind]
        return label if label == kind_label else f"{label}, {kind_label}"

    def input(self, missing: MissingInput) -> str:
        """Return the label of a missing input."""
        match missing:
            case BrokenFeed(source, days, usual):
                return self.text("broken_feed", source=self.sources[source], days=days, usual=usual)
            case UnclassifiedPurchases(ratio):
                return self.text("unclassified_share", share=f"{ratio:.0%}")
            case MissingRate(currency):
                return self.text("missing_rate", currency=currency)
            case str(name):
                return self.inputs[name] if name in self.inputs else self.component(name)
            case _:
                assert_never(missing)


def parse_language(data: bytes, file: str) -> Language:
    """Return the language that a data file describes.

    Raises `RapportError` when the file is too large or does not have exactly the expected tables.
    """
    if len(data) > FILE_BYTES_MAX:
        raise RapportError(f"{file}: {len(data)} bytes; at most {FILE_BYTES_MAX} are allowed")
    tables = tomllib.loads(data.decode())
    expected = {field.name for field in fields(Language)}
    if wrong := sorted(expected ^ tables.keys()):
        raise RapportError(f"{file}: missing or unknown keys: {', '.join(wrong)}")
    lists = {key: tuple(table) for key, table in tables.items() if isinstance(table, list)}
    return Language(**(tables | lists))


def _packaged(file: str) -> Language:
    return parse_language(files(PACKAGE).joinpath(file).read_bytes(), file)


ENGLISH: Final = _packaged("english.toml")
DUTCH: Final = _packaged("dutch.toml")
LANGUAGES: Final[Mapping[str, Language]] = {
    language.name: language for language in (ENGLISH, DUTCH)
}


def find_language(name: str) -> Language:
    """Return a language by its code; raises `RapportError` for a code other than en and nl.

    >>> find_language("en").day(20_000), find_language("nl").day(20_000)
    ('4 Oct 2024', '4 okt 2024')
    >>> find_language("en").amount(126855, "EUR"), find_language("nl").amount(126855, "EUR")
    ('EUR 1,268.55', 'EUR 1.268,55')
    >>> [find_language("en").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2.6 %', 'under 0.1 %', '100 %']
    >>> [find_language("nl").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2,6 %', 'minder dan 0,1 %', '100 %']
    """
    language = LANGUAGES.get(name)
    if language is None:
        raise RapportError(f"language {name!r} is not known here; expected en or nl")
    return language
