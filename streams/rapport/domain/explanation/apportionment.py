"""Points shared out over the evidence that they come from, to the last unit."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import growth
from rapport.domain.ledger.decayed_sums import MeasureRules

BASE: Final = "base"
"""The kind of points that come from no event: a base rate, a prior."""


class EvidenceItem(NamedTuple):
    """Evidence: what kind of event, on which day, and how much it weighs beside the others."""

    kind: str
    day: int | None
    weight: int
    times: int = 1
    """How many events it is; 0 for those that are counted elsewhere."""


class Row(NamedTuple):
    """Points of a component that come from one kind of event on one day."""

    component: str
    kind: str
    day: int | None
    """None: of no one day."""
    points: int
    events: int = 0
    """How many events this is; of surveys, people who answered."""


def event_kind(measure: str) -> str:  # noqa: PLR0911 # one line a kind
    """Return the kind of event that a measure counts, for a person to read.

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
        case ["signal", name, _]:
            return f"signal_{name}"
        case ["knowledge", _, source]:
            return f"facet_{source}"
        case ["proposal", _, outcome]:
            return f"proposal_{outcome}"
    return measure.partition("|")[0].replace(".", "_")


def evidence_items(
    amounts: Mapping[str, Mapping[int, int]],
    rules: MeasureRules,
    tally: str,
    day: int,
    counted_in: str | None = None,
) -> list[EvidenceItem]:
    """Return the evidence of a tally up to `day`, weighed as it counts on that day or any later.

    Events that count for the tally `counted_in` too are not counted here once more.
    """
    found: list[EvidenceItem] = []
    for key, days in amounts.items():
        shares = rules.rule(key).contributions
        counts = int(all(name != counted_in for name, _, _ in shares))
        for name, half_life_days, units in shares:
            if name == tally:
                kind, weights = event_kind(key), growth(half_life_days)
                found += [
                    EvidenceItem(kind, at, units * amount * weights[at], amount * counts)
                    for at, amount in days.items()
                    if at <= day
                ]
    return found


def apportion(component: str, points: int, items: Iterable[EvidenceItem]) -> list[Row]:
    """Share `points` out over `items` by weight; the rows add up to `points` exactly.

    Each gets its quota rounded towards zero; the units that are left go to the largest remainders.

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
        return [Row(component, BASE, None, points)]
    sign = -1 if points < 0 else 1
    quotas = {place: divmod(abs(points) * weight, total) for place, weight in weights.items()}
    left = abs(points) - sum(whole for whole, _ in quotas.values())
    by_rest = sorted(quotas, key=lambda place: (-quotas[place][1], place[0], place[1] or 0))
    given = dict.fromkeys(by_rest[:left], 1)
    return [
        Row(component, *place, sign * (quotas[place][0] + given.get(place, 0)), events[place])
        for place in sorted(weights, key=lambda place: (place[0], place[1] or 0))
    ]


def merge_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows of one component, kind and day as one, ordered.

    Rows of nothing are left out, but for those that events made so, one against another.
    """
    points: dict[tuple[str, str, int | None], int] = {}
    events: dict[tuple[str, str, int | None], int] = {}
    for component, kind, day, amount, count in rows:
        place = (component, kind, day)
        points[place] = points.get(place, 0) + amount
        events[place] = events.get(place, 0) + count
    ordered = sorted(
        points, key=lambda place: (place[0], place[1], -1 if place[2] is None else place[2])
    )
    return tuple(
        Row(*place, points[place], events[place])
        for place in ordered
        if points[place] or events[place]
    )
