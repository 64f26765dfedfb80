"""The metrics of the other scores: perception, knowledge, participation, maturity, divergence.

A score without sufficient evidence has no series.
"""

from collections.abc import Iterator
from typing import Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.comparison.benchmark import TARGETS, gap_of
from rapport.domain.comparison.trend import trend
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics.model import MetricGroup, Sample, optional_sample

RELATIONSHIP: Final = MetricGroup()
TRUST_VIEW: Final = RELATIONSHIP.gauge(
    "client_trust_view_ratio",
    "Trust as IT itself (own) or an independent party (independent) sees it, 0 to 1; absent while "
    "too few people answered.",
    "client",
    "viewpoint",
)
PERCEPTION: Final = RELATIONSHIP.gauge(
    "client_perception_gap_ratio",
    "IT's own trust less the independent, else the client's, -1 to 1; above 0 IT overrates "
    "itself; absent while too few people answered.",
    "client",
)
PERCEPTION_PROBABILITY: Final = RELATIONSHIP.gauge(
    "client_perception_gap_probability_ratio",
    "Probability that IT rates itself higher than the other side does, 0 to 1.",
    "client",
)
OVERRATES: Final = RELATIONSHIP.gauge(
    "client_perception_overrated",
    "1 when the gap is great and sure enough to say that IT overrates itself, else 0.",
    "client",
)
KNOWLEDGE: Final = RELATIONSHIP.gauge(
    "client_knowledge_ratio", "How complete and fresh IT's knowledge is, 0 to 1.", "client"
)
FACET_WORTH: Final = RELATIONSHIP.gauge(
    "client_knowledge_facet_ratio",
    "Value of a facet of the knowledge: source times freshness, 0 to 1.",
    "client",
    "facet",
)
FACET_STALE: Final = RELATIONSHIP.gauge(
    "client_knowledge_facet_stale",
    "1 when a facet was recorded and is past its validity, else 0.",
    "client",
    "facet",
)
PARTICIPATION: Final = RELATIONSHIP.gauge(
    "client_participation_ratio",
    "Participation of all roles of IT with one message, 0 to 1.",
    "client",
)
ROLE_BREADTH: Final = RELATIONSHIP.gauge(
    "client_role_breadth_ratio",
    "Participation of a role of IT, 0 to 1; it saturates with touchpoints.",
    "client",
    "role",
)
MESSAGE: Final = RELATIONSHIP.gauge(
    "client_message_share_ratio",
    "Ratio of touchpoints that carried the agreed message; absent below the minimum group.",
    "client",
)
MATURITY_STAGE: Final = RELATIONSHIP.gauge(
    "client_maturity_stage",
    "Maturity stage: 1 IT supplier, 2 partner, 3 innovative anticipator.",
    "client",
)
MATURITY_INDEX: Final = RELATIONSHIP.gauge(
    "client_maturity_index",
    "Stage plus the ratio of the next stage's criteria that are met, 1 to 3.",
    "client",
)
MATURITY_STEP: Final = RELATIONSHIP.gauge(
    "client_maturity_step",
    "1 when a stage was won in the last 4 closed weeks, -1 when one was lost, else 0.",
    "client",
)
DIVERGENCE: Final = RELATIONSHIP.gauge(
    "client_divergence_ratio", "How strongly signs contradict each other, 0 to 1.", "client"
)
DIVERGENCE_ALERT: Final = RELATIONSHIP.gauge(
    "client_divergence_alert", "1 when a contradiction is worth a warning, else 0.", "client"
)
SCORE_CONFIDENCE: Final = RELATIONSHIP.gauge(
    "client_score_confidence_ratio",
    "How sure a score is, 0 to 1: of trust 1 less its uncertainty, of engagement the ratio of its "
    "inputs that are known; absent while the score is.",
    "client",
    "score",
)
SCORE_PAST: Final = RELATIONSHIP.gauge(
    "client_score_past_ratio",
    "Median of a score over the client's own last closed weeks; absent while too few weeks are "
    "known.",
    "client",
    "score",
)
SCORE_FALLING: Final = RELATIONSHIP.gauge(
    "client_score_falling",
    "1 when two consecutive evaluations were far below the client's own median, until two are "
    "back, else 0.",
    "client",
    "score",
)
POINTS_MISSING: Final = RELATIONSHIP.gauge(
    "client_points_missing_ratio",
    "Points that a component could give to a score and does not, 0 to 1.",
    "client",
    "score",
    "component",
)
IMPACT: Final = RELATIONSHIP.gauge(
    "client_impact",
    "Contact volume times the gap between a score and its target; 0 on target.",
    "client",
    "score",
)
TARGET: Final = RELATIONSHIP.gauge(
    "score_target_ratio", "What a score should be at least, by the policy, 0 to 1.", "score"
)
EVIDENCE: Final = MetricGroup()
ROLE_TOUCHPOINTS: Final = EVIDENCE.gauge(
    "client_role_touchpoints",
    "Decayed number of touchpoints that a role of IT took part in; absent below the minimum group.",
    "client",
    "role",
)
ROLE_MESSAGE: Final = EVIDENCE.gauge(
    "client_role_message_share_ratio",
    "Ratio of a role's touchpoints with the agreed message; absent below the minimum group.",
    "client",
    "role",
)
FACET_OBSERVED: Final = EVIDENCE.gauge(
    "client_knowledge_facet_observed_timestamp_seconds",
    "The start of the day on which a facet was last learned; absent when it never was.",
    "client",
    "facet",
)


