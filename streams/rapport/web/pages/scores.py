"""Scores of a client in full: each score's range, parts, trend and sentences, and its tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapport.domain.comparison.benchmark import LOWER_IS_BETTER, Benchmark, benchmark
from rapport.domain.scoring.changeable import can_change
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.knowledge import Facet
from rapport.domain.scoring.maturity import Criterion
from rapport.domain.scoring.participation import Participation
from rapport.domain.scoring.score import Part, Score, scale_of
from rapport.language.language import Language
from rapport.language.narrative import (
    ORDER,
    criterion_bound,
    criterion_label,
    criterion_value,
    describe_benchmark,
    describe_extras,
    describe_score,
)
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts import Bar, Scale, TrendLine, trend

LEGEND: Final = ("base", "good", "bad", "could")
WITHOUT_TREND: Final = frozenset({"maturity", "perception"})
"""The scores that are not shown in points from 0 to 100."""
STEADY: Final = 5e-4
"""A change or a possible gain below a twentieth of a point is not shown."""


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One row of a waterfall."""

    label: str
    points: str
    could: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A value on its scale, with its credible interval."""

    low: float
    high: float
    value: float
    target: float | None
    words: str


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """One score of a client."""

    name: str
    label: str
    value: str | None
    sentences: list[str]
    band: Band | None
    steps: list[WaterfallStep]
    zero: float
    """The x coordinate of zero in the waterfall."""
    could: bool
    """Whether some step could still add points."""
    trend: TrendLine | None

    @property
    def legend(self) -> list[str]:
        """The kinds of bars in the waterfall, without the total."""
        kinds = {bar.kind for step in self.steps for bar in step.bars}
        shown = ("good", "bad", "could") if self.name == "maturity" else LEGEND
        return [kind for kind in shown if kind in kinds]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table; `good` marks it as good or bad, None leaves it unmarked."""

    cells: tuple[str, ...]
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class ScoresPage:
    """Every score of one client."""

    id: str
    name: str
    day: str
    policy: str
    scores: list[ScoreSection]
    roles: list[TableRow]
    small_teams: int
    facets: list[TableRow]
    next_criteria: list[TableRow]
    stay_criteria: list[TableRow]


def scores_page(scored: ScoredClient, snapshot: FleetSnapshot, language: Language) -> ScoresPage:
    """Return the page of a client's scores."""
    health = scored.health
    benchmarks = benchmark(
        health, snapshot.past_scores(health), snapshot.peers, snapshot.policy.compare
    )
    scores = {score.name: score for score in health.scores}
    extras = describe_extras(health, language)
    maturity = health.maturity
    return ScoresPage(
        id=scored.client.id,
        name=scored.client.name,
        day=language.day(health.day),
        policy=health.policy_hash,
        scores=[
            _score(scores[name], benchmarks[name], extras.get(name, []), health, language)
            for name in ORDER
        ],
        roles=list(_groups(health.participation, language)),
        small_teams=health.participation.small_teams,
        facets=[_facet(facet, language) for facet in health.knowledge.facets],
        next_criteria=[_criterion(criterion, language) for criterion in maturity.next_criteria],
        stay_criteria=[_criterion(criterion, language) for criterion in maturity.stay_criteria],
    )


def _score(
    score: Score, benchmark: Benchmark, extras: list[str], health: ClientHealth, language: Language
) -> ScoreSection:
    sentences = [
        *describe_score(score, language),
        *extras,
        *describe_benchmark(score.name, benchmark, language),
    ]
    steps, zero = _waterfall(score, language)
    return ScoreSection(
        name=score.name,
        label=language.scores[score.name],
        value=_value(score, health, language),
        sentences=[sentence.strip() for sentence in sentences],
        band=_band(score, benchmark, language),
        steps=steps,
        zero=zero,
        could=any(step.could for step in steps),
        trend=_trend(score, benchmark, language),
    )


def _value(score: Score, health: ClientHealth, language: Language) -> str | None:
    if score.shown is None:
        return None
    if score.name == "maturity":
        return language.stages[health.maturity.stage - 1]
    return language.points(score.shown, signed=score.name == "perception")


def _band(score: Score, benchmark: Benchmark, language: Language) -> Band | None:
    if score.shown is None or score.shape is None:
        return None
    scale = Scale(0, 1)
    low, high = language.whole_points(score.low), language.whole_points(score.high)
    return Band(
        low=scale.across(score.low),
        high=scale.across(score.high),
        value=scale.across(score.shown),
        target=None if benchmark.target is None else scale.across(benchmark.target),
        words=language.text("interval_words", low=low, high=high),
    )


