"""Difference of a score between two snapshots, attributed to events exactly.

The change of a score is the difference of its attribution rows. Events after the first snapshot
have a row per component, kind and day. Older evidence, which decayed or now has another relative
weight, has one row per component. The rows add up to the change to the last unit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import lcm
from typing import Final, NamedTuple

from rapport.domain.explanation.apportionment import SILENCE, PointsRow
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.row_suppression import (
    PEOPLE_KINDS,
    RowKey,
    RowSuppression,
    row_suppression,
)
from rapport.domain.scoring.small_groups import COMBINED
from rapport_schemas.health import REST

OLDER: Final = "older"
"""The kind of evidence that the first snapshot had already."""


class PointsChange(NamedTuple):
    """The points of one component, kind of event and day, before and after."""

    component: str
    kind: str
    day: int | None
    before: int
    after: int

    @property
    def points(self) -> int:
        """The change in points."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """The change of a score between two days; its changes add up to it exactly."""

    name: str
    since: int
    day: int
    denominator: int
    """The denominator of all points here."""
    before: int
    after: int
    changes: tuple[PointsChange, ...]
    """The changes, the largest first."""
    sufficient: bool
    """Whether the evidence was sufficient in both snapshots."""
    combined: tuple[str, ...] = ()
    """The components that small-group suppression combined into one change."""
    minimum_people: int = 0
    """The minimum number of respondents of a change."""

    @property
    def points(self) -> int:
        """The change of the score in points."""
        return self.after - self.before

    def ratio(self, points: int) -> float:
        """Return points as a ratio of the whole score."""
        return points / self.denominator

    def top(self, count: int) -> tuple[PointsChange, ...]:
        """Return the `count` largest changes, and the sum of the others if there are any."""
        listed, others = self.changes[:count], self.changes[count:]
        if not others:
            return listed
        before, after = sum(c.before for c in others), sum(c.after for c in others)
        return (*listed, PointsChange(REST, REST, None, before, after))


def largest_rows(attribution: ScoreAttribution, count: int) -> tuple[PointsChange, ...]:
    """Return the `count` largest rows of a score, and the sum of the others; they add up to it."""
    rows = sorted(
        attribution.rows, key=lambda row: (-abs(row.points), row.component, -(row.day or 0))
    )
    listed = [PointsChange(row.component, row.kind, row.day, 0, row.points) for row in rows[:count]]
    others = rows[count:]
    if others:
        listed.append(PointsChange(REST, REST, None, 0, sum(row.points for row in others)))
    return tuple(listed)


def difference(
    before: ScoreAttribution, after: ScoreAttribution, since: int, day: int
) -> Difference:
    """Return the difference of a score from `before` (on day `since`) to `after` (on `day`)."""
    denominator = lcm(before.score.denominator, after.score.denominator)
    rows = _undated(before.all_rows, since), _undated(after.all_rows, since)
    combined = (*before.combined, *after.combined)
    suppression = row_suppression(*rows, combined, after.minimum_people)
    sums: dict[RowKey, list[int]] = {}
    for index, snapshot in enumerate((before, after)):
        scale = denominator // snapshot.score.denominator
        for key, points in _keyed_points(rows[index], since, suppression):
            sums.setdefault(key, [0, 0])[index] += points * scale
    changes = [PointsChange(*key, *both) for key, both in sums.items() if both[0] != both[1]]
    changes.sort(key=lambda change: (-abs(change.points), change[:2], change.day or 0))
    return Difference(
        name=after.score.name,
        since=since,
        day=day,
        denominator=denominator,
        before=before.score.numerator * (denominator // before.score.denominator),
        after=after.score.numerator * (denominator // after.score.denominator),
        changes=tuple(changes),
        sufficient=before.score.sufficient and after.score.sufficient,
        combined=tuple(sorted(suppression.combined - {COMBINED})),
        minimum_people=after.minimum_people,
    )


def _undated(rows: Iterable[PointsRow], since: int) -> tuple[PointsRow, ...]:
    """Return the rows, without the day of answers that both snapshots have."""
    return tuple(
        row._replace(day=None)
        if row.kind in PEOPLE_KINDS and row.day is not None and row.day <= since
        else row
        for row in rows
    )


def _keyed_points(
    rows: Iterable[PointsRow], since: int, suppression: RowSuppression
) -> Iterator[tuple[RowKey, int]]:
    for component, kind, day, points, _ in map(suppression.suppressed, rows):
        if kind in PEOPLE_KINDS:
            older = day is None and component not in suppression.changed
        elif kind == SILENCE:
            older = False
        else:
            older = day is not None and day <= since
        yield ((component, OLDER, None) if older else (component, kind, day)), points
