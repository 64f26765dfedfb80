"""The stage of the relation: IT supplier, partner, innovative anticipator.

The criteria, the counts of weeks and worked numbers: `docs/methods.md#maturity-stage`.

Once a week, at its close, a client meets the criteria of the next stage or not, and those of
staying or not. The stage is a fold over the last year of these weeks, beginning at the first stage:
some good weeks in a row promote, more bad weeks in a row demote, one step at a time. A late event
changes the weeks that it belongs to and the fold is made again, so the order of arrival cannot
show.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, ge, le
from typing import Final, NamedTuple, Protocol

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums
from rapport.domain.policy.relationship import (
    AnticipatorCriteria,
    MaturityPolicy,
    PartnerCriteria,
)
from rapport.domain.scoring.score import Part, Score

SUPPLIER, PARTNER, ANTICIPATOR = STAGES = (1, 2, 3)
STEP_WEEKS: Final = 4
"""For so many closed weeks a step is news."""
TALKS: Final = "maturity.strategic_talks"
PROPOSALS: Final = "maturity.proposals_accepted"
Criteria = PartnerCriteria | AnticipatorCriteria
_BOTH: Final = (
    ("trust", False),
    ("uncertainty", True),
    ("engagement", False),
    ("knowledge", False),
    ("gap", True),
)
CRITERIA: Final[dict[type[Criteria], tuple[tuple[str, bool], ...]]] = {
    PartnerCriteria: (*_BOTH, ("strategic_talks", False)),
    AnticipatorCriteria: (*_BOTH, ("proposals_accepted", False)),
}
"""Criteria by name, the same in evidence and policy, and whether the bound is a most."""
_READ: Final = {kind: attrgetter(*(name for name, _ in asked)) for kind, asked in CRITERIA.items()}
_HOLDS: Final = {
    kind: [le if most else ge for _, most in asked] for kind, asked in CRITERIA.items()
}


class Evidence(NamedTuple):
    """What a stage is judged on, at one day, except purchases; None is not known."""

    trust: float | None
    uncertainty: float
    engagement: float | None
    knowledge: float | None
    gap: float | None
    """The perception gap, without its sign."""
    strategic_talks: float
    proposals_accepted: float


class OutsidePurchases(Protocol):
    """Outside purchases at the closed weeks: 1 is the last one, 2 the one before it."""

    @property
    def has_feed(self) -> bool:
        """Whether there is a feed of purchases at all."""

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed then was an alert."""

    def ratio(self, weeks_ago: int) -> float:
        """Return observed over expected purchases in the window that closed then."""


class StagesMet(NamedTuple):
    """Which sets of criteria a week meets, purchases left aside."""

    to_partner: bool
    stay_partner: bool
    to_anticipator: bool
    stay_anticipator: bool


class CriteriaCounts(NamedTuple):
    """How many criteria of the next stage a week meets, purchases left aside."""

    to_partner: int
    to_anticipator: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: what is, what is asked, and whether it is met."""

    name: str
    value: float | None
    """None: not known, and therefore not met."""
    bound: float
    at_most: bool
    met: bool

    @property
    def shortfall(self) -> float:
        """How far the value is from its bound, as a share of the bound; 0 when met."""
        if self.met:
            return 0.0
        if self.value is None:
            return 1.0
        return min(1.0, abs(self.bound - self.value) / max(self.bound, 1 / UNIT))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the fold over the weeks ended."""

    stage: int
    weeks_up: int
    """Weeks in a row, up to the last, that met the next stage's criteria."""
    weeks_down: int
    """Weeks in a row, up to the last, that did not meet the criteria of staying."""
    step: int = 0
    """The last step within `STEP_WEEKS` closed weeks: 1 a stage won, -1 one lost, 0 none."""


@dataclass(frozen=True, slots=True)
class Maturity:
    """The stage, what holds it and what the next one asks."""

    score: Score
    """Stage plus the share of the next stage's criteria that are met: 1 to 3."""
    stage: int
    next_criteria: tuple[Criterion, ...]
    """Of the next stage; empty at the last."""
    stay_criteria: tuple[Criterion, ...]
    """Of staying; empty at the first."""
    weeks_up: int
    weeks_down: int
    step: int
    """A stage won (1) or lost (-1) within the last `STEP_WEEKS` closed weeks, else 0."""
    weeks_to_next: int | None
    """Weekly closes until the next stage when every criterion is met from now on."""

    @property
    def unmet_criteria(self) -> tuple[Criterion, ...]:
        """The shortest way to the next stage: what is not met yet, the nearest first."""
        unmet = (criterion for criterion in self.next_criteria if not criterion.met)
        return tuple(sorted(unmet, key=lambda criterion: (criterion.shortfall, criterion.name)))