def relationship_samples(
    health: ClientHealth, policy: ComparePolicy, calendar: Calendar = UTC_CALENDAR
) -> Iterator[Sample]:
    """Yield the series of one client."""
    yield from _perception(health)
    yield from _knowledge(health, calendar)
    yield from _participation(health)
    yield from _maturity(health)
    yield from _gaps(health, policy)
    yield from _trends(health, policy)


def target_samples(policy: ComparePolicy) -> Iterator[Sample]:
    """Yield the target of each score."""
    for name in TARGETS:
        yield Sample(TARGET, (name,), getattr(policy.targets, name))


def _perception(health: ClientHealth) -> Iterator[Sample]:
    client, perception = (health.client,), health.perception
    yield from optional_sample(TRUST_VIEW, (*client, "own"), perception.own.shown)
    yield from optional_sample(TRUST_VIEW, (*client, "independent"), perception.independent.shown)
    if perception.score.shown is not None:
        yield Sample(PERCEPTION, client, perception.score.shown)
        yield Sample(OVERRATES, client, int(perception.overrates))
    yield from optional_sample(PERCEPTION_PROBABILITY, client, perception.probability)


def _knowledge(health: ClientHealth, calendar: Calendar) -> Iterator[Sample]:
    knowledge = health.knowledge
    for facet in knowledge.facets:
        if facet.observed_day is not None:
            labels = (health.client, facet.name)
            yield Sample(FACET_OBSERVED, labels, calendar.start_of(facet.observed_day))
    if knowledge.score.shown is not None:
        yield Sample(KNOWLEDGE, (health.client,), knowledge.score.shown)
        for facet in knowledge.facets:
            yield Sample(FACET_WORTH, (health.client, facet.name), facet.worth)
            yield Sample(FACET_STALE, (health.client, facet.name), int(facet.stale))


def _participation(health: ClientHealth) -> Iterator[Sample]:
    client, participation = (health.client,), health.participation
    for role in participation.roles:
        yield from optional_sample(ROLE_TOUCHPOINTS, (*client, role.name), role.touchpoints)
        yield from optional_sample(ROLE_MESSAGE, (*client, role.name), role.message)
    if participation.score.shown is None:
        return
    yield Sample(PARTICIPATION, client, participation.score.shown)
    for part in participation.score.parts:
        group, _, name = part.component.partition(".")
        if group == "roles":
            yield Sample(ROLE_BREADTH, (*client, name), part.points / part.possible)
    yield from optional_sample(MESSAGE, client, participation.message)


def _maturity(health: ClientHealth) -> Iterator[Sample]:
    client, maturity, divergence = (health.client,), health.maturity, health.divergence
    if maturity.score.shown is not None:
        yield Sample(MATURITY_STAGE, client, maturity.stage)
        yield Sample(MATURITY_INDEX, client, maturity.score.shown)
        yield Sample(MATURITY_STEP, client, maturity.step)
    if divergence.score.shown is not None:
        yield Sample(DIVERGENCE, client, divergence.score.shown)
        yield Sample(DIVERGENCE_ALERT, client, int(divergence.alert))


def _gaps(health: ClientHealth, policy: ComparePolicy) -> Iterator[Sample]:
    for score in health.scores:
        if score.shown is None:
            continue
        labels = (health.client, score.name)
        yield Sample(SCORE_CONFIDENCE, labels, score.confidence)
        if score.name in TARGETS:
            yield Sample(IMPACT, labels, health.volume * gap_of(score, policy))
            for part in score.parts:
                missing = score.ratio(part.missing)
                yield Sample(POINTS_MISSING, (*labels, part.component), missing)


def _trends(health: ClientHealth, policy: ComparePolicy) -> Iterator[Sample]:
    for score in (health.trust, health.engagement):
        weeks = [getattr(week, score.name) for week in health.weeks]
        change, labels = trend(weeks, score.shown, policy), (health.client, score.name)
        if change.falling is not None and change.baseline is not None:
            yield Sample(SCORE_PAST, labels, change.baseline)
            yield Sample(SCORE_FALLING, labels, int(change.falling))
