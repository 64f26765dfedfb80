"""Row suppression: small-group suppression of attribution rows, by day and between two snapshots.

A row of answers counts its respondents as its events. A row with fewer than the minimum loses its
day. If two snapshots differ by fewer respondents than the minimum, their component is combined with
another: the difference would disclose the answers (a differencing attack).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.explanation.apportionment import BASE, PointsRow, merge_rows
from rapport.domain.scoring.small_groups import COMBINED, complementary_suppression

SMALL_GROUP: Final = "few"
"""The kind of rows that small-group suppression combined."""
PEOPLE_KINDS: Final = frozenset({"answer", "survey_answered", "survey_invited", "ticket_rated"})
"""The kinds whose events are respondents."""
RowKey = tuple[str, str, int | None]


def suppress_small_days(rows: Iterable[PointsRow], minimum: int) -> tuple[PointsRow, ...]:
    """Return the rows, without the day of those below `minimum`; together these reach it.

    >>> people = {1: 6, 2: 1, 3: 9}
    >>> rows = [PointsRow("survey", "answer", day, 10, count) for day, count in people.items()]
    >>> [(row.day, row.points, row.events) for row in suppress_small_days(rows, 5)]
    [(None, 20, 7), (3, 10, 9)]
    """
    rows = tuple(rows)
    groups: dict[tuple[str, str], list[PointsRow]] = {}
    for row in rows:
        if row.kind in PEOPLE_KINDS and row.day is not None:
            groups.setdefault((row.component, row.kind), []).append(row)
    small = {row for group in groups.values() for row in _small(group, minimum)}
    return merge_rows(row._replace(day=None) if row in small else row for row in rows)


def _small(rows: Sequence[PointsRow], minimum: int) -> list[PointsRow]:
    """Return the rows below `minimum`, and the next one if together they do not reach it."""
    ordered = sorted(rows, key=lambda row: (row.events, row.day))
    count = sum(row.events < minimum for row in ordered)
    people = sum(row.events for row in ordered[:count])
    return ordered[: count + 1] if 0 < people < minimum else ordered[:count]


@dataclass(frozen=True, slots=True)
class RowSuppression:
    """The suppression of rows of two snapshots, so that their difference hides small groups."""

    combined: frozenset[str]
    """The components to combine into one."""
    undated: frozenset[str]
    """The components whose rows of answers lose their day."""
    changed: frozenset[str]
    """The components whose number of respondents changed between the snapshots."""

    def suppressed(self, row: PointsRow) -> PointsRow:
        """Return a row after suppression."""
        if row.component in self.combined:
            return PointsRow(COMBINED, SMALL_GROUP, None, row.points)
        if row.kind in PEOPLE_KINDS and row.component in self.undated:
            return row._replace(day=None)
        return row


def row_suppression(
    before: Sequence[PointsRow],
    after: Sequence[PointsRow],
    combined: Iterable[str],
    minimum: int,
) -> RowSuppression:
    """Return the suppression of two snapshots; either of them combined the `combined` components.

    >>> closed = PointsRow("closed", "ticket_met", 1, 9, 3)
    >>> before = [PointsRow("survey", "answer", None, 50, 8), closed]
    >>> after = [PointsRow("survey", "answer", None, 40, 9), closed._replace(points=8)]
    >>> sorted(row_suppression(before, after, (), 5).combined)
    ['closed', 'survey']
    """
    changes = _changes(before, after)
    small, undated = set(), set()
    for (component, _), by_day in changes.items():
        if abs(sum(by_day)) < minimum:
            small.add(component)
        elif any(people < minimum for people in by_day):
            undated.add(component)
    group = frozenset(combined) | small
    if small and group == small:
        group = complementary_suppression(small, _weights(after) or _weights(before))
    changed = frozenset(component for component, _ in changes)
    return RowSuppression(group, frozenset(undated), changed)


def _changes(
    before: Sequence[PointsRow], after: Sequence[PointsRow]
) -> dict[tuple[str, str], list[int]]:
    """Return per component and kind the change in respondents of each day that changed."""
    totals: dict[RowKey, int] = {}
    for sign, rows in ((-1, before), (1, after)):
        for component, kind, day, _, events in rows:
            if kind in PEOPLE_KINDS:
                key = component, kind, day
                totals[key] = totals.get(key, 0) + sign * events
    changes: dict[tuple[str, str], list[int]] = {}
    for (component, kind, _), people in totals.items():
        if people:
            changes.setdefault((component, kind), []).append(people)
    return changes


def _weights(rows: Iterable[PointsRow]) -> dict[str, int]:
    """Return the absolute points of each component."""
    sums: dict[str, int] = {}
    for row in rows:
        if row.component not in (BASE, COMBINED):
            sums[row.component] = sums.get(row.component, 0) + row.points
    return {component: abs(points) for component, points in sums.items() if points}