def _trend(score: Score, benchmark: Benchmark, language: Language) -> TrendLine | None:
    if score.name in WITHOUT_TREND:
        return None
    return trend(benchmark.past, score.shown, benchmark.target, language)


def _waterfall(score: Score, language: Language) -> tuple[list[WaterfallStep], float]:
    """Return the steps of the waterfall from 0 to the score, and the x coordinate of zero."""
    if score.shown is None or not score.parts:
        return [], 0.0
    scale = _scale(score)
    steps, level = [], 0.0
    if score.baseline:
        level = score.ratio(score.baseline)
        base = (scale.bar("base", 0, level),)
        points = points_text(level, score.name, language)
        steps.append(WaterfallStep(_baseline(score, language), points, "", base))
    for part in score.parts:
        start, level = level, level + score.ratio(part.points)
        could = _could(score, part)
        bars = [scale.bar(kind_of(level - start, score.name), start, level)]
        if could:
            bars.insert(0, scale.bar("could", level, level + could))
        points = points_text(level - start, score.name, language)
        gain = points_text(could, score.name, language) if could else ""
        steps.append(WaterfallStep(language.component(part.component), points, gain, tuple(bars)))
    total = (scale.bar("total", 0, level),)
    steps.append(
        WaterfallStep(
            language.text("total"),
            points_text(level, score.name, language, signed=False),
            "",
            total,
        )
    )
    return steps, scale.across(0)


def _baseline(score: Score, language: Language) -> str:
    if score.name == "maturity":
        return language.text("baseline_stage", stage=language.stages[0])
    return language.text("baseline")


def kind_of(change: float, score: str) -> str:
    """Return whether a change of a score is good or bad: of some scores, less is better.

    >>> kind_of(0.1, "trust"), kind_of(0.1, "divergence"), kind_of(-0.1, "perception")
    ('good', 'bad', 'good')
    """
    return "good" if (change >= 0) != (score in LOWER_IS_BETTER) else "bad"


def _could(score: Score, part: Part) -> float:
    """Return the points that a part could still add; 0 for what IT cannot change itself."""
    could = score.ratio(part.missing) if can_change(score.name, part.component) else 0.0
    return could if could > STEADY else 0.0


def points_text(ratio: float, score: str, language: Language, *, signed: bool = True) -> str:
    """Return points of a score; a number on another scale has no plus sign."""
    return language.on_scale(score, ratio, signed=signed and scale_of(score).in_points)


def _scale(score: Score) -> Scale:
    """Return the scale of a waterfall: the whole score and every intermediate level."""
    level = score.ratio(score.baseline)
    levels = [0.0, 3.0 if score.name == "maturity" else 0.0, level]
    for part in score.parts:
        level += score.ratio(part.points)
        levels.append(level)
    if score.name not in ("perception", "maturity"):
        levels.append(1.0)
    low, high = min(levels), max(levels)
    return Scale(low, high if high > low else low + 1)


def _groups(participation: Participation, language: Language) -> Iterator[TableRow]:
    suppressed = language.text("too_few")
    named = [(language.roles[role.name], role) for role in participation.roles]
    for name, group in [
        *named,
        *((f"{language.text('team')}: {t.name}", t) for t in participation.teams),
    ]:
        count = suppressed if group.touchpoints is None else language.number(group.touchpoints)
        message = suppressed if group.message is None else language.whole_percent(group.message)
        part = language.text("yes" if group.takes_part else "no")
        yield TableRow((name, part, count, message), group.takes_part)


def _facet(facet: Facet, language: Language) -> TableRow:
    name = language.components[facet.name]
    valid = language.text("valid_days", n=facet.valid_days)
    if facet.source is None or facet.observed_day is None:
        return TableRow(
            (name, language.text("never"), "-", valid, language.whole_percent(0)), good=False
        )
    source = language.text("told_by_client" if facet.source == "client" else "inferred")
    worth = language.whole_percent(facet.worth) + (
        f" ({language.text('stale')})" if facet.stale else ""
    )
    return TableRow((name, language.day(facet.observed_day), source, valid, worth), not facet.stale)


def _criterion(criterion: Criterion, language: Language) -> TableRow:
    value = language.text("unknown")
    if criterion.value is not None:
        value = criterion_value(criterion.name, criterion.value, language)
    bound = criterion_bound(criterion, language)
    met = language.text("met" if criterion.met else "unmet")
    label = criterion_label(criterion, language)
    return TableRow((label, value, bound, met), criterion.met)