def maturity_contributions(key: str, policy: MaturityPolicy) -> tuple[Contribution, ...]:
    """Return what a measure counts for as proof by events."""
    proofs = {"touch.strategic": TALKS, "proposal|it|accepted": PROPOSALS}
    tally = proofs.get(key)
    return () if tally is None else (Contribution(tally, policy.proof_half_life_days, UNIT),)


def evidence_of_scores(
    standing: DecayedSums, trust: Score, engagement: Score, knowledge: Score, perception: Score
) -> Evidence:
    """Return what a stage is judged on, from the scores of one day."""
    gap = perception.shown
    return Evidence(
        trust=trust.numerator / trust.denominator if trust.parts else None,
        uncertainty=1 - trust.confidence,
        engagement=engagement.shown,
        knowledge=knowledge.shown,
        gap=None if gap is None else abs(gap),
        strategic_talks=standing[TALKS] / UNIT,
        proposals_accepted=standing[PROPOSALS] / UNIT,
    )


def stages_met(evidence: Evidence, policy: MaturityPolicy) -> StagesMet:
    """Return which sets of criteria are met, purchases left aside."""
    sets = (
        policy.to_partner,
        policy.stay_partner,
        policy.to_anticipator,
        policy.stay_anticipator,
    )
    return StagesMet(*(all(_each_met(evidence, asked)) for asked in sets))


def criteria_counts(evidence: Evidence, policy: MaturityPolicy) -> CriteriaCounts | None:
    """Return how much of the next stage is met; None where too little is known to say."""
    if not _sufficient(evidence):
        return None
    following = (policy.to_partner, policy.to_anticipator)
    return CriteriaCounts(*(sum(_each_met(evidence, asked)) for asked in following))


def _sufficient(evidence: Evidence) -> bool:
    return evidence.trust is not None and evidence.engagement is not None


def _each_met(evidence: Evidence, asked: Criteria) -> Iterator[bool]:
    kind = type(asked)
    return map(_met, _READ[kind](evidence), _READ[kind](asked), _HOLDS[kind])


def _met(value: float | None, bound: float, holds: Callable[[float, float], bool]) -> bool:
    return value is not None and holds(value, bound)


def stage_after(
    weeks: int,
    up: Callable[[int, int], bool],
    stay: Callable[[int, int], bool],
    policy: MaturityPolicy,
) -> Stage:
    """Return the stage after `weeks` closed weeks, the oldest being week 0.

    `up(week, stage)` and `stay(week, stage)` say whether a week meets the criteria of going to, or
    staying at, a stage; they are asked only where the answer matters.
    """
    stage, ups, downs, step = SUPPLIER, 0, 0, 0
    for week in range(weeks):
        if stage < ANTICIPATOR:
            ups = ups + 1 if up(week, stage + 1) else 0
        if stage > SUPPLIER:
            downs = 0 if stay(week, stage) else downs + 1
        if ups >= policy.promote_weeks:
            stage, ups, downs = stage + 1, 0, 0
            step = _recent_step(1, weeks - week)
        elif downs >= policy.demote_weeks:
            stage, ups, downs = stage - 1, 0, 0
            step = _recent_step(-1, weeks - week)
    return Stage(stage, ups, downs, step)


def _recent_step(step: int, weeks_ago: int) -> int:
    return step if weeks_ago <= STEP_WEEKS else 0


