"""One client as a page: what it is made of without asking the worker anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapport.streams.core.along import Along
from rapport.streams.core.compare import LOWER_IS_BETTER, Beside, beside
from rapport.streams.core.knowledge import Facet
from rapport.streams.core.maturity import Criterion
from rapport.streams.core.own_past import REMEMBERED
from rapport.streams.core.score import Score
from rapport.streams.core.scores import ClientHealth
from rapport.streams.core.telling import told_beside, told_extras, told_score
from rapport.streams.shell.site.charts import Bar, Scale
from rapport.streams.shell.site.fleet import TREND_WEEKS, Trend, top_line, trend
from rapport.streams.shell.site.picture import Known, Picture
from rapport.streams.shell.site.purchases import PurchasesPart, purchases_part
from rapport.streams.shell.site.tongue import Tongue

ORDER: Final = (
    *("trust", "engagement", "perception", "trust.own", "trust.independent"),
    *("divergence", "along", "knowledge", "maturity"),
)
"""How the scores follow each other on the page."""
WITHOUT_TREND: Final = frozenset({"maturity", "perception"})
"""Scores that are not told in points from nothing to a hundred."""
STEADY: Final = 5e-4
"""Less than a twentieth of a point is nothing to be gained."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a waterfall."""

    label: str
    points: str
    could: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A value on its whole scale, between what it may be."""

    low: float
    high: float
    value: float
    target: float | None
    words: str


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One score of a client."""

    name: str
    label: str
    value: str | None
    confidence: str
    sentences: list[str]
    band: Band | None
    steps: list[Step]
    zero: float
    """Where nothing lies in the waterfall, from the left."""
    could: bool
    """Whether some step could still give points."""
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table in words; `good` says whether it is as it should be, if that is known."""

    cells: tuple[str, ...]
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class ClientPage:
    """The first part of a client's page."""

    id: str
    name: str
    owner: str
    day: str
    policy: str
    lead: str
    state: str
    scores: list[ScorePart]
    purchases: PurchasesPart
    roles: list[Row]
    small_teams: int
    facets: list[Row]
    stage: str
    next_criteria: list[Row]
    stay_criteria: list[Row]
    sources: list[Row]


def client_page(known: Known, picture: Picture, tongue: Tongue) -> ClientPage:
    """Return what is known of a client."""
    health, said = known.health, tongue.said
    held = beside(health, picture.past(health), picture.peers, picture.policy.compare)
    scores = {score.name: score for score in health.scores}
    extras = told_extras(health, said)
    maturity = health.maturity
    enough = maturity.score.shown is not None
    return ClientPage(
        id=known.client.id,
        name=known.client.name,
        owner=known.client.owner,
        day=tongue.day(health.day),
        policy=health.policy_hash,
        lead=top_line(health, tongue),
        state=health.purchases.state,
        scores=[
            _score(scores[name], held[name], extras.get(name, []), health, tongue) for name in ORDER
        ],
        purchases=purchases_part(known, picture, tongue),
        roles=list(_groups(health.along, tongue)),
        small_teams=health.along.small_teams,
        facets=[_facet(facet, tongue) for facet in health.knowledge.facets],
        stage=said.stages[maturity.stage - 1] if enough else tongue("too_little"),
        next_criteria=[_criterion(criterion, tongue) for criterion in maturity.next_criteria],
        stay_criteria=[_criterion(criterion, tongue) for criterion in maturity.stay_criteria],
        sources=list(_sources(health, tongue)),
    )


def _score(
    score: Score, held: Beside, extras: list[str], health: ClientHealth, tongue: Tongue
) -> ScorePart:
    said = tongue.said
    sentences = [*told_score(score, said), *extras, *told_beside(score.name, held, said)]
    steps, zero = _waterfall(score, tongue)
    return ScorePart(
        name=score.name,
        label=tongue.said.scores[score.name],
        value=_value(score, health, tongue),
        confidence=tongue("confidence_of", percent=f"{score.confidence * 100:.0f}"),
        sentences=[sentence.strip() for sentence in sentences],
        band=_band(score, held, tongue),
        steps=steps,
        zero=zero,
        could=any(step.could for step in steps),
        trend=_trend(score, held, health, tongue),
    )


def _value(score: Score, health: ClientHealth, tongue: Tongue) -> str | None:
    if score.shown is None:
        return None
    if score.name == "maturity":
        return tongue.said.stages[health.maturity.stage - 1]
    return tongue.points(score.shown, signed=score.name == "perception")


def _band(score: Score, held: Beside, tongue: Tongue) -> Band | None:
    if score.shown is None or score.shape is None:
        return None
    scale = Scale(0, 1)
    low, high = tongue.points(score.low), tongue.points(score.high)
    return Band(
        low=scale.across(score.low),
        high=scale.across(score.high),
        value=scale.across(score.shown),
        target=None if held.target is None else scale.across(held.target),
        words=tongue("high_low", low=low, high=high),
    )


