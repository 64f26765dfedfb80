"""Language: the texts of pages, terminal, mails and announcements, one gettext file a language.

Texts are looked up by key; `Language` fills their slots in and writes numbers, days and amounts as
the language does. A language is read when it is first used. Texts of alerts are in
`rapport.monitoring.alerts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from gettext import NullTranslations
from typing import TYPE_CHECKING, Final, assert_never

from rapport.domain.explanation.change_events import STAGES
from rapport.domain.procurement.missing_inputs import (
    BrokenFeed,
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.scoring.score import scale_of
from rapport.language.codes import DEFAULT, catalogue_file, language_codes
from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rapport.language.formats import Formats

LANGUAGES_MAX: Final = 64
"""Languages that are kept after they are read."""
ORDINALS: Final = {form: f"ordinal_{form}" for form in ("one", "two", "few", "other")}
"""Forms of ordinal numbers by CLDR -> the key of their text; other forms have that of `other`."""
SAID_BY_KIND: Final = frozenset({"closed", "promise", "rating", "reassigned", "reopened", "signal"})
"""Components that the kinds of their events name."""
UNUSUAL: Final = 0.1
VERY_UNUSUAL: Final = 0.01
"""The largest probability of what is unusual, and of what is very unusual."""
NEARLY_CERTAIN: Final = 0.99
ODDS_MAX: Final = 10_000
SMALLEST_PERCENTAGE: Final = 0.1
"""The smallest value that one decimal of a percentage can show."""
DECIMAL_BELOW_PERCENTAGE: Final = 10
"""From this percentage on, no decimal is written."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one kind of name, such as the scores."""

    context: str
    translations: NullTranslations

    def __getitem__(self, name: str) -> str:
        return self.translations.pgettext(self.context, name)

    def get(self, name: str) -> str | None:
        """Return the label of a name, None when it has none."""
        try:
            return self[name]
        except KeyError:
            return None