def maturity(
    now: Evidence, weeks: Sequence[StagesMet], outside: OutsidePurchases, policy: MaturityPolicy
) -> Maturity:
    """Return the stage that the closed weeks (the oldest first) led to, and what is next."""
    at = _led_to(weeks, outside, policy)
    following = _criteria(now, outside, _to(at.stage + 1, policy)) if at.stage < ANTICIPATOR else ()
    staying = _criteria(now, outside, _stay(at.stage, policy)) if at.stage > SUPPLIER else ()
    return Maturity(
        score=_index(at.stage, following, now, known=outside.has_feed),
        stage=at.stage,
        next_criteria=following,
        stay_criteria=staying,
        weeks_up=at.weeks_up,
        weeks_down=at.weeks_down,
        step=at.step,
        weeks_to_next=policy.promote_weeks - at.weeks_up if at.stage < ANTICIPATOR else None,
    )


def maturity_index(
    now: CriteriaCounts | None,
    weeks: Sequence[StagesMet],
    outside: OutsidePurchases,
    policy: MaturityPolicy,
) -> float | None:
    """Return what the score of `maturity` shows, 1 to 3, and nothing else of it."""
    if now is None:
        return None
    stage = _led_to(weeks, outside, policy).stage
    if stage == ANTICIPATOR:
        return float(stage)
    asked = _to(stage + 1, policy)
    own = now.to_partner if stage == SUPPLIER else now.to_anticipator
    whole = len(CRITERIA[type(asked)]) + 1
    return (stage * whole + own + _purchases(outside, asked).met) / whole


def _led_to(weeks: Sequence[StagesMet], outside: OutsidePurchases, policy: MaturityPolicy) -> Stage:
    count = len(weeks)

    def up(week: int, stage: int) -> bool:
        fit = weeks[week].to_partner if stage == PARTNER else weeks[week].to_anticipator
        return fit and _calm(outside, count - week, _to(stage, policy))

    def stay(week: int, stage: int) -> bool:
        fit = weeks[week].stay_partner if stage == PARTNER else weeks[week].stay_anticipator
        return fit and _calm(outside, count - week, _stay(stage, policy))

    return stage_after(count, up, stay, policy)


def _index(stage: int, following: tuple[Criterion, ...], now: Evidence, *, known: bool) -> Score:
    inputs = {
        "trust": now.trust,
        "engagement": now.engagement,
        "knowledge": now.knowledge,
        "perception gap": now.gap,
        "purchases": True if known else None,
    }
    missing = tuple(name for name, value in inputs.items() if value is None)
    whole = len(following) or 1
    return Score(
        name="maturity",
        denominator=whole,
        baseline=stage * whole,
        parts=tuple(sorted(Part(c.name, int(c.met), 1) for c in following)),
        confidence=1 - len(missing) / len(inputs),
        missing=missing,
        sufficient=_sufficient(now),
    )


def _to(stage: int, policy: MaturityPolicy) -> Criteria:
    return policy.to_partner if stage == PARTNER else policy.to_anticipator


def _stay(stage: int, policy: MaturityPolicy) -> Criteria:
    return policy.stay_partner if stage == PARTNER else policy.stay_anticipator


def _criteria(now: Evidence, outside: OutsidePurchases, asked: Criteria) -> tuple[Criterion, ...]:
    return (*_own_criteria(now, asked), _purchases(outside, asked))


def _own_criteria(now: Evidence, asked: Criteria) -> tuple[Criterion, ...]:
    return tuple(
        _criterion(name, getattr(now, name), getattr(asked, name), at_most=at_most)
        for name, at_most in CRITERIA[type(asked)]
    )


def _purchases(outside: OutsidePurchases, asked: Criteria) -> Criterion:
    if isinstance(asked, PartnerCriteria):
        weeks = range(1, asked.quiet_weeks + 1)
        alerts = sum(outside.alerts(week) for week in weeks) if outside.has_feed else None
        return _criterion("alert_weeks", alerts, 0, at_most=True)
    ratio = outside.ratio(1) if outside.has_feed else None
    return _criterion("purchase_ratio", ratio, asked.purchase_ratio, at_most=True)


def _criterion(name: str, value: float | None, bound: float, *, at_most: bool) -> Criterion:
    return Criterion(name, value, bound, at_most, _met(value, bound, le if at_most else ge))


def _calm(outside: OutsidePurchases, weeks_ago: int, asked: Criteria) -> bool:
    if not outside.has_feed:
        return False
    if isinstance(asked, PartnerCriteria):
        return not any(outside.alerts(weeks_ago + back) for back in range(asked.quiet_weeks))
    return outside.ratio(weeks_ago) <= asked.purchase_ratio
