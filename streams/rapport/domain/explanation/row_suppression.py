"""Rows of reasons that tell nothing of a few people, by a day or by the difference of two moments.

A row counts the people that it stands for as its events. Where they are fewer than may be told of,
the row loses its day; where a moment has only a few more or fewer than another, what they changed
is told together with what else changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.explanation.apportionment import BASE, Row, merge_rows
from rapport.domain.scoring.small_groups import COMBINED, complementary_suppression

FEW: Final = "few"
"""The kind of what is not told apart."""
PEOPLE_KINDS: Final = frozenset({"answer", "survey_answered", "survey_invited", "ticket_rated"})
"""Kinds whose events are people."""
RowKey = tuple[str, str, int | None]


def suppress_small_days(rows: Iterable[Row], minimum: int) -> tuple[Row, ...]:
    """Return rows of which those of a few people have no day; what has none is of enough people.

    >>> people = {1: 6, 2: 1, 3: 9}
    >>> rows = [Row("survey", "answer", day, 10, count) for day, count in people.items()]
    >>> [(row.day, row.points, row.events) for row in suppress_small_days(rows, 5)]
    [(None, 20, 7), (3, 10, 9)]
    """
    listed = tuple(rows)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in listed:
        if row.kind in PEOPLE_KINDS and row.day is not None:
            groups.setdefault((row.component, row.kind), []).append(row)
    small = {row for group in groups.values() for row in _small(group, minimum)}
    return merge_rows(row._replace(day=None) if row in small else row for row in listed)


def _small(rows: Sequence[Row], minimum: int) -> list[Row]:
    """Return the rows of a few people, and one more where these are a few together."""
    ordered = sorted(rows, key=lambda row: (row.events, row.day))
    count = sum(row.events < minimum for row in ordered)
    few = sum(row.events for row in ordered[:count])
    return ordered[: count + 1] if 0 < few < minimum else ordered[:count]


@dataclass(frozen=True, slots=True)
class RowSuppression:
    """How rows of two moments are told, so that their difference says nothing of a few people."""

    combined: frozenset[str]
    """Components that are told as one."""
    undated: frozenset[str]
    """Components that are told by no day."""
    fresh: frozenset[str]
    """Components that people came to, or left, between the moments."""

    def suppressed(self, row: Row) -> Row:
        """Return a row as it may be told."""
        if row.component in self.combined:
            return Row(COMBINED, FEW, None, row.points)
        if row.kind in PEOPLE_KINDS and row.component in self.undated:
            return row._replace(day=None)
        return row


def row_suppression(
    before: Sequence[Row], after: Sequence[Row], together: Iterable[str], minimum: int
) -> RowSuppression:
    """Return how the difference of two moments is told; `together` is told as one at either.

    >>> before = [Row("survey", "answer", None, 50, 8), Row("closed", "ticket_met", 1, 9, 3)]
    >>> after = [Row("survey", "answer", None, 40, 9), Row("closed", "ticket_met", 1, 8, 3)]
    >>> sorted(row_suppression(before, after, (), 5).combined)
    ['closed', 'survey']
    """
    changes = _changes(before, after)
    few, undated = set(), set()
    for (component, _), places in changes.items():
        if abs(sum(places)) < minimum:
            few.add(component)
        elif any(change < minimum for change in places):
            undated.add(component)
    group = frozenset(together) | few
    if few and group == few:
        group = complementary_suppression(few, _weights(after) or _weights(before))
    fresh = frozenset(component for component, _ in changes)
    return RowSuppression(group, frozenset(undated), fresh)


def _changes(before: Sequence[Row], after: Sequence[Row]) -> dict[tuple[str, str], list[int]]:
    """Return per component and kind how many people came on each day, where any did."""
    places: dict[RowKey, int] = {}
    for sign, rows in ((-1, before), (1, after)):
        for component, kind, day, _, events in rows:
            if kind in PEOPLE_KINDS:
                place = component, kind, day
                places[place] = places.get(place, 0) + sign * events
    changes: dict[tuple[str, str], list[int]] = {}
    for (component, kind, _), people in places.items():
        if people:
            changes.setdefault((component, kind), []).append(people)
    return changes


def _weights(rows: Iterable[Row]) -> dict[str, int]:
    """Return what each component gives, either way."""
    sums: dict[str, int] = {}
    for row in rows:
        if row.component not in (BASE, COMBINED):
            sums[row.component] = sums.get(row.component, 0) + row.points
    return {component: abs(points) for component, points in sums.items() if points}
