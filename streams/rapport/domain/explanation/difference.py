"""Why a score is what it is, and what changed it between two moments, exactly.

The change of a score is the difference of its rows of reasons: what came after the first moment is
told by component, kind of event and day; what was there already is told by component, as evidence
that faded, or weighs otherwise beside the new. All of it adds up to the change to the last unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Final, NamedTuple

from rapport.domain.explanation.apportionment import Row
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.row_suppression import PEOPLE_KINDS, RowSuppression, row_suppression

OLDER: Final = "older"
"""The kind of evidence that was there at the first moment already."""
REST: Final = "rest"
"""The component and kind of all changes that are too small to be told."""


class Change(NamedTuple):
    """What one component, kind of event and day gave before and gives now."""

    component: str
    kind: str
    day: int | None
    before: int
    after: int

    @property
    def points(self) -> int:
        """What it changed."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed a score between two days; the points of the changes add up to it exactly."""

    name: str
    since: int
    day: int
    denominator: int
    """Of every number here."""
    before: int
    after: int
    changes: tuple[Change, ...]
    """The greatest first."""
    sufficient: bool
    """Whether there was enough evidence at both moments."""

    @property
    def points(self) -> int:
        """What the score changed by."""
        return self.after - self.before

    def ratio(self, points: int) -> float:
        """Return points in the score's own unit."""
        return points / self.denominator

    def top(self, count: int) -> tuple[Change, ...]:
        """Return the `count` greatest changes, and what is left as one more, if anything is."""
        told, left = self.changes[:count], self.changes[count:]
        if not left:
            return told
        before, after = sum(c.before for c in left), sum(c.after for c in left)
        return (*told, Change(REST, REST, None, before, after))


def difference(
    before: ScoreAttribution, after: ScoreAttribution, since: int, day: int
) -> Difference:
    """Return what changed a score from `before` (on day `since`) to `after` (on `day`)."""
    denominator = lcm(before.score.denominator, after.score.denominator)
    rows = _undated(before.rows, since), _undated(after.rows, since)
    together = (*before.combined, *after.combined)
    compared = row_suppression(*rows, together, after.minimum_people)
    sums: dict[tuple[str, str, int | None], list[int]] = {}
    for moment, found in enumerate((before, after)):
        scale = denominator // found.score.denominator
        for place, points in _told(map(compared.suppressed, rows[moment]), since, compared):
            sums.setdefault(place, [0, 0])[moment] += points * scale
    changes = [Change(*place, *both) for place, both in sums.items() if both[0] != both[1]]
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
    )


def _undated(rows: Iterable[Row], since: int) -> tuple[Row, ...]:
    """Return rows of which those that count people have no day that both moments know."""
    return tuple(
        row._replace(day=None)
        if row.kind in PEOPLE_KINDS and row.day is not None and row.day <= since
        else row
        for row in rows
    )


def _told(
    rows: Iterable[Row], since: int, compared: RowSuppression
) -> Iterable[tuple[tuple[str, str, int | None], int]]:
    for component, kind, day, points, _ in rows:
        if kind in PEOPLE_KINDS:
            known = day is None and component not in compared.fresh
        else:
            known = day is not None and day <= since
        yield ((component, OLDER, None) if known else (component, kind, day)), points
