"""Backtest: replays the ledger of today and evaluates every client at the end of each day.

The replay adds one day of facts at a time, so no day contains later facts (no look-ahead). Facts
that arrived late count on the day on which they happened.
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
"""Day, encoded fact and count, as a page of the ledger stores them."""


class DayEnd(NamedTuple):
    """Every client's health at the end of one day, and the context that all clients share."""

    day: int
    health: tuple[ClientHealth, ...]
    fleet: FleetContext


class LedgerReplay:
    """One client's measures, replayed from its ledger up to a day."""

    def __init__(self, facts: Iterable[StoredFact]) -> None:
        self.measures = ClientMeasures()
        self._pending = _by_day(facts)

    def advance_to(self, day: int) -> None:
        """Add every fact up to and including `day`; days must ascend."""
        for at in sorted(at for at in self._pending if at <= day):
            for fact, times in self._pending.pop(at):
                self.measures.add(at, fact, times)


def replay_history(
    ledgers: Mapping[str, Iterable[StoredFact]], compiled: CompiledPolicy, days: Iterable[int]
) -> Iterator[DayEnd]:
    """Yield the health of all clients at the end of each of `days`, which must ascend.

    The ledger has no days of arrival, so feeds are judged by the events' own days.
    """
    replays = {client: LedgerReplay(facts) for client, facts in sorted(ledgers.items())}
    for day in days:
        for replay in replays.values():
            replay.advance_to(day)
        inputs = {
            client: client_inputs(replay.measures, compiled.policy, day)
            for client, replay in replays.items()
        }
        fleet = fleet_context(inputs.values(), compiled.policy, day, {})
        health = tuple(
            evaluate(client, replay.measures, inputs[client], compiled, day, fleet)
            for client, replay in replays.items()
        )
        yield DayEnd(day, health, fleet)


def _by_day(facts: Iterable[StoredFact]) -> dict[int, list[tuple[Fact, int]]]:
    counts: Counter[tuple[int, CodedFact]] = Counter()
    for day, code, times in facts:
        counts[day, code] += times
    days: defaultdict[int, list[tuple[Fact, int]]] = defaultdict(list)
    for (day, code), times in counts.items():
        if times:
            days[day].append((cached_fact(code), times))
    return dict(days)
