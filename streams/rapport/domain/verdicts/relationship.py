"""Concerns about the relationship: engagement, maturity stage, contradiction, gap and knowledge."""

from collections.abc import Iterator

from rapport.domain.comparison.trend import median_before, weeks_falling
from rapport.domain.concerns.looks import strength
from rapport.domain.concerns.verdict import Concern
from rapport.domain.ledger.decay import UNIT
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.divergence import (
    GREEN_WHILE_BUYING,
    TRUSTED_WHILE_SILENT,
    DivergencePattern,
    bounded_sum,
    rising,
)
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
    """Yield the strongest pattern of those that are on, each by its own looks."""
    on = [
        (pattern.strength, since, pattern.name)
        for pattern in facts.health.divergence.patterns
        if (since := facts.since(_contradiction_looks(facts, pattern))) is not None
        and not (pattern.name == TRUSTED_WHILE_SILENT and is_broken(facts, "surveys"))
    ]
    if not on:
        return
    strongest, since, name = max(on)
    buying = name == GREEN_WHILE_BUYING
    yield Concern(
        kind="signs_contradict",
        since=since,
        sureness=facts.health.purchases.confidence if buying else 1.0,
        recent=1.0 if buying else recent_share(facts.own.scores, "client"),
        figures={"strength": strongest / UNIT, "pattern": name},
        is_apart=not buying,
    )


def _contradiction_looks(facts: ClientFacts, pattern: DivergencePattern) -> Iterator[int]:
    """Yield whether a pattern is there, the newest look first."""
    yield _contradicts(facts, pattern.strength)
    for ago, week in enumerate(reversed(facts.health.weeks), 1):
        if pattern.name == TRUSTED_WHILE_SILENT:
            yield _contradicts(facts, week.trusted_but_silent)
        else:
            yield _contradicts(facts, bounded_sum(week.green_tickets, _past_rise(facts, ago)))


def _contradicts(facts: ClientFacts, units: int | None) -> int:
    now, begin = (units or 0) / UNIT, facts.policy.divergence.alert
    return strength(begins=now >= begin, holds=now >= begin - facts.marks.contradiction_margin)


def _past_rise(facts: ClientFacts, weeks_ago: int) -> int | None:
    """Return the rise of purchases at the end of a closed week; None where it is unknown."""
    if facts.health.purchases.state == UNKNOWN:
        return None
    window = facts.windows.closed(weeks_ago)
    return rising(window.observed, window.probability, facts.policy.purchases)


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
