"""Concerns about trust: it falls, is low, or is under its target; and the news that it rose."""

from collections.abc import Iterator, Mapping
from itertools import chain

from rapport.domain.comparison.trend import median_before, weeks_falling
from rapport.domain.concerns.looks import UNKNOWN
from rapport.domain.concerns.verdict import Concern, Figure
from rapport.domain.scoring.looks import low_look, under_target_look
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport.domain.scoring.trust import probability_under
from rapport.domain.verdicts.evidence import recent_share
from rapport.domain.verdicts.facts import OwnConcern, OwnFacts
from rapport.domain.verdicts.steps import first_step
from rapport.domain.verdicts.trust_changes import trust_changes


def trust_concerns(facts: OwnFacts) -> Iterator[OwnConcern]:
    """Yield the concerns about a client's trust, and the news that it rose."""
    score, policy, weeks = facts.own.scores.trust, facts.policy, facts.own.weeks
    under = under_target_look(score, policy)
    if under == UNKNOWN:
        return
    yield from _trends(facts)
    low = (week.low_look for week in reversed(weeks))
    since = facts.since(chain((low_look(score, under, policy),), low))
    if since is not None:
        figures = {"mark": facts.marks.trust_low, "loss": lowest_part(score)}
        yield _below(facts, "trust_low", since, figures)
        return
    since = facts.since(chain((under,), (week.under_target_look for week in reversed(weeks))))
    if since is not None:
        yield _below(facts, "trust_under_target", since, {"gain": first_step(facts)})


def lowest_part(score: Score) -> str | None:
    """Return the component that takes the most points, whether IT can change it or not."""
    lowest = min(score.parts, key=lambda part: part.points, default=None)
    if lowest is None or lowest.points >= 0 or lowest.component == COMBINED:
        return None
    return lowest.component


def _below(facts: OwnFacts, kind: str, since: int, figures: Mapping[str, Figure]) -> OwnConcern:
    score, target = facts.own.scores.trust, float(facts.policy.compare.targets.trust)
    probability = probability_under(score, target)
    known = {"trust": score.shown, "target": target, "probability": probability}
    concern = Concern(
        kind=kind,
        since=since,
        sureness=probability,
        recent=recent_share(facts.own.scores, "client"),
        figures={**known, **figures},
    )
    return OwnConcern(concern, score="trust")


def _trends(facts: OwnFacts) -> Iterator[OwnConcern]:
    score, compare = facts.own.scores.trust, facts.policy.compare
    now = score.numerator / score.denominator
    weeks = [week.trust for week in facts.own.weeks]
    past = median_before(weeks, compare)
    if past is None:
        return
    falling = weeks_falling(weeks, now, compare)
    if falling is not None:
        concern = Concern(
            kind="trust_falling",
            since=facts.day_of_look(falling),
            sureness=probability_under(score, past),
            recent=recent_share(facts.own.scores, "client"),
            figures={"now": now, "past": past, **_cause_of_fall(facts)},
        )
        yield OwnConcern(concern, score="trust")
    rising = weeks_falling([None if week is None else -week for week in weeks], -now, compare)
    if rising is not None:
        news = Concern(
            kind="trust_risen",
            since=facts.day_of_look(rising),
            figures={"now": now, "past": past, "gain": _cause_of_rise(facts)},
        )
        yield OwnConcern(news)


def _cause_of_fall(facts: OwnFacts) -> Mapping[str, Figure]:
    lost = min(trust_changes(facts), key=lambda change: change.points, default=None)
    if lost is None or lost.points >= 0 or lost.component == COMBINED:
        return {"loss": None}
    return {"loss": lost.component, "loss_points": lost.now}


def _cause_of_rise(facts: OwnFacts) -> str | None:
    """Return the component that gained most; none where only bad evidence became less."""
    won = max(trust_changes(facts), key=lambda change: change.points, default=None)
    if won is None or won.points <= 0 or won.now <= 0 or won.component == COMBINED:
        return None
    return won.component
