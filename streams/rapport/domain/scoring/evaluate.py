"""Evaluation: all scores of one client on one day, a pure function of ledger, policy and day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from rapport.domain.calendar import week_of
from rapport.domain.concerns.verdict import UNKNOWN, Verdict
from rapport.domain.ledger.decayed_sums import DecayedSums, volume
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.feeds import SourceState, client_states
from rapport.domain.procurement.health import FleetContext, PurchaseHealth, purchase_health
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.divergence import (
    Divergence,
    OwnSigns,
    bounded_sum,
    divergence,
    own_signs,
    tickets_green,
    trusted_while_silent,
)
from rapport.domain.scoring.engagement import engagement
from rapport.domain.scoring.evidence import ScoreEvidence, weakest
from rapport.domain.scoring.knowledge import Knowledge, knowledge
from rapport.domain.scoring.looks import low_look, overrated_look, under_target_look
from rapport.domain.scoring.maturity import (
    CriteriaCounts,
    CriterionValues,
    Maturity,
    StagesMet,
    criteria_counts,
    criterion_values,
    maturity,
    stages_met,
)
from rapport.domain.scoring.participation import Participation, participation, participation_score
from rapport.domain.scoring.perception import Perception, perception
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.trust import trust
from rapport.domain.signals.counts import SignalCount


class RelationshipScores(NamedTuple):
    """The scores that depend on the decayed sums of one client alone."""

    trust: Score
    """Trust from the client's viewpoint."""
    engagement: Score
    perception: Perception
    knowledge: Knowledge
    participation: Participation


class WeeklyReading(NamedTuple):
    """The cached scores of a closed week, from the decayed sums at its end.

    Maturity and divergence also depend on the purchases of all clients, so only the client's own
    half of them is cached; `past_scores` adds the other half.
    """

    trust: float | None
    trust_own: float | None
    trust_independent: float | None
    engagement: float | None
    perception: float | None
    knowledge: float | None
    participation: float | None
    stages_met: StagesMet
    criteria_met: CriteriaCounts
    green_tickets: int | None
    """The ratio of tickets closed on time, in units of 2^-40; None: too few tickets."""
    trusted_but_silent: int | None
    """The strength of high trust with unanswered surveys, in the same unit; None: unknown."""
    low_look: int
    """Whether trust is low (see `concerns/looks.py`)."""
    under_target_look: int
    """Whether trust is under its target."""
    overrated_look: int
    """Whether IT overrates itself."""
    is_knowledge_stale: bool
    """Whether a facet of the knowledge was past its validity."""


@dataclass(frozen=True, slots=True)
class ClientHealth:
    """All scores of one client on one day."""

    client: str
    day: int
    policy_hash: str
    trust: Score
    """Trust from the client's viewpoint."""
    engagement: Score
    perception: Perception
    knowledge: Knowledge
    participation: Participation
    maturity: Maturity
    divergence: Divergence
    purchases: PurchaseHealth
    sources: Mapping[str, SourceState]
    """The state of each source for this client."""
    signals: tuple[SignalCount, ...]
    """The signals of the last 28 days."""
    volume: float
    """The decayed number of contacts."""
    weeks: tuple[WeeklyReading, ...]
    """The closed weeks that the maturity stages of now and of the past weeks need, oldest first."""
    verdict: Verdict = UNKNOWN
    """What is wrong with the client, as the room `verdicts` decides."""
    concern_looks: Mapping[str, int] = field(default_factory=dict)
    """The concerns that most clients may share, with the looks at which this client has them."""

    @property
    def scores(self) -> tuple[Score, ...]:
        """Every score, by name."""
        return (
            self.participation.score,
            self.divergence.score,
            self.engagement,
            self.knowledge.score,
            self.maturity.score,
            self.perception.score,
            self.trust,
            self.perception.independent,
            self.perception.own,
        )


class OwnScores(NamedTuple):
    """What follows from the ledger of one client, whatever the other clients do."""

    scores: RelationshipScores
    weeks: tuple[WeeklyReading, ...]
    """The closed weeks that the maturity stages of now and of the past weeks need, oldest first."""
    criteria: CriterionValues
    stages_met: tuple[StagesMet, ...]
    """Of the closed weeks that the maturity stage of now needs, the oldest first."""
    stage_ages: ScoreEvidence
    """The stage is as old as trust and engagement."""
    signs: OwnSigns
    volume: float


def own_scores(measures: ClientMeasures, compiled: CompiledPolicy, day: int) -> OwnScores:
    """Return what follows from one client's ledger; `ClientMeasures.reading` caches it."""
    policy, week = compiled.policy, week_of(day)
    ring = policy.maturity.ring_weeks
    sums = measures.sums_at(compiled, day)
    scores = relationship_scores(sums, compiled)
    weeks = measures.weekly_readings(
        compiled,
        range(week - ring - policy.compare.past_weeks, week),
        lambda past_sums: weekly_reading(past_sums, compiled),
    )
    return OwnScores(
        scores=scores,
        weeks=weeks,
        criteria=_criterion_values(sums, scores),
        stages_met=tuple(week.stages_met for week in weeks[-ring:]),
        stage_ages=weakest((scores.trust.evidence, scores.engagement.evidence)),
        signs=own_signs(sums, scores.trust, policy.divergence),
        volume=volume(sums),
    )


