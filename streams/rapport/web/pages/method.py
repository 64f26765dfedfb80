"""The method on a client page: its three questions, and the ladder of stages."""

from collections.abc import Iterator
from dataclasses import dataclass

from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.maturity import STAGES, Criterion, Maturity
from rapport.domain.scoring.score import Score
from rapport.language.language import Language
from rapport.language.narrative import (
    criterion_bound,
    criterion_label,
    criterion_value,
    describe_absent_roles,
    describe_evidence,
    describe_stale_facets,
)
from rapport.web.pages.charts import TrendLine, trend


@dataclass(frozen=True, slots=True)
class Measured:
    """One score that answers a question; without a value nothing else of it is shown."""

    name: str
    label: str
    value: str | None
    target: str
    is_under: bool
    evidence: str
    trend: TrendLine | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the method, the scores that answer it, and what to know beside them."""

    key: str
    """`know`, `see` or `part`."""
    scores: list[Measured]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A criterion of a stage: what there is, what is required, and whether it is met."""

    name: str
    value: str
    bound: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the ladder; only the present and the next one have requirements."""

    name: str
    place: str
    """`past`, `now`, `next` or `later`."""
    requirements: list[Requirement]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The stages; without evidence of the present one, none of them is the present one."""

    is_known: bool
    steps: list[Step]


def questions(health: ClientHealth, policy: ComparePolicy, language: Language) -> list[Question]:
    """Return the answers to the three questions."""

    def answer(*scores: Score) -> list[Measured]:
        return [measured(score, health, policy, language) for score in scores]

    return [
        Question("know", answer(health.knowledge.score), list(_unknown(health, language))),
        Question("see", answer(health.trust), list(_gap(health, language))),
        Question(
            "part",
            answer(health.engagement, health.participation.score),
            list(_taking_part(health, language)),
        ),
    ]


def ladder(maturity: Maturity, language: Language) -> Ladder:
    """Return the stages with what is met and what is missing."""
    is_known = maturity.score.shown is not None
    return Ladder(is_known, [_step(stage, maturity, language) for stage in STAGES])


def measured(
    score: Score, health: ClientHealth, policy: ComparePolicy, language: Language
) -> Measured:
    """Return a score that has a target, with its trend."""
    target, name, shown = float(getattr(policy.targets, score.name)), score.name, score.shown
    past = [getattr(week, name) for week in health.weeks[-policy.past_weeks :]]
    return Measured(
        name=name,
        label=language.scores[name],
        value=None if shown is None else language.points(shown),
        target=language.points(target),
        is_under=shown is not None and shown < target,
        evidence=describe_evidence(score.evidence, language),
        trend=trend(past, shown, target, language),
    )


def _unknown(health: ClientHealth, language: Language) -> Iterator[str]:
    unknown = [facet.name for facet in health.knowledge.facets if facet.source is None]
    if unknown and health.knowledge.score.shown is not None:
        facets = language.listed(language.components[name] for name in unknown)
        yield language.text("facets_unknown", facets=facets)
    yield from describe_stale_facets(health, language)


def _gap(health: ClientHealth, language: Language) -> Iterator[str]:
    gap = health.perception.score.shown
    if gap is not None:
        side = language.sides[health.perception.against]
        points = language.points(abs(gap))
        yield language.text("rates_higher" if gap > 0 else "rates_lower", points=points, side=side)


def _taking_part(health: ClientHealth, language: Language) -> Iterator[str]:
    yield from describe_absent_roles(health, language)
    message = health.participation.message
    if message is not None:
        share = language.whole_percent(message)
        yield language.text("message_share", share=share)


def _step(stage: int, maturity: Maturity, language: Language) -> Step:
    criteria: tuple[Criterion, ...] = ()
    if maturity.score.shown is None:
        place = "later"
    elif stage == maturity.stage:
        place, criteria = "now", maturity.stay_criteria
    elif stage == maturity.stage + 1:
        place, criteria = "next", maturity.next_criteria
    else:
        place = "past" if stage < maturity.stage else "later"
    requirements = [_requirement(criterion, language) for criterion in criteria]
    return Step(language.stages[stage - 1], place, requirements)


def _requirement(criterion: Criterion, language: Language) -> Requirement:
    value = language.text("not_known_yet")
    if criterion.value is not None:
        value = criterion_value(criterion.name, criterion.value, language)
    label, bound = criterion_label(criterion, language), criterion_bound(criterion, language)
    return Requirement(label, value, bound, criterion.met)
