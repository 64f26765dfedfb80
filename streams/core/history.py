"""What every score was at the end of each day, from the ledger as it is known now.

The ledger is folded a day at a time, so a day sees nothing of what happened after it. What happened
before it and became known later counts: the past is told as it was, not as it looked then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rapport.streams.core.coding import fact_of
from rapport.streams.core.figures import figures, market
from rapport.streams.core.ledger import Change, Entry
from rapport.streams.core.measures import ClientMeasures, Fact
from rapport.streams.core.plan import Plan
from rapport.streams.core.procurement import Market
from rapport.streams.core.scores import ClientHealth, evaluate


class DayEnd(NamedTuple):
    """Every client's health at the end of one day, and what all clients shared then."""

    day: int
    health: tuple[ClientHealth, ...]
    market: Market


class Past:
    """One client's ledger, folded as far as a day."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.measures = ClientMeasures()
        self._later = _by_day(changes)

    def fold_to(self, day: int) -> None:
        """Take in everything up to and with `day`; days only go on."""
        for at in sorted(at for at in self._later if at <= day):
            for fact, times in self._later.pop(at):
                self.measures.add(at, fact, times)


def history(
    ledgers: Mapping[str, Iterable[Change]], plan: Plan, days: Iterable[int]
) -> Iterator[DayEnd]:
    """Yield the health of all clients at the end of each of `days`, which ascend.

    Which feeds arrived on which day is not in the ledger: the events' own days stand in for it.
    """
    pasts = {client: Past(changes) for client, changes in sorted(ledgers.items())}
    for day in days:
        for past in pasts.values():
            past.fold_to(day)
        known = {
            client: figures(past.measures.amounts, plan.policy, day)
            for client, past in pasts.items()
        }
        shared = market(known.values(), plan.policy, day, {})
        health = tuple(
            evaluate(client, past.measures, known[client], plan, day, shared)
            for client, past in pasts.items()
        )
        yield DayEnd(day, health, shared)


def _by_day(changes: Iterable[Change]) -> dict[int, list[tuple[Fact, int]]]:
    counts: Counter[Entry] = Counter()
    for entries, times in changes:
        for entry in entries:
            counts[entry] += times
    days: defaultdict[int, list[tuple[Fact, int]]] = defaultdict(list)
    for (_, day, fact), times in counts.items():
        if times:
            days[day].append((fact_of(fact), times))
    return dict(days)
