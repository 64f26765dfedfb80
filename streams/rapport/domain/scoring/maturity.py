"""Maturity stage of the relationship: IT supplier, partner, innovative anticipator.

The criteria, the numbers of weeks and worked numbers: `docs/methods.md#maturity-stage`.

At the close of each week a client meets the criteria of the next stage or not, and those of keeping
its stage or not. The stage is a fold over the last year of these weeks, with hysteresis: some good
weeks in a row promote, more bad weeks in a row demote, one stage at a time. A late event changes
its own weeks and the fold is repeated, so the order of arrival does not matter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, ge, le
from typing import Final, NamedTuple, Protocol

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.policy.relationship import AnticipatorCriteria, MaturityPolicy, PartnerCriteria
from rapport.domain.procurement.missing_inputs import MissingInput
from rapport.domain.scoring.evidence import (
    NO_EVIDENCE,
    EvidenceLevel,
    ScoreEvidence,
    aged,
    inputs_level,
)
from rapport.domain.scoring.score import Part, Score

SUPPLIER, PARTNER, ANTICIPATOR = STAGES = (1, 2, 3)
INPUTS: Final = 5
"""The number of inputs: trust, engagement, knowledge, the perception gap and purchases."""
STEP_WEEKS: Final = 4
"""The number of closed weeks for which a change of stage is reported."""
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
"""Criteria by name, as in `CriterionValues` and the policy; whether the bound is an upper one."""
_VALUES: Final = {
    kind: attrgetter(*(name for name, _ in criteria)) for kind, criteria in CRITERIA.items()
}
_COMPARISONS: Final = {
    kind: [le if at_most else ge for _, at_most in criteria] for kind, criteria in CRITERIA.items()
}


class CriterionValues(NamedTuple):
    """The values that the criteria compare on one day, except purchases; None is unknown."""

    trust: float | None
    uncertainty: float
    engagement: float | None
    knowledge: float | None
    gap: float | None
    """The perception gap, without its sign."""
    strategic_talks: float
    proposals_accepted: float


class OutsidePurchases(Protocol):
    """Outside purchases at the closed weeks: 1 is the last week, 2 the one before it."""

    @property
    def has_feed(self) -> bool:
        """Whether there is a feed of purchases."""

    def alerts(self, weeks_ago: int) -> bool:
        """Return whether the window that closed in that week was an alert."""

    def ratio(self, weeks_ago: int) -> float:
        """Return observed over expected purchases of the window that closed in that week."""


class StagesMet(NamedTuple):
    """The sets of criteria that a week meets, purchases not considered."""

    to_partner: bool
    stay_partner: bool
    to_anticipator: bool
    stay_anticipator: bool


class CriteriaCounts(NamedTuple):
    """The number of criteria of the next stage that a week meets, purchases not considered."""

    to_partner: int
    to_anticipator: int
    inputs: int
    """The number of inputs that have data."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: the value, the required bound, and whether it is met."""

    name: str
    value: float | None
    """None: unknown, and therefore not met."""
    bound: float
    at_most: bool
    met: bool
    weeks: int | None = None
    """The last closed weeks that the value is counted in; None: it is of today."""

    @property
    def shortfall(self) -> float:
        """The distance of the value from its bound, as a fraction of the bound; 0 when met."""
        if self.met:
            return 0.0
        if self.value is None:
            return 1.0
        return min(1.0, abs(self.bound - self.value) / max(self.bound, 1 / UNIT))


@dataclass(frozen=True, slots=True)
class Stage:
    """The result of the fold over the weeks."""

    stage: int
    weeks_up: int
    """The weeks in a row, up to the last, that met the criteria of the next stage."""
    weeks_down: int
    """The weeks in a row, up to the last, that did not meet the criteria of keeping the stage."""
    step: int = 0
    """The last change within `STEP_WEEKS` closed weeks: 1 promoted, -1 demoted, 0 none."""
    step_weeks_ago: int = 0
    """The closed week of that change: 1 is the last one; 0 without a change."""


@dataclass(frozen=True, slots=True)
class Maturity:
    """The stage, the criteria of keeping it and those of the next one."""

    score: Score
    """The stage plus the fraction of the next stage's criteria that are met: 1 to 3."""
    stage: int
    next_criteria: tuple[Criterion, ...]
    """The criteria of the next stage; empty at the last stage."""
    stay_criteria: tuple[Criterion, ...]
    """The criteria of keeping the stage; empty at the first stage."""
    weeks_up: int
    weeks_down: int
    step: int
    """1 when promoted, -1 when demoted within the last `STEP_WEEKS` closed weeks, else 0."""
    step_weeks_ago: int
    """The closed week of that change: 1 is the last one; 0 without a change."""
    weeks_to_next: int | None
    """The weekly closes until the next stage if every criterion is met from now on."""

    @property
    def unmet_criteria(self) -> tuple[Criterion, ...]:
        """The criteria of the next stage that are not met, the smallest shortfall first."""
        unmet = (criterion for criterion in self.next_criteria if not criterion.met)
        return tuple(sorted(unmet, key=lambda criterion: (criterion.shortfall, criterion.name)))