def _trend(score: Score, held: Beside, health: ClientHealth, tongue: Tongue) -> Trend | None:
    if score.name in WITHOUT_TREND:
        return None
    if score.name not in REMEMBERED:
        return trend(held.past, score.shown, tongue)
    past = [getattr(week, REMEMBERED[score.name]) for week in health.weeks[-TREND_WEEKS:]]
    return trend(past, score.shown, tongue)


def _waterfall(score: Score, tongue: Tongue) -> tuple[list[Step], float]:
    """Return the steps from nothing to the score, and where nothing lies."""
    if score.shown is None or not score.parts:
        return [], 0.0
    scale = _scale(score)
    steps, at = [], 0.0
    if score.baseline:
        at = score.ratio(score.baseline)
        base = (scale.bar("base", 0, at),)
        steps.append(Step(tongue("baseline"), _points(at, score, tongue), "", base))
    for part in score.parts:
        start, at = at, at + score.ratio(part.points)
        could = _could(score, part.missing)
        bars = [scale.bar("up" if at >= start else "down", start, at)]
        if could:
            bars.insert(0, scale.bar("could", at, at + could))
        told = _points(at - start, score, tongue)
        left = _points(could, score, tongue) if could else ""
        steps.append(Step(tongue.said.component(part.component), told, left, tuple(bars)))
    total = (scale.bar("total", 0, at),)
    steps.append(Step(tongue("total"), _points(at, score, tongue, signed=False), "", total))
    return steps, scale.across(0)


def _could(score: Score, missing: int) -> float:
    """Return what a part could still give, of a score that is better when it is higher."""
    could = 0.0 if score.name in LOWER_IS_BETTER else score.ratio(missing)
    return could if could > STEADY else 0.0


def _points(ratio: float, score: Score, tongue: Tongue, *, signed: bool = True) -> str:
    if score.name == "maturity":
        return tongue.number(ratio, 2)
    return tongue.points(ratio, signed=signed)


def _scale(score: Score) -> Scale:
    """Return the range that a waterfall needs: the whole score, and wherever it passes."""
    at = score.ratio(score.baseline)
    passed = [0.0, 3.0 if score.name == "maturity" else 0.0, at]
    for part in score.parts:
        at += score.ratio(part.points)
        passed.append(at)
    if score.name not in ("perception", "maturity"):
        passed.append(1.0)
    low, high = min(passed), max(passed)
    return Scale(low, high if high > low else low + 1)


def _groups(along: Along, tongue: Tongue) -> Iterator[Row]:
    few = tongue("too_few")
    named = [(tongue.said.roles[role.name], role) for role in along.roles]
    for name, group in [*named, *((f"{tongue('team')}: {t.name}", t) for t in along.teams)]:
        count = few if group.touchpoints is None else tongue.number(group.touchpoints)
        message = few if group.message is None else tongue.share(group.message)
        part = tongue("yes" if group.takes_part else "no")
        yield Row((name, part, count, message), group.takes_part)


def _facet(facet: Facet, tongue: Tongue) -> Row:
    name = tongue.said.components[facet.name]
    valid = tongue("valid_days", days=facet.valid_days)
    if facet.source is None or facet.observed_day is None:
        return Row((name, tongue("never"), "-", valid, tongue.share(0)), good=False)
    source = tongue("self" if facet.source == "client" else "inferred")
    worth = tongue.share(facet.worth) + (f" ({tongue('stale')})" if facet.stale else "")
    return Row((name, tongue.day(facet.observed_day), source, valid, worth), not facet.stale)


def _criterion(criterion: Criterion, tongue: Tongue) -> Row:
    value = (
        tongue.said.say("unknown") if criterion.value is None else tongue.number(criterion.value, 2)
    )
    bound = tongue(
        "at_most" if criterion.at_most else "at_least", bound=tongue.number(criterion.bound, 2)
    )
    met = tongue("met" if criterion.met else "unmet")
    name = tongue.said.components[criterion.name]
    return Row((name, value, bound, met), criterion.met)


def _sources(health: ClientHealth, tongue: Tongue) -> Iterator[Row]:
    for name, source in health.sources.items():
        silence, usual = source.silence_days, source.usual_silence_days
        if silence is None:
            last = tongue("never")
        elif usual is None:
            last = tongue("silent", days=silence)
        else:
            last = tongue("usual", days=silence, usual=usual)
        good = None if source.state == "unknown" else source.state == "flowing"
        yield Row((tongue(f"source_name_{name}"), tongue(f"source_{source.state}"), last), good)
