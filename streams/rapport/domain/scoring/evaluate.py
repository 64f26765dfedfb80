"""All scores of one client at one day: a pure function of the ledger, the policy and the day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from rapport.domain.calendar import week_of
from rapport.domain.ledger.decayed_sums import DecayedSums, volume
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.feeds import SourceState, client_states, freshness
from rapport.domain.procurement.health import FleetContext, PurchaseHealth, purchase_health
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.divergence import (
    Divergence,
    bounded_sum,
    divergence,
    tickets_green,
    trusted_while_silent,
)
from rapport.domain.scoring.engagement import engagement
from rapport.domain.scoring.knowledge import Knowledge, knowledge
from rapport.domain.scoring.maturity import (
    CriteriaCounts,
    Evidence,
    Maturity,
    StagesMet,
    criteria_counts,
    evidence_of_scores,
    maturity,
    stages_met,
)
from rapport.domain.scoring.participation import Participation, participation, participation_score
from rapport.domain.scoring.perception import Perception, perception
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.trust import trust
from rapport.domain.signals.counts import SignalCount


class RelationshipScores(NamedTuple):
    """The scores that follow from one client's tallies alone."""

    trust: Score
    """As the client shows it."""
    engagement: Score
    perception: Perception
    knowledge: Knowledge
    participation: Participation


class WeeklyReading(NamedTuple):
    """What is remembered of a closed week: what follows from the tallies at its end.

    Maturity and divergence also follow from what all clients bought, so of these the client's own
    half is remembered (`own_past`).
    """

    trust: float | None
    trust_own: float | None
    trust_independent: float | None
    engagement: float | None
    perception: float | None
    knowledge: float | None
    participation: float | None
    stages_met: StagesMet
    criteria_met: CriteriaCounts | None
    green_tickets: int | None
    """How green the tickets are, in units of 2^-40; None: too few."""
    trusted_but_silent: int | None
    """How strongly trust is high while nobody answers, in the same; None: not known."""


@dataclass(frozen=True, slots=True)
class ClientHealth:
    """How one client sees IT on one day."""

    client: str
    day: int
    policy_hash: str
    trust: Score
    """As the client shows it."""
    engagement: Score
    perception: Perception
    knowledge: Knowledge
    participation: Participation
    maturity: Maturity
    divergence: Divergence
    purchases: PurchaseHealth
    sources: Mapping[str, SourceState]
    """How each source stands for this client."""
    heard: tuple[SignalCount, ...]
    """Signals of the last 28 days."""
    volume: float
    """Decayed number of contacts."""
    weeks: tuple[WeeklyReading, ...]
    """The closed weeks of the maturity ring, now and at each of the past weeks, oldest first."""

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


def evaluate(
    client: str,
    measures: ClientMeasures,
    known: ClientInputs,
    plan: CompiledPolicy,
    day: int,
    shared: FleetContext,
) -> ClientHealth:
    """Return the health of a client; the same for every order in which its events arrived."""
    policy, week = plan.policy, week_of(day)
    standing = measures.sums_at(plan, day)
    now = relationship_scores(standing, plan)
    ring = policy.maturity.ring_weeks
    weeks = measures.weekly_readings(
        plan,
        range(week - ring - policy.compare.past_weeks, week),
        lambda past: weekly_reading(past, plan),
    )
    looks = Windows(known.purchases.weekly, policy.purchases, shared.baseline)
    purchases = purchase_health(known.purchases, looks, policy, shared)
    stage = maturity(
        _evidence(standing, now),
        [past.stages_met for past in weeks[-ring:]],
        looks,
        policy.maturity,
    )
    contradiction = divergence(standing, now.trust, purchases, policy.divergence, policy.purchases)
    return ClientHealth(
        client=client,
        day=day,
        policy_hash=plan.hash,
        trust=with_feed_state(now.trust, shared),
        engagement=with_feed_state(now.engagement, shared),
        perception=_perception_as_fresh(now.perception, shared),
        knowledge=with_score_feed_state(now.knowledge, shared),
        participation=with_score_feed_state(now.participation, shared),
        maturity=with_score_feed_state(stage, shared),
        divergence=with_score_feed_state(contradiction, shared),
        purchases=purchases,
        sources=client_states(known.active, day, shared.feeds, policy.sources),
        heard=known.signals,
        volume=volume(standing),
        weeks=weeks,
    )


Found = TypeVar("Found", Perception, Knowledge, Participation, Maturity, Divergence)


def with_score_feed_state(found: Found, shared: FleetContext) -> Found:
    """Return what was found, with a score that knows which of its sources are broken."""
    score = with_feed_state(found.score, shared)
    return found if score is found.score else replace(found, score=score)


def _perception_as_fresh(found: Perception, shared: FleetContext) -> Perception:
    own, independent = (
        with_feed_state(found.own, shared),
        with_feed_state(found.independent, shared),
    )
    found = with_score_feed_state(found, shared)
    if own is found.own and independent is found.independent:
        return found
    return replace(found, own=own, independent=independent)


def with_feed_state(score: Score, shared: FleetContext) -> Score:
    """Return a score that knows which of its sources are broken."""
    fresh = freshness(score.name, shared.feeds)
    if not fresh.missing:
        return score
    return replace(
        score,
        confidence=score.confidence * fresh.ratio,
        missing=(*score.missing, *fresh.missing),
    )


def relationship_scores(standing: DecayedSums, plan: CompiledPolicy) -> RelationshipScores:
    """Return the scores that follow from the tallies of one day alone."""
    client = trust(standing, plan.trust)
    return RelationshipScores(
        trust=client,
        engagement=engagement(standing, plan.engagement),
        perception=_perception(standing, client, plan),
        knowledge=knowledge(standing, plan.knowledge),
        participation=participation(standing, plan.participation),
    )


def _perception(standing: DecayedSums, client: Score, plan: CompiledPolicy) -> Perception:
    return perception(
        trust(standing, plan.trust, "own"),
        client,
        trust(standing, plan.trust, "independent"),
        plan.policy.perception,
    )


def weekly_reading(standing: DecayedSums, plan: CompiledPolicy) -> WeeklyReading:
    """Return what is remembered of a week, from the tallies at its end."""
    policy, client = plan.policy, trust(standing, plan.trust)
    contact, gap = engagement(standing, plan.engagement), _perception(standing, client, plan)
    facets = knowledge(standing, plan.knowledge).score
    evidence = evidence_of_scores(standing, client, contact, facets, gap.score)
    silence = trusted_while_silent(standing, client, policy.divergence)
    return WeeklyReading(
        trust=client.shown,
        trust_own=gap.own.shown,
        trust_independent=gap.independent.shown,
        engagement=contact.shown,
        perception=gap.score.shown,
        knowledge=facets.shown,
        participation=participation_score(standing, plan.participation).shown,
        stages_met=stages_met(evidence, policy.maturity),
        criteria_met=criteria_counts(evidence, policy.maturity),
        green_tickets=tickets_green(standing, policy.divergence),
        trusted_but_silent=bounded_sum(*silence.values),
    )


def _evidence(standing: DecayedSums, scores: RelationshipScores) -> Evidence:
    return evidence_of_scores(
        standing, scores.trust, scores.engagement, scores.knowledge.score, scores.perception.score
    )
