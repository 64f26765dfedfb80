"""What every score was at the end of each day, from the ledger as it is known now.

The ledger is folded a day at a time, so a day sees nothing of what happened after it. What happened
before it and became known later counts: the past is told as it was, not as it looked then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rapport.domain.ledger.fact_codec import CodedFact, cached_fact
from rapport.domain.ledger.measures import ClientMeasures, Fact
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.health import FleetContext
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth, evaluate

StoredFact = tuple[int, CodedFact, int]
"""Day, fact and how many times, as a page of the ledger has it."""


class DayEnd(NamedTuple):
    """Every client's health at the end of one day, and what all clients shared then."""

    day: int
    health: tuple[ClientHealth, ...]
    market: FleetContext


class LedgerReplay:
    """One client's ledger, folded as far as a day."""

    def __init__(self, said: Iterable[StoredFact]) -> None:
        self.measures = ClientMeasures()
        self._later = _by_day(said)

    def fold_to(self, day: int) -> None:
        """Take in everything up to and with `day`; days only go on."""
        for at in sorted(at for at in self._later if at <= day):
            for fact, times in self._later.pop(at):
                self.measures.add(at, fact, times)


def history(
    ledgers: Mapping[str, Iterable[StoredFact]], plan: CompiledPolicy, days: Iterable[int]
) -> Iterator[DayEnd]:
    """Yield the health of all clients at the end of each of `days`, which ascend.

    Which feeds arrived on which day is not in the ledger: the events' own days stand in for it.
    """
    pasts = {client: LedgerReplay(said) for client, said in sorted(ledgers.items())}
    for day in days:
        for past in pasts.values():
            past.fold_to(day)
        known = {
            client: client_inputs(past.measures, plan.policy, day) for client, past in pasts.items()
        }
        shared = fleet_context(known.values(), plan.policy, day, {})
        health = tuple(
            evaluate(client, past.measures, known[client], plan, day, shared)
            for client, past in pasts.items()
        )
        yield DayEnd(day, health, shared)


def _by_day(said: Iterable[StoredFact]) -> dict[int, list[tuple[Fact, int]]]:
    counts: Counter[tuple[int, CodedFact]] = Counter()
    for day, code, times in said:
        counts[day, code] += times
    days: defaultdict[int, list[tuple[Fact, int]]] = defaultdict(list)
    for (day, code), times in counts.items():
        if times:
            days[day].append((cached_fact(code), times))
    return dict(days)