@dataclass(frozen=True)
class Language:
    """The texts of one language, and how it writes numbers, days and amounts."""

    name: str
    """The name of its file: a code of ISO 639-1, such as `en`."""
    translations: NullTranslations
    formats: "Formats"

    @cached_property
    def scores(self) -> Labels:
        """The labels of scores."""
        return Labels("score", self.translations)

    @cached_property
    def components(self) -> Labels:
        """The labels of components."""
        return Labels("component", self.translations)

    @cached_property
    def kinds(self) -> Labels:
        """The labels of kinds of events."""
        return Labels("kind", self.translations)

    @cached_property
    def sources(self) -> Labels:
        """The labels of sources of events, as a broken feed names them."""
        return Labels("source", self.translations)

    @cached_property
    def states(self) -> Labels:
        """The labels of states of a client."""
        return Labels("state", self.translations)

    @cached_property
    def concerns(self) -> Labels:
        """The short names of kinds of concern and good news."""
        return Labels("concern", self.translations)

    @cached_property
    def roles(self) -> Labels:
        """The labels of IT's roles."""
        return Labels("role", self.translations)

    @cached_property
    def patterns(self) -> Labels:
        """The labels of patterns of divergence."""
        return Labels("pattern", self.translations)

    @cached_property
    def sides(self) -> Labels:
        """The labels of the parties with which IT's own view is compared."""
        return Labels("side", self.translations)

    @cached_property
    def forms(self) -> Labels:
        """The titles of forms."""
        return Labels("form", self.translations)

    @cached_property
    def fields(self) -> Labels:
        """The labels of fields, by `form.field`."""
        return Labels("field", self.translations)

    @cached_property
    def choices(self) -> Labels:
        """The labels of what one can choose, by `field.value`."""
        return Labels("choice", self.translations)

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The labels of the stages, the lowest first."""
        labels = Labels("stage", self.translations)
        return tuple(labels[stage] for stage in STAGES)

    def text(self, key: str, **values: object) -> str:
        """Return a text with its slots filled in; `n` chooses between singular and plural."""
        count = values.get("n")
        template = (
            self.translations.ngettext(key, key, count)
            if isinstance(count, int)
            else self.translations.gettext(key)
        )
        return template.format(**{name: self._written(value) for name, value in values.items()})

    def _written(self, value: object) -> object:
        return self.number(value, 0) if isinstance(value, int) else value

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a number with its decimals; a number that rounds to zero has no sign."""
        return self.formats.number(value, decimals)

    def short_number(self, value: float, decimals_max: int = 2) -> str:
        """Return a number without trailing zeros.

        >>> english, dutch = find_language("en"), find_language("nl")
        >>> english.short_number(0.65), english.short_number(2.0), dutch.short_number(0.65)
        ('0.65', '2', '0,65')
        """
        return self.formats.short_number(value, decimals_max)

    def points(self, ratio: float, *, signed: bool = False) -> str:
        """Return a ratio in points, of which 100 make the whole."""
        sign = "+" if signed and round(ratio * 100, 1) > 0 else ""
        return sign + self.number(ratio * 100)

    def whole_points(self, ratio: float) -> str:
        """Return a ratio in whole points."""
        return self.number(ratio * 100, 0)

    def ordinal(self, number: int) -> str:
        """Return the place of something in an order.

        >>> [find_language("en").ordinal(number) for number in (1, 2, 3, 11, 22)]
        ['1st', '2nd', '3rd', '11th', '22nd']
        >>> find_language("nl").ordinal(4)
        '4e'
        """
        form = self.formats.ordinal_form(number)
        return self.text(ORDINALS.get(form, ORDINALS["other"]), number=number)

    def on_scale(self, score: str, value: float, *, signed: bool = False) -> str:
        """Return a value of a score, or a difference of two, on the one scale of that score.

        >>> english = find_language("en")
        >>> english.on_scale("trust", 0.5), english.on_scale("maturity", 1.5)
        ('50.0', '1.50')
        """
        if scale_of(score).in_points:
            return self.points(value, signed=signed)
        sign = "+" if signed and round(value, 2) > 0 else ""
        return sign + self.number(value, 2)

    def percent(self, ratio: float) -> str:
        """Return a ratio as a percentage that is never rounded to zero."""
        percentage = ratio * 100
        if percentage < SMALLEST_PERCENTAGE:
            smallest = self.formats.percent(SMALLEST_PERCENTAGE / 100, 1)
            return self.text("percent_below", percent=smallest)
        return self.formats.percent(ratio, int(percentage < DECIMAL_BELOW_PERCENTAGE))

    def whole_percent(self, ratio: float) -> str:
        """Return a ratio as a whole percentage."""
        return self.formats.percent(ratio, 0)

    def day(self, day: int) -> str:
        """Return a day, as 4 Oct 2024."""
        return self.formats.day(day)

    def short_day(self, day: int) -> str:
        """Return a day without its year, as 4 Oct."""
        return self.formats.short_day(day)

    def certainty(self, probability: float) -> str:
        """Return a probability as a percentage that is never rounded to 100%.

        >>> find_language("en").certainty(0.974), find_language("en").certainty(0.9951)
        ('97%', 'over 99%')
        """
        if probability > NEARLY_CERTAIN:
            return self.text("certainty_over", percent=self.whole_percent(NEARLY_CERTAIN))
        return self.whole_percent(probability)

    def odds(self, probability: float) -> str:
        """Return how often something happens by chance, in two digits.

        >>> [find_language("en").odds(chance) for chance in (0.05, 0.00208, 0.00001, 0.0)]
        ['1 in 20', '1 in 480', 'less than 1 in 10,000', 'less than 1 in 10,000']
        """
        if probability * ODDS_MAX < 1:
            return self.text("odds_below", count=ODDS_MAX)
        return self.text("odds", count=int(float(f"{1 / probability:.2g}")))

    def month(self, number: int) -> str:
        """Return a month, 1 to 12, as Oct."""
        return self.formats.month(number)

    def rarity(self, probability: float) -> str:
        """Return how unusual something is that happens by chance with this probability.

        >>> [find_language("en").rarity(chance) for chance in (0.00208, 0.05, 0.4)]
        ['Very unusual (1 in 480).', 'Unusual (1 in 20).', 'Not unusual.']
        """
        if probability > UNUSUAL:
            return self.text("rarity_none")
        key = "rarity_very" if probability <= VERY_UNUSUAL else "rarity_some"
        return self.text(key, odds=self.odds(probability))

    def amount(self, minor: int, currency: str) -> str:
        """Return an amount of money, as €1,268.55."""
        return self.formats.amount(minor, currency)

    def listed(self, names: Iterable[str]) -> str:
        """Return names as a list in a sentence: one, two and three."""
        return self.formats.listed(list(names))

    def component(self, name: str) -> str:
        """Return the label of a component; a part of the perception gap names its view."""
        view, _, source = name.partition(".")
        label = Labels("view", self.translations).get(view) if source else None
        return self.components[name] if label is None else f"{label}: {self.components[source]}"

    def action(self, component: str) -> str:
        """Return what IT can do about a component that it can change or talk about."""
        return Labels("action", self.translations)[component]

    def loss(self, component: str) -> str:
        """Return the label of a component that lowers a score."""
        return Labels("loss", self.translations).get(component) or self.component(component)

    def gain(self, component: str) -> str:
        """Return the label of a component that raises a score."""
        return Labels("gain", self.translations).get(component) or self.component(component)

    def reason(self, component: str, kind: str) -> str:
        """Return the labels of a component and a kind of event; one where the kind says it all.

        >>> find_language("en").reason("promise", "promise_kept")
        'promises kept'
        >>> find_language("en").reason("frequency", "workshop")
        'frequency of contact, workshops'
        >>> find_language("en").reason("client.promise", "promise_broken")
        "the client's view: promises broken"
        """
        label, kind_label = self.component(component), self.kinds[kind]
        if self.is_said_by_kind(component):
            view = Labels("view", self.translations).get(component.partition(".")[0])
            return kind_label if view is None else f"{view}: {kind_label}"
        if label.endswith(kind_label):
            return label
        return f"{label}, {kind_label}"

    @staticmethod
    def is_said_by_kind(component: str) -> bool:
        """Return whether the kind of an event says what a component is about."""
        return component.rpartition(".")[2] in SAID_BY_KIND

    def input(self, missing: MissingInput) -> str:
        """Return the label of a missing input."""
        match missing:
            case BrokenFeed(source, days, usual):
                return self.text("broken_feed", source=self.sources[source], n=days, usual=usual)
            case UnclassifiedPurchases(ratio):
                return self.text("unclassified_share", share=self.whole_percent(ratio))
            case MissingRate(currency):
                return self.text("missing_rate", currency=currency)
            case str(name):
                return Labels("input", self.translations).get(name) or self.component(name)
            case _:
                assert_never(missing)