def maturity_sum_weights(key: str, policy: MaturityPolicy) -> tuple[SumWeight, ...]:
    """Return what a measure counts for in maturity."""
    sum_name = {"touch.strategic": TALKS, "proposal|it|accepted": PROPOSALS}.get(key)
    return () if sum_name is None else (SumWeight(sum_name, policy.proof_half_life_days, UNIT),)


def criterion_values(
    sums: DecayedSums, trust: Score, engagement: Score, knowledge: Score, perception: Score
) -> CriterionValues:
    """Return the values that the criteria compare, from the scores of one day."""
    gap = perception.shown
    return CriterionValues(
        trust=trust.shown,
        uncertainty=1 - trust.confidence,
        engagement=engagement.shown,
        knowledge=knowledge.shown,
        gap=None if gap is None else abs(gap),
        strategic_talks=sums[TALKS] / UNIT,
        proposals_accepted=sums[PROPOSALS] / UNIT,
    )


def stages_met(values: CriterionValues, policy: MaturityPolicy) -> StagesMet:
    """Return which sets of criteria are met, purchases not considered."""
    sets = (policy.to_partner, policy.stay_partner, policy.to_anticipator, policy.stay_anticipator)
    return StagesMet(*[all(_each_met(values, criteria)) for criteria in sets])


def criteria_counts(values: CriterionValues, policy: MaturityPolicy) -> CriteriaCounts:
    """Return how many criteria of each next stage are met."""
    return CriteriaCounts(
        to_partner=sum(_each_met(values, policy.to_partner)),
        to_anticipator=sum(_each_met(values, policy.to_anticipator)),
        inputs=sum([value is not None for value in _inputs(values).values()]),
    )


def _inputs(values: CriterionValues) -> dict[str, float | None]:
    """Return the scores that the stage rests on; purchases are its other input."""
    return {
        "trust": values.trust,
        "engagement": values.engagement,
        "knowledge": values.knowledge,
        "perception gap": values.gap,
    }


def _evidence_level(present: int, *, has_feed: bool) -> EvidenceLevel:
    return inputs_level(present + has_feed, INPUTS)


def _each_met(values: CriterionValues, criteria: Criteria) -> Iterator[bool]:
    kind = type(criteria)
    return map(_met, _VALUES[kind](values), _VALUES[kind](criteria), _COMPARISONS[kind])


def _met(value: float | None, bound: float, compare: Callable[[float, float], bool]) -> bool:
    return value is not None and compare(value, bound)


def stage_after(
    weeks: int,
    up: Callable[[int, int], bool],
    stay: Callable[[int, int], bool],
    policy: MaturityPolicy,
) -> Stage:
    """Return the stage after `weeks` closed weeks, the oldest being week 0.

    `up(week, stage)` and `stay(week, stage)` say whether a week meets the criteria of going to, or
    keeping, a stage; they are called only if the answer matters.
    """
    stage, ups, downs, step, stepped = SUPPLIER, 0, 0, 0, 0
    for week in range(weeks):
        if stage < ANTICIPATOR:
            ups = ups + 1 if up(week, stage + 1) else 0
        if stage > SUPPLIER:
            downs = 0 if stay(week, stage) else downs + 1
        if ups >= policy.promote_weeks:
            stage, ups, downs = stage + 1, 0, 0
            step, stepped = 1, weeks - week
        elif downs >= policy.demote_weeks:
            stage, ups, downs = stage - 1, 0, 0
            step, stepped = -1, weeks - week
    if stepped > STEP_WEEKS:
        step, stepped = 0, 0
    return Stage(stage, ups, downs, step, stepped)


def maturity(
    now: CriterionValues,
    weeks: Sequence[StagesMet],
    outside: OutsidePurchases,
    policy: MaturityPolicy,
    ages: ScoreEvidence = NO_EVIDENCE,
) -> Maturity:
    """Return the stage after the closed weeks (the oldest first), and the criteria from now on.

    `ages` are those of the scores that it rests on.
    """
    reached = _stage_of_weeks(weeks, outside, policy)
    stage, is_last = reached.stage, reached.stage == ANTICIPATOR
    next_criteria = () if is_last else _criteria(now, outside, _to(stage + 1, policy))
    staying = () if stage == SUPPLIER else _criteria(now, outside, _stay(stage, policy))
    return Maturity(
        score=_index(stage, next_criteria, _missing(now, has_feed=outside.has_feed), ages),
        stage=stage,
        next_criteria=next_criteria,
        stay_criteria=staying,
        weeks_up=reached.weeks_up,
        weeks_down=reached.weeks_down,
        step=reached.step,
        step_weeks_ago=reached.step_weeks_ago,
        weeks_to_next=None if is_last else policy.promote_weeks - reached.weeks_up,
    )