def evaluate(
    client: str,
    measures: ClientMeasures,
    inputs: ClientInputs,
    compiled: CompiledPolicy,
    day: int,
    context: FleetContext,
    windows: Windows | None = None,
) -> ClientHealth:
    """Return the health of a client, without its verdict.

    The order in which events arrived does not matter.
    """
    policy, own = compiled.policy, measures.reading(own_scores, compiled, day)
    now, windows = own.scores, windows or windows_of(inputs, compiled, context)
    purchases = purchase_health(inputs.purchases, windows, policy, context)
    stage = maturity(own.criteria, own.stages_met, windows, policy.maturity, own.stage_ages)
    contradiction = divergence(own.signs, purchases, policy.divergence, policy.purchases)
    return ClientHealth(
        client=client,
        day=day,
        policy_hash=compiled.hash,
        trust=with_feed_state(now.trust, context),
        engagement=with_feed_state(now.engagement, context),
        perception=_perception_with_feed_state(now.perception, context),
        knowledge=with_score_feed_state(now.knowledge, context),
        participation=with_score_feed_state(now.participation, context),
        maturity=with_score_feed_state(stage, context),
        divergence=with_score_feed_state(contradiction, context),
        purchases=purchases,
        sources=client_states(inputs.active, day, context.feeds, policy.sources),
        signals=inputs.signals,
        volume=own.volume,
        weeks=own.weeks,
    )


def windows_of(inputs: ClientInputs, compiled: CompiledPolicy, context: FleetContext) -> Windows:
    """Return the windows of a client's purchases, beside those of the fleet."""
    bought, limits = inputs.purchases, compiled.policy.purchases
    return Windows(bought.weekly, bought.first_day, limits, context.baseline)


WithScore = TypeVar("WithScore", Perception, Knowledge, Participation, Maturity, Divergence)


def with_score_feed_state(result: WithScore, context: FleetContext) -> WithScore:
    """Return a result whose score is adjusted for its broken sources."""
    score = with_feed_state(result.score, context)
    return result if score is result.score else replace(result, score=score)


def _perception_with_feed_state(gap: Perception, context: FleetContext) -> Perception:
    own, independent = (with_feed_state(view, context) for view in (gap.own, gap.independent))
    gap = with_score_feed_state(gap, context)
    if own is gap.own and independent is gap.independent:
        return gap
    return replace(gap, own=own, independent=independent)


def with_feed_state(score: Score, context: FleetContext) -> Score:
    """Return a score with less confidence, and the missing inputs, for its broken sources."""
    feeds = context.fresh[score.name]
    if not feeds.missing:
        return score
    return replace(
        score, confidence=score.confidence * feeds.ratio, missing=(*score.missing, *feeds.missing)
    )


def relationship_scores(sums: DecayedSums, compiled: CompiledPolicy) -> RelationshipScores:
    """Return the scores that depend on the decayed sums of one day alone."""
    client = trust(sums, compiled.trust)
    return RelationshipScores(
        trust=client,
        engagement=engagement(sums, compiled.engagement),
        perception=_perception(sums, client, compiled),
        knowledge=knowledge(sums, compiled.knowledge),
        participation=participation(sums, compiled.participation),
    )


def _perception(sums: DecayedSums, client: Score, compiled: CompiledPolicy) -> Perception:
    return perception(
        trust(sums, compiled.trust, "own"),
        client,
        trust(sums, compiled.trust, "independent"),
        compiled.policy.perception,
    )


def weekly_reading(sums: DecayedSums, compiled: CompiledPolicy) -> WeeklyReading:
    """Return the reading of a closed week, from the decayed sums at its end."""
    policy, client = compiled.policy, trust(sums, compiled.trust)
    contact, gap = engagement(sums, compiled.engagement), _perception(sums, client, compiled)
    known = knowledge(sums, compiled.knowledge)
    facets = known.score
    values = criterion_values(sums, client, contact, facets, gap.score)
    silence = trusted_while_silent(sums, client, policy.divergence)
    under = under_target_look(client, policy)
    return WeeklyReading(
        trust=client.shown,
        trust_own=gap.own.shown,
        trust_independent=gap.independent.shown,
        engagement=contact.shown,
        perception=gap.score.shown,
        knowledge=facets.shown,
        participation=participation_score(sums, compiled.participation).shown,
        stages_met=stages_met(values, policy.maturity),
        criteria_met=criteria_counts(values, policy.maturity),
        green_tickets=tickets_green(sums, policy.divergence),
        trusted_but_silent=bounded_sum(*silence.values),
        low_look=low_look(client, under, policy),
        under_target_look=under,
        overrated_look=overrated_look(gap, policy),
        is_knowledge_stale=bool(known.stale),
    )


def _criterion_values(sums: DecayedSums, scores: RelationshipScores) -> CriterionValues:
    return criterion_values(
        sums, scores.trust, scores.engagement, scores.knowledge.score, scores.perception.score
    )
