"""Changes of trust by component, against the weeks that its trend is compared with."""

from collections.abc import Sequence
from typing import NamedTuple

from rapport.domain.ledger.decayed_sums import DecayedSumHistory
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport.domain.scoring.trust import trust
from rapport.domain.verdicts.facts import OwnFacts


class ComponentChange(NamedTuple):
    """The points of a component today, and their difference from the past; 1 is the whole score."""

    component: str
    points: float
    now: float


def trust_changes(facts: OwnFacts) -> tuple[ComponentChange, ...]:
    """Return how each component of trust differs from its mean over the baseline weeks.

    These weeks are evaluated again: only their score is kept, and few clients have a trend.
    """
    weeks = facts.own.weeks[-facts.policy.compare.past_weeks :]
    known = [len(weeks) - index for index, week in enumerate(weeks) if week.trust is not None]
    history = DecayedSumHistory(facts.compiled, facts.amounts)
    past = [trust(history.sums_at(facts.week_end(ago)), facts.compiled.trust) for ago in known]
    return component_changes(facts.own.scores.trust, past) if past else ()


def component_changes(now: Score, past: Sequence[Score]) -> tuple[ComponentChange, ...]:
    """Return the change of each component; those ever combined for a small group count as one."""
    scores = (now, *past)
    small = {name for one in scores if one.withheld for name in one.withheld.combined}
    present, *before = [_points(one, small) for one in scores]
    changes = []
    for name in sorted(set().union(present, *before)):
        mean = sum(points.get(name, 0.0) for points in before) / len(before)
        value = present.get(name, 0.0)
        changes.append(ComponentChange(name, value - mean, value))
    return tuple(changes)


def _points(score: Score, small: set[str]) -> dict[str, float]:
    points: dict[str, float] = {}
    for part in score.parts:
        name = COMBINED if part.component in small else part.component
        points[name] = points.get(name, 0.0) + score.ratio(part.points)
    return points
