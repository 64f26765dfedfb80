"""Concerns about trust: it falls, is low, or is under its target; and the news that it rose."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from rapport.domain.comparison.trend import median_before, weeks_falling
from rapport.domain.concerns.looks import UNKNOWN
from rapport.domain.concerns.verdict import Concern, Figure
from rapport.domain.scoring.changeable import gains
from rapport.domain.scoring.looks import low_look, under_target_look
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.trust import probability_under
from rapport.domain.verdicts.evidence import recent_share
from rapport.domain.verdicts.facts import OwnConcern, OwnFacts
from rapport.domain.verdicts.steps import first_step

SPOKEN: Final = "survey"
"""The component that IT can talk about, where no other can be changed."""


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
        figures = {"mark": facts.marks.trust_low, "loss": largest_loss(score)}
        yield _below(facts, "trust_low", since, figures)
        return
    since = facts.since(chain((under,), (week.under_target_look for week in reversed(weeks))))
    if since is not None:
        yield _below(facts, "trust_under_target", since, {"gain": largest_loss(score)})


def largest_loss(score: Score) -> str | None:
    """Return the component with the most missing points among those that IT can act on."""
    spoken = (part for part in score.lacking() if part.component == SPOKEN)
    return next((part.component for part in chain(gains(score), spoken)), None)


def _below(facts: OwnFacts, kind: str, since: int, figures: Mapping[str, Figure]) -> OwnConcern:
    score, target = facts.own.scores.trust, float(facts.policy.compare.targets.trust)
    probability = probability_under(score, target)
    known = {"trust": score.shown, "target": target, "probability": probability}
    step = {"gain": first_step(facts)} if "gain" in figures else {}
    concern = Concern(
        kind=kind,
        since=since,
        sureness=probability,
        recent=recent_share(facts.own.scores, "client"),
        figures={**known, **figures, **step},
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
            figures={"now": now, "past": past, "loss": largest_loss(score)},
        )
        yield OwnConcern(concern, score="trust")
    rising = weeks_falling([None if week is None else -week for week in weeks], -now, compare)
    if rising is not None:
        news = Concern(
            kind="trust_risen",
            since=facts.day_of_look(rising),
            figures={"now": now, "past": past, "gain": _largest_gain(score)},
        )
        yield OwnConcern(news)


def _largest_gain(score: Score) -> str | None:
    gains = [part for part in score.parts if part.points > 0]
    best = max(gains, key=lambda part: part.points, default=None)
    return None if best is None else best.component
