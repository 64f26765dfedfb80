"""Concerns about the relationship: engagement, maturity stage, contradiction, gap and knowledge."""

from collections.abc import Iterator

from rapport.domain.comparison.trend import median_before, weeks_falling
from rapport.domain.concerns.looks import strength
from rapport.domain.concerns.verdict import Concern
from rapport.domain.ledger.decay import UNIT
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.windows import UNKNOWN, Windows
from rapport.domain.scoring.divergence import (
    GREEN_WHILE_BUYING,
    TRUSTED_WHILE_SILENT,
    rising,
    week_strength,
)
from rapport.domain.scoring.evaluate import WeeklyReading
from rapport.domain.scoring.looks import overrated_look
from rapport.domain.scoring.maturity import Maturity
from rapport.domain.verdicts.evidence import recent_share
from rapport.domain.verdicts.facts import ClientFacts, OwnConcern, OwnFacts


def own_relationship_concerns(facts: OwnFacts) -> Iterator[OwnConcern]:
    """Yield the concerns about the relationship that follow from the client's ledger alone."""
    yield from _engagement_fading(facts)
    yield from _overrated(facts)
    yield from _knowledge_stale(facts)


def relationship_concerns(facts: ClientFacts) -> Iterator[Concern]:
    """Yield those that depend on its purchases too, and the news of a stage that was won."""
    yield from _stage(facts)
    yield from _contradiction(facts)


def is_broken(facts: ClientFacts, source: str) -> bool:
    """Return whether the feed of a source is broken, so that its silence says nothing."""
    return facts.context.feeds[source].state == "broken"


def _engagement_fading(facts: OwnFacts) -> Iterator[OwnConcern]:
    score, compare = facts.own.scores.engagement, facts.policy.compare
    if score.shown is None:
        return
    weeks = [week.engagement for week in facts.own.weeks]
    falling = weeks_falling(weeks, score.shown, compare)
    if falling is None:
        return
    roles = facts.own.scores.participation.roles
    concern = Concern(
        kind="engagement_fading",
        since=facts.day_of_look(falling),
        figures={
            "now": score.shown,
            "past": median_before(weeks, compare),
            "roles": tuple(role.name for role in roles if not role.takes_part),
            "silence_days": _touchpoint_silence_days(facts),
        },
    )
    yield OwnConcern(concern, source="relationship")


def _touchpoint_silence_days(facts: OwnFacts) -> int | None:
    """Return the days since the last touchpoint; None when there never was one."""
    days = [
        at
        for key, amounts in facts.amounts.items()
        if key.startswith("touch|")
        for at in amounts
        if at <= facts.day
    ]
    return facts.day - max(days) if days else None


def _stage(facts: ClientFacts) -> Iterator[Concern]:
    maturity = facts.health.maturity
    if not maturity.step or maturity.score.confidence < facts.marks.stage_confidence:
        return
    since = facts.week_end(maturity.step_weeks_ago)
    before = maturity.stage - maturity.step
    if maturity.step > 0:
        figures = {"stage": maturity.stage, "before": before}
        yield Concern(kind="stage_won", since=since, figures=figures)
    else:
        lost = {"stage": maturity.stage, "before": before, "criterion": _lost(maturity)}
        yield Concern(kind="stage_lost", since=since, figures=lost)


def _lost(maturity: Maturity) -> str | None:
    """Return the criterion of the lost stage that is farthest from being met."""
    unmet = maturity.unmet_criteria
    return unmet[-1].name if unmet else None


def _contradiction(facts: ClientFacts) -> Iterator[Concern]:
    patterns = {pattern.name: pattern for pattern in facts.health.divergence.patterns}
    strengths = {
        name: pattern.strength / UNIT if pattern.has_values else None
        for name, pattern in patterns.items()
    }
    known = {name: strength for name, strength in strengths.items() if strength is not None}
    strongest = max(known, key=lambda name: known[name], default=None)
    now = 0.0 if strongest is None else known[strongest]
    since = facts.since(_contradiction_looks(facts, now))
    if since is None or strongest is None:
        return
    if strongest == TRUSTED_WHILE_SILENT and is_broken(facts, "surveys"):
        return
    buying = strongest == GREEN_WHILE_BUYING
    yield Concern(
        kind="signs_contradict",
        since=since,
        sureness=facts.health.purchases.confidence if buying else 1.0,
        recent=1.0 if buying else recent_share(facts.own.scores, "client"),
        figures={"strength": now, "pattern": strongest},
    )


def _contradiction_looks(facts: ClientFacts, now: float) -> Iterator[int]:
    yield _contradicts(facts, now)
    limits = facts.policy.purchases
    outside = None if facts.health.purchases.state == UNKNOWN else facts.windows
    for ago, week in enumerate(reversed(facts.health.weeks), 1):
        yield _contradicts(facts, _past_strength(week, outside, ago, limits))


def _contradicts(facts: ClientFacts, now: float) -> int:
    begin = facts.policy.divergence.alert
    return strength(begins=now >= begin, holds=now >= begin - facts.marks.contradiction_margin)


def _past_strength(
    week: WeeklyReading, outside: Windows | None, weeks_ago: int, limits: PurchasePolicy
) -> float:
    """Return the strength at the end of a closed week; without `outside`, of one pattern."""
    rises = None
    if week.green_tickets and outside is not None:
        window = outside.closed(weeks_ago)
        rises = rising(window.observed, window.probability, limits)
    return (week_strength(week.green_tickets, week.trusted_but_silent, rises) or 0) / UNIT


def _overrated(facts: OwnFacts) -> Iterator[OwnConcern]:
    scores, since = facts.own.scores, facts.since(overrated_looks(facts))
    if since is None:
        return
    gap = scores.perception
    concern = Concern(
        kind="overrated",
        since=since,
        sureness=gap.probability or 0.0,
        recent=min(recent_share(scores, "own"), recent_share(scores, gap.against)),
        figures={"gap": gap.score.shown, "probability": gap.probability, "against": gap.against},
    )
    yield OwnConcern(concern, score="perception")


def overrated_looks(facts: OwnFacts) -> Iterator[int]:
    """Yield whether IT overrates itself, the newest look first."""
    yield overrated_look(facts.own.scores.perception, facts.policy)
    for week in reversed(facts.own.weeks):
        yield week.overrated_look


def _knowledge_stale(facts: OwnFacts) -> Iterator[OwnConcern]:
    knowledge = facts.own.scores.knowledge
    if not knowledge.stale:
        return
    expired = (
        facet.observed_day + facet.valid_days + 1
        for facet in knowledge.facets
        if facet.stale and facet.observed_day is not None
    )
    concern = Concern(
        kind="knowledge_stale",
        since=min(expired),
        figures={"facets": knowledge.stale, "knowledge": knowledge.score.shown},
    )
    yield OwnConcern(concern, source="relationship")
