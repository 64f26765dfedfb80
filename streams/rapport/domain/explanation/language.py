"""The words of one language: labels by name, sentences with slots, and how numbers are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from rapport.domain.calendar import dated
from rapport.domain.missing_inputs import (
    BrokenFeed,
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.policy.exchange_rates import format_amount

SMALLEST_PERCENTAGE: Final = 0.1
"""The least that one decimal of a percentage can show."""
DECIMAL_BELOW_PERCENTAGE: Final = 10
"""From here on a percentage has no decimal."""
_COMMAS_FOR_POINTS: Final = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that is said in one language, by pages, the terminal and announcements."""

    name: str
    """Its two letters in ISO 639."""
    scores: Mapping[str, str]
    components: Mapping[str, str]
    kinds: Mapping[str, str]
    inputs: Mapping[str, str]
    """Inputs that may be missing, where they are not called as a component is."""
    sources: Mapping[str, str]
    """Sources of events, as a broken feed is named."""
    stages: tuple[str, str, str]
    roles: Mapping[str, str]
    patterns: Mapping[str, str]
    views: Mapping[str, str]
    """Whose view a part of the perception gap belongs to."""
    sides: Mapping[str, str]
    """Whom IT's own view is held against."""
    decimal: str
    """The decimal sign."""
    months: tuple[str, ...]
    sentences: Mapping[str, str]

    def text(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values filled in."""
        return self.sentences[sentence].format(**values)

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a number with its decimals; what rounds to nothing has no sign."""
        return f"{value:z.{decimals}f}".replace(".", self.decimal)

    def points(self, ratio: float, *, signed: bool = False) -> str:
        """Return a ratio in points of a hundred."""
        sign = "+" if signed and round(ratio * 100, 1) > 0 else ""
        return sign + self.number(ratio * 100)

    def percent(self, ratio: float) -> str:
        """Return a ratio as a percentage that never claims to be nothing."""
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
        """Return what a component is called; a part of the perception gap names its view."""
        view, _, source = name.partition(".")
        if source and view in self.views:
            return f"{self.views[view]}: {self.components[source]}"
        return self.components[name]

    def reason(self, component: str, kind: str) -> str:
        """Return a component and a kind of event, once where they are called the same."""
        what, how = self.component(component), self.kinds[kind]
        return how if how == what else f"{what}, {how}"

    def input(self, missing: MissingInput) -> str:
        """Return what a missing input is called."""
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
