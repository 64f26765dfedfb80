"""Apportionment: points divided over their evidence by the largest remainder method, exactly."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import growth
from rapport.domain.ledger.decayed_sums import MeasureRules

BASE: Final = "base"
"""The kind of points without events: a base rate, a prior."""
SILENCE: Final = "silence"
"""The kind of the loss since the last touchpoint; its day is that of the touchpoint."""


class EvidenceItem(NamedTuple):
    """Evidence: the kind of event, its day, and its weight relative to other items."""

    kind: str
    day: int | None
    weight: int
    times: int = 1
    """The number of events; 0 for events that are counted elsewhere."""


class PointsRow(NamedTuple):
    """The points of a component that come from one kind of event on one day."""

    component: str
    kind: str
    day: int | None
    """None: not of one particular day."""
    points: int
    events: int = 0
    """The number of events; for surveys, of respondents."""


def event_kind(measure: str) -> str:  # noqa: PLR0911 # one line a kind
    """Return the kind of event that a measure counts.

    >>> event_kind("ticket.closed|P3|missed|person"), event_kind("touch.role|workshop|cio")
    ('ticket_missed', 'workshop')
    """
    match measure.split("|"):
        case ["ticket.closed", _, sla, _]:
            return f"ticket_{sla}"
        case ["ticket.opened" | "touch" | "touch.role", kind, *_]:
            return kind
        case ["promise" | "message", outcome]:
            return f"{measure.partition('|')[0]}_{outcome}"
        case ["touch.message", _, outcome]:
            return f"message_{outcome}"
        case ["signal", name, source]:
            return f"signal_{name}_text" if source == "text" else f"signal_{name}"
        case ["knowledge", _, source]:
            return f"facet_{source}"
        case ["proposal", _, outcome]:
            return f"proposal_{outcome}"
    return measure.partition("|")[0].replace(".", "_")


def evidence_items(
    amounts: Mapping[str, Mapping[int, int]],
    rules: MeasureRules,
    sum_name: str,
    day: int,
) -> list[EvidenceItem]:
    """Return the evidence of a decayed sum up to `day`, with weights as on that day.

    The ratios of the weights stay the same on any later day (forward decay).
    """
    items: list[EvidenceItem] = []
    for key, days in amounts.items():
        for name, half_life_days, units in rules.rule(key).sum_weights:
            if name == sum_name:
                kind, weights = event_kind(key), growth(half_life_days)
                items += [
                    EvidenceItem(kind, at, units * amount * weights[at], amount)
                    for at, amount in days.items()
                    if at <= day
                ]
    return items


def apportion(component: str, points: int, items: Iterable[EvidenceItem]) -> list[PointsRow]:
    """Divide `points` over `items` by weight; the rows add up to `points` exactly.

    Largest remainder method: each row gets its quota rounded towards zero, and the units left over
    go to the largest remainders.

    >>> items = [EvidenceItem(kind, day, 1) for kind, day in (("a", 1), ("a", 2), ("b", 2))]
    >>> [row.points for row in apportion("x", 10, items)]
    [4, 3, 3]
    >>> [row.points for row in apportion("x", -10, items)]
    [-4, -3, -3]
    """
    weights: dict[tuple[str, int | None], int] = {}
    events: dict[tuple[str, int | None], int] = {}
    for kind, day, weight, times in items:
        weights[kind, day] = weights.get((kind, day), 0) + weight
        events[kind, day] = events.get((kind, day), 0) + times
    total = sum(weights.values())
    if total <= 0:
        return [PointsRow(component, BASE, None, points)]
    sign = -1 if points < 0 else 1
    quotas = {key: divmod(abs(points) * weight, total) for key, weight in weights.items()}
    left = abs(points) - sum(whole for whole, _ in quotas.values())
    by_remainder = sorted(quotas, key=lambda key: (-quotas[key][1], key[0], key[1] or 0))
    extra = dict.fromkeys(by_remainder[:left], 1)
    return [
        PointsRow(component, *key, sign * (quotas[key][0] + extra.get(key, 0)), events[key])
        for key in sorted(weights, key=lambda key: (key[0], key[1] or 0))
    ]


def merge_rows(rows: Iterable[PointsRow]) -> tuple[PointsRow, ...]:
    """Return the rows, sorted, with those of one component, kind and day added up.

    A row of 0 points is left out unless it has events, whose points cancelled each other.
    """
    points: dict[tuple[str, str, int | None], int] = {}
    events: dict[tuple[str, str, int | None], int] = {}
    for component, kind, day, amount, count in rows:
        key = (component, kind, day)
        points[key] = points.get(key, 0) + amount
        events[key] = events.get(key, 0) + count
    ordered = sorted(points, key=lambda key: (key[0], key[1], -1 if key[2] is None else key[2]))
    return tuple(
        PointsRow(*key, points[key], events[key]) for key in ordered if points[key] or events[key]
    )
