"""What changed about a client since it was last announced, and exactly what the change comes from.

What was announced is kept as rows of reasons, so that the next change is told against that moment
and not against a day: an event of today, or one that came late, is told as what it is. Old rows are
kept as one per component and kind, which bounds them; the sums stay exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final

from rapport.domain.calendar import dated
from rapport.domain.explanation.apportionment import BASE, Row
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.row_suppression import FEW, row_suppression
from rapport.domain.scoring.score import Score
from rapport_schemas.exact_numbers import Points
from rapport_schemas.health import Attribution, Evidence, bounded

DATED_ROWS_DAYS: Final = 7
"""Rows of this many days are kept day by day."""
DECAY: Final = "decay"
POLICY: Final = "policy"
INSUFFICIENT: Final = "insufficient"
FIGURES: Final = frozenset({"perception", "maturity"})
"""Scores that are no share of one."""
WITHOUT_EVENTS: Final = frozenset({BASE, "criterion", "trust"})
"""Kinds of reasons that are no events."""
BASELINES: Final = {"divergence": Fraction(0), "maturity": Fraction(1)}
"""Of scores whose rows begin elsewhere than where nothing is known."""
Place = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class AnnouncedScore:
    """What was last announced of a score of a client."""

    id: str
    day: int
    policy: str
    value: Fraction | None
    """None: it was insufficient."""
    since: int
    """Rows of before that day are one per component and kind."""
    denominator: int
    """Of the rows' points."""
    rows: tuple[Row, ...]
    combined: tuple[str, ...] = ()
    """Components that are told as one."""


def sufficient_value(score: Score) -> Fraction | None:
    """Return a score as it is shown: None where evidence is insufficient."""
    return score.value if score.sufficient else None


def baseline_of(score: Score) -> Fraction:
    """Return the score of a client of whom nothing is known."""
    found = BASELINES.get(score.name)
    return Fraction(score.baseline, score.denominator) if found is None else found


def compact_rows(rows: Iterable[Row], since: int) -> tuple[Row, ...]:
    """Return rows with those of before `since` as one per component and kind.

    >>> compact_rows([Row("x", "rating", 1, 5, 1), Row("x", "rating", 2, 6, 1)], 3)
    (Row(component='x', kind='rating', day=None, points=11, events=2),)
    """
    sums: dict[Place, tuple[int, int]] = {}
    for component, kind, day, points, events in rows:
        place = (component, kind, None if day is None or day < since else day)
        had = sums.get(place, (0, 0))
        sums[place] = had[0] + points, had[1] + events
    return tuple(Row(*place, *found) for place, found in sums.items())


def announced_score(
    found: ScoreAttribution, identity: str, day: int, policy: str
) -> AnnouncedScore:
    """Return what is to be kept of an announcement."""
    score, since = found.score, day - DATED_ROWS_DAYS
    rows = compact_rows(found.rows, since)
    value = sufficient_value(score)
    return AnnouncedScore(
        identity, day, policy, value, since, score.denominator, rows, found.combined
    )


def change_attribution(
    before: AnnouncedScore | None, now: ScoreAttribution, policy: str
) -> list[Attribution]:
    """Return the parts of a change; they add up to it exactly, unknown being the baseline."""
    score = now.score
    start, scale = _standing_before(before, score), score.denominator
    rows = compact_rows(now.rows, before.since) if before else now.rows
    if not score.sufficient:
        rows, scale = _flat(baseline_of(score))
    together = (*(before.combined if before else ()), *now.combined)
    parts = _differences(*_without_few(start, (rows, scale), together, now.minimum_people))
    if before is not None and not score.sufficient:
        parts = _by_component(parts, INSUFFICIENT)
    elif before is not None and before.value is not None:
        faded = POLICY if before.policy != policy else DECAY
        parts = _with_faded(parts, faded)
    told = [_told(place, *found) for place, found in parts.items() if found[0]]
    # From unknown to exactly the baseline, or back: nothing was added, and that is said.
    return bounded(told or [_told((BASE, BASE, None), Fraction(0), 0)])


def _told(place: Place, points: Fraction, events: int) -> Attribution:
    component, kind, day = place
    return Attribution(
        component=component,
        kind=kind,
        day=None if day is None else dated(day),
        points=Points.of(points),
        events=abs(events),
    )


def evidence(rows: Iterable[Row]) -> list[Evidence]:
    """Return what a score rests on, by kind of event; an event counts once in each component.

    A kind of which no day may be told is left out.
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


Differences = dict[Place, tuple[Fraction, int]]
Rows = tuple[Sequence[Row], int]


def _without_few(
    start: Rows, end: Rows, together: Iterable[str], minimum: int
) -> tuple[Rows, Rows]:
    """Return the rows of both moments so that their difference tells nothing of a few people."""
    compared = row_suppression(start[0], end[0], together, minimum)
    before, after = (tuple(map(compared.suppressed, rows)) for rows, _ in (start, end))
    return (before, start[1]), (after, end[1])


def _flat(value: Fraction) -> tuple[tuple[Row, ...], int]:
    return (Row(BASE, BASE, None, value.numerator),), value.denominator


def _standing_before(before: AnnouncedScore | None, score: Score) -> Rows:
    if before is None or before.value is None:
        return _flat(baseline_of(score))
    return before.rows, before.denominator


def _differences(start: Rows, end: Rows) -> Differences:
    """Return place -> (points, events) of what differs."""
    whole = lcm(start[1], end[1])
    sums: dict[Place, list[int]] = {}
    for sign, (rows, denominator) in ((-1, start), (1, end)):
        for component, kind, day, points, events in rows:
            entry = sums.setdefault((component, kind, day), [0, 0])
            entry[0] += sign * points * (whole // denominator)
            entry[1] += sign * events
    return {place: (Fraction(points, whole), events) for place, (points, events) in sums.items()}


def _with_faded(parts: Differences, faded: str) -> Differences:
    """Tell what gained and lost no event by component, as evidence that weighs otherwise now."""
    found: Differences = {}
    for (component, kind, day), (points, events) in parts.items():
        named = events or kind == FEW or (kind in WITHOUT_EVENTS and faded == DECAY)
        place = (component, kind, day) if named else (component, faded, None)
        had = found.get(place, (Fraction(0), 0))
        found[place] = had[0] + points, had[1] + events
    return found


def _by_component(parts: Mapping[Place, tuple[Fraction, int]], kind: str) -> Differences:
    found: Differences = {}
    for (component, _, _), (points, _) in parts.items():
        had = found.get((component, kind, None), (Fraction(0), 0))
        found[component, kind, None] = had[0] + points, 0
    return found