def maturity_index(
    now: CriteriaCounts,
    weeks: Sequence[StagesMet],
    outside: OutsidePurchases,
    policy: MaturityPolicy,
) -> float | None:
    """Return the shown value of the maturity score, 1 to 3, without its other parts."""
    if _evidence_level(now.inputs, has_feed=outside.has_feed) is EvidenceLevel.NONE:
        return None
    stage = _stage_of_weeks(weeks, outside, policy).stage
    if stage == ANTICIPATOR:
        return float(stage)
    criteria = _to(stage + 1, policy)
    own_met = now.to_partner if stage == SUPPLIER else now.to_anticipator
    count = len(CRITERIA[type(criteria)]) + 1
    return (stage * count + own_met + _purchases(outside, criteria).met) / count


def _stage_of_weeks(
    weeks: Sequence[StagesMet], outside: OutsidePurchases, policy: MaturityPolicy
) -> Stage:
    rise = next((index for index, week in enumerate(weeks) if week.to_partner), len(weeks))
    # Before that week a client can only stay where everyone begins.
    weeks = weeks[rise:]
    count = len(weeks)

    def up(week: int, stage: int) -> bool:
        met = weeks[week].to_partner if stage == PARTNER else weeks[week].to_anticipator
        return met and _purchases_allow(outside, count - week, _to(stage, policy))

    def stay(week: int, stage: int) -> bool:
        met = weeks[week].stay_partner if stage == PARTNER else weeks[week].stay_anticipator
        return met and _purchases_allow(outside, count - week, _stay(stage, policy))

    return stage_after(count, up, stay, policy)


def _index(
    stage: int,
    next_criteria: tuple[Criterion, ...],
    missing: tuple[MissingInput, ...],
    ages: ScoreEvidence,
) -> Score:
    count = len(next_criteria) or 1
    return Score(
        name="maturity",
        denominator=count,
        baseline=stage * count,
        parts=tuple(sorted([Part(c.name, int(c.met), 1) for c in next_criteria])),
        confidence=1 - len(missing) / INPUTS,
        missing=missing,
        evidence=aged(inputs_level(INPUTS - len(missing), INPUTS), ages),
    )


def _missing(now: CriterionValues, *, has_feed: bool) -> tuple[MissingInput, ...]:
    missing = [name for name, value in _inputs(now).items() if value is None]
    return tuple(missing) if has_feed else (*missing, "purchases")


def _to(stage: int, policy: MaturityPolicy) -> Criteria:
    return policy.to_partner if stage == PARTNER else policy.to_anticipator


def _stay(stage: int, policy: MaturityPolicy) -> Criteria:
    return policy.stay_partner if stage == PARTNER else policy.stay_anticipator


def _criteria(
    now: CriterionValues, outside: OutsidePurchases, criteria: Criteria
) -> tuple[Criterion, ...]:
    return (*_own_criteria(now, criteria), _purchases(outside, criteria))


def _own_criteria(now: CriterionValues, criteria: Criteria) -> tuple[Criterion, ...]:
    return tuple(
        _criterion(name, getattr(now, name), getattr(criteria, name), at_most=at_most)
        for name, at_most in CRITERIA[type(criteria)]
    )


def _purchases(outside: OutsidePurchases, criteria: Criteria) -> Criterion:
    if isinstance(criteria, PartnerCriteria):
        weeks = range(1, criteria.quiet_weeks + 1)
        alerts = sum(outside.alerts(week) for week in weeks) if outside.has_feed else None
        criterion = _criterion("alert_weeks", alerts, 0, at_most=True)
        return replace(criterion, weeks=len(weeks))
    ratio = outside.ratio(1) if outside.has_feed else None
    return _criterion("purchase_ratio", ratio, criteria.purchase_ratio, at_most=True)


def _criterion(name: str, value: float | None, bound: float, *, at_most: bool) -> Criterion:
    return Criterion(name, value, bound, at_most, _met(value, bound, le if at_most else ge))


def _purchases_allow(outside: OutsidePurchases, weeks_ago: int, criteria: Criteria) -> bool:
    if not outside.has_feed:
        return False
    if isinstance(criteria, PartnerCriteria):
        return not any(outside.alerts(weeks_ago + back) for back in range(criteria.quiet_weeks))
    return outside.ratio(weeks_ago) <= criteria.purchase_ratio
