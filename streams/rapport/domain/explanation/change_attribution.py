"""Change attribution: the exact parts of a score's change since its last announcement.

The outbox keeps the attribution rows of each announced score. The next change is the difference
from those rows and not from a day, so an event of today or a late one is listed as such. Older rows
are added up per component and kind, which bounds their number; the sums stay exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final

from rapport.domain.calendar import dated
from rapport.domain.explanation.apportionment import BASE, SILENCE, PointsRow
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.row_suppression import (
    SMALL_GROUP,
    RowKey,
    RowSuppression,
    row_suppression,
)
from rapport.domain.scoring.score import METHOD, Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport_schemas.exact_numbers import Points
from rapport_schemas.health import Attribution, Evidence, bounded

Differences = dict[RowKey, tuple[Fraction, int]]
Rows = tuple[Sequence[PointsRow], int]
"""Rows, and the denominator of their points."""
DATED_ROWS_DAYS: Final = 7
"""The number of days whose rows keep their day."""
DECAY: Final = "decay"
POLICY: Final = "policy"
CHANGED_METHOD: Final = "method"
INSUFFICIENT: Final = "insufficient"
FIGURES: Final = frozenset({"perception", "maturity"})
"""The scores that are announced as figures, as they are not between 0 and 1."""
WITHOUT_EVENTS: Final = frozenset({BASE, SILENCE, "criterion", "trust"})
"""The kinds of rows without events."""
BASELINES: Final = {"maturity": Fraction(1)}
"""The scores whose value without data differs from the baseline of their rows."""


@dataclass(frozen=True, slots=True)
class AnnouncedScore:
    """The last announced state of one score of a client."""

    id: str
    day: int
    policy: str
    value: Fraction | None
    """None: the evidence was insufficient."""
    since: int
    """Rows of earlier days are added up per component and kind."""
    denominator: int
    """The denominator of the points of the rows."""
    rows: tuple[PointsRow, ...]
    combined: tuple[str, ...] = ()
    """The components that small-group suppression combined."""
    method: int = METHOD
    """The version of the formulas that the value was calculated with."""


def sufficient_value(score: Score) -> Fraction | None:
    """Return the value of a score; None if its evidence is insufficient."""
    return score.value if score.sufficient else None


def baseline_of(score: Score) -> Fraction:
    """Return the score of a client without any data."""
    fixed = BASELINES.get(score.name)
    return Fraction(score.baseline, score.denominator) if fixed is None else fixed


def compact_rows(rows: Iterable[PointsRow], since: int) -> tuple[PointsRow, ...]:
    """Return the rows, with those before `since` added up per component and kind.

    The one row of a silence keeps its day, which says since when.

    >>> compact_rows([PointsRow("x", "rating", 1, 5, 1), PointsRow("x", "rating", 2, 6, 1)], 3)
    (PointsRow(component='x', kind='rating', day=None, points=11, events=2),)
    """
    sums: dict[RowKey, tuple[int, int]] = {}
    for component, kind, day, points, events in rows:
        is_dated = day is not None and (day >= since or kind == SILENCE)
        key = (component, kind, day if is_dated else None)
        previous = sums.get(key, (0, 0))
        sums[key] = previous[0] + points, previous[1] + events
    return tuple(PointsRow(*key, *total) for key, total in sums.items())


def announced_score(now: ScoreAttribution, identity: str, day: int, policy: str) -> AnnouncedScore:
    """Return the state to keep of an announcement."""
    score, since = now.score, day - DATED_ROWS_DAYS
    rows = compact_rows(now.all_rows, since)
    value = sufficient_value(score)
    return AnnouncedScore(
        identity, day, policy, value, since, score.denominator, rows, now.combined
    )


def change_attribution(
    before: AnnouncedScore | None, now: ScoreAttribution, policy: str
) -> list[Attribution]:
    """Return the parts of a change; they add up to it, with the baseline for an unknown value."""
    score = now.score
    suppression = _suppression(before, now)
    start, end = (_suppressed(rows, suppression) for rows in _compared_rows(before, now))
    parts = _differences(start, end)
    if before is not None and not score.sufficient:
        parts = _by_component(parts, INSUFFICIENT if before.method == METHOD else CHANGED_METHOD)
    elif before is not None and before.value is not None:
        parts = _merge_reweighted(parts, _reweighted_by(before, policy))
    listed = [_part(key, *total) for key, total in parts.items() if total[0]]
    # From unknown to exactly the baseline, or back, there is one part of 0 points.
    return bounded(listed or [_part((BASE, BASE, None), Fraction(0), 0)])


def combined_components(before: AnnouncedScore | None, now: ScoreAttribution) -> list[str]:
    """Return the components that small-group suppression combines in the parts of a change."""
    return sorted(_suppression(before, now).combined - {COMBINED})


def _compared_rows(before: AnnouncedScore | None, now: ScoreAttribution) -> tuple[Rows, Rows]:
    """Return the rows of a score as it was announced, and as it is now."""
    score = now.score
    if not score.sufficient:
        return _rows_before(before, score), _flat(baseline_of(score))
    rows = compact_rows(now.all_rows, before.since) if before else now.rows
    return _rows_before(before, score), (rows, score.denominator)


def _suppression(before: AnnouncedScore | None, now: ScoreAttribution) -> RowSuppression:
    (start, _), (end, _) = _compared_rows(before, now)
    combined = (*(before.combined if before else ()), *now.combined)
    return row_suppression(start, end, combined, now.minimum_people)


def _suppressed(rows: Rows, suppression: RowSuppression) -> Rows:
    return tuple(map(suppression.suppressed, rows[0])), rows[1]


def _reweighted_by(before: AnnouncedScore, policy: str) -> str:
    """Return why evidence weighs differently than it did in the last announcement."""
    if before.method != METHOD:
        return CHANGED_METHOD
    return POLICY if before.policy != policy else DECAY


def _part(key: RowKey, points: Fraction, events: int) -> Attribution:
    component, kind, day = key
    return Attribution(
        component=component,
        kind=kind,
        day=None if day is None else dated(day),
        points=Points.of(points),
        events=abs(events),
    )


def evidence(rows: Iterable[PointsRow]) -> list[Evidence]:
    """Return the evidence of a score by kind of event; an event counts once in each component.

    A kind whose days are all suppressed is left out.
    """
    kinds: dict[str, dict[str, int]] = {}
    days: dict[str, list[int]] = {}
    for row in rows:
        if row.events > 0:
            counts = kinds.setdefault(row.kind, {})
            counts[row.component] = counts.get(row.component, 0) + row.events
            if row.day is not None:
                days.setdefault(row.kind, []).append(row.day)
    return [
        Evidence(
            kind=kind,
            events=max(kinds[kind].values()),
            first_day=dated(min(days[kind])),
            last_day=dated(max(days[kind])),
        )
        for kind in sorted(days)
    ]


def _flat(value: Fraction) -> tuple[tuple[PointsRow, ...], int]:
    return (PointsRow(BASE, BASE, None, value.numerator),), value.denominator


def _rows_before(before: AnnouncedScore | None, score: Score) -> Rows:
    if before is None or before.value is None:
        return _flat(baseline_of(score))
    return before.rows, before.denominator


def _differences(start: Rows, end: Rows) -> Differences:
    """Return row key -> (points, events) of the differences."""
    denominator = lcm(start[1], end[1])
    sums: dict[RowKey, list[int]] = {}
    for sign, (rows, scale) in ((-1, start), (1, end)):
        for component, kind, day, points, events in rows:
            entry = sums.setdefault((component, kind, day), [0, 0])
            entry[0] += sign * points * (denominator // scale)
            entry[1] += sign * events
    return {key: (Fraction(points, denominator), events) for key, (points, events) in sums.items()}


def _merge_reweighted(parts: Differences, reweighted: str) -> Differences:
    """Return the parts, with those without new events added up per component, as `reweighted`."""
    merged: Differences = {}
    for (component, kind, day), (points, events) in parts.items():
        separate = events or kind == SMALL_GROUP or (kind in WITHOUT_EVENTS and reweighted == DECAY)
        key = (component, kind, day) if separate else (component, reweighted, None)
        previous = merged.get(key, (Fraction(0), 0))
        merged[key] = previous[0] + points, previous[1] + events
    return merged


def _by_component(parts: Mapping[RowKey, tuple[Fraction, int]], kind: str) -> Differences:
    merged: Differences = {}
    for (component, _, _), (points, _) in parts.items():
        previous = merged.get((component, kind, None), (Fraction(0), 0))
        merged[component, kind, None] = previous[0] + points, 0
    return merged