@lru_cache(maxsize=LANGUAGES_MAX)
def find_language(code: str) -> Language:
    r"""Return a language by its code; raises `RapportError` for a code that has no file.

    >>> find_language("en").day(20_000), find_language("nl").day(20_000)
    ('4 Oct 2024', '4 okt 2024')
    >>> find_language("en").amount(126855, "EUR"), find_language("nl").amount(126855, "EUR")
    ('€1,268.55', '€\xa01.268,55')
    >>> [find_language("en").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2.6%', 'under 0.1%', '100%']
    >>> [find_language("nl").percent(ratio) for ratio in (0.0260807, 0.00001, 1.0)]
    ['2,6%', 'minder dan 0,1%', '100%']
    """
    from rapport.language.catalogue import NoTexts, read_catalogue  # noqa: PLC0415 # costly: Babel
    from rapport.language.formats import Formats  # noqa: PLC0415 # costly: Babel

    codes = language_codes()
    if code not in codes:
        expected = " or ".join((", ".join(codes[:-1]), codes[-1]))
        raise RapportError(f"language {code!r} is not known here; expected {expected}")
    fallback = NoTexts() if code == DEFAULT else find_language(DEFAULT).translations
    file = catalogue_file(code)
    locale, translations = read_catalogue(file.read_bytes(), file.name, fallback)
    return Language(code, translations, Formats(locale))
