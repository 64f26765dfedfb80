"""Keeps the scores of the clients that this worker owns, from signed changes of the ledger."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from rapport.domain.calendar import week_of
from rapport.domain.clients import Directory
from rapport.domain.comparison.past_scores import PastScores, past_scores
from rapport.domain.explanation.snapshot import ClientSnapshot, client_snapshot
from rapport.domain.ledger.activity import day_set
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import Change, Entry
from rapport.domain.ledger.rollup import Amounts
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import FleetBaseline, fleet_baselines
from rapport.domain.procurement.client_inputs import ClientInputs, client_inputs, fleet_context
from rapport.domain.procurement.windows import PurchaseWeek, purchase_weeks
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth, evaluate
from rapport.domain.scoring.participation import ItActivity, it_activity
from rapport.worker.scoring.caches import ClientInputsCache

if TYPE_CHECKING:
    from rapport.domain.procurement.health import FleetContext

SLICE_SECONDS: Final = 0.01
"""How long evaluation may hold the loop before heartbeats and scrapes get their turn."""
ENTRIES_AT_ONCE: Final = 2000
"""Entries of one client that are counted before the loop may do something else."""
EVENTS_TO_SCORES: Final = 19
"""While events wait to be folded, scores get one twentieth of the time."""


class Scorer:
    """Measures and health per client; evaluation happens in slices, when something changed."""

    def __init__(
        self,
        directory: Directory,
        policy: Policy,
        *,
        owns: Callable[[str], bool] = lambda _client: True,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self.health: dict[str, ClientHealth] = {}
        self.fleet_context: FleetContext | None = None
        self.closed_baselines: tuple[FleetBaseline, ...] = ()
        """What all clients bought, as it stood at the ends of the last closed weeks."""
        self._arrival_days: defaultdict[str, set[int]] = defaultdict(set)
        """Source -> the days on which something reached Kafka."""
        self.evaluations = 0
        self._directory = directory
        self._owns, self._busy = owns, busy
        self._compiled = CompiledPolicy(policy)
        self._measures: dict[str, ClientMeasures] = {}
        self._waiting: defaultdict[str, list[Change]] = defaultdict(list)
        self._dirty: set[str] = set()
        self._inputs_cache = ClientInputsCache()
        self._peer_inputs: dict[str, ClientInputs] = {}
        """Client of another worker -> its figures."""
        self._evaluated_day: int | None = None

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._compiled.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._compiled = CompiledPolicy(policy)
        self._inputs_cache.clear()
        self._dirty.update(self._measures, self.health)

    def measures(self, client: str) -> ClientMeasures:
        """Return the measures of a client; empty when nothing is known."""
        return self._measures.get(client) or ClientMeasures()

    def arrival_days(self) -> set[int]:
        """Return the days on which something reached Kafka."""
        return set().union(*self._arrival_days.values())

    def arrived(self, source: str, days: Iterable[int]) -> None:
        """Note days on which something of a source reached Kafka."""
        known = self._arrival_days[source]
        new = set(days) - known
        if new:
            known |= new
            self._dirty.update(self.health)

    async def client_snapshot(self, client: str, day: int) -> ClientSnapshot:
        """Return a client's scores and their reasons at the end of `day`, of what is known now."""
        plan = self._compiled
        every = await self._all_inputs(self._own() | {client}, plan.policy, day)
        shared = fleet_context(self._with_peers(every), plan.policy, day, self._arrivals(day))
        measures = self.measures(client)
        health = evaluate(client, measures, every[client], plan, day, shared)
        return client_snapshot(measures, plan, health)

    def current_snapshot(self, health: ClientHealth) -> ClientSnapshot:
        """Return the reasons behind scores of the newest evaluation, before there is another."""
        return client_snapshot(self.measures(health.client), self._compiled, health)

    def past_scores(self, health: ClientHealth) -> PastScores:
        """Return what the scores of the newest evaluation were at the last closed weeks."""
        purchases = self._inputs_of(health).purchases
        return past_scores(health, purchases, self.closed_baselines, self._compiled.policy)

    def purchase_weeks(self, health: ClientHealth) -> tuple[PurchaseWeek, ...]:
        """Return a client's windows of purchases that ended with the last closed weeks."""
        if self.fleet_context is None:
            return ()
        policy, people = self._compiled.policy, self.fleet_context.baseline
        weekly, count = self._inputs_of(health).purchases.weekly, policy.compare.past_weeks
        return purchase_weeks(weekly, policy.purchases, people, count + 1)[:-1]

    def _inputs_of(self, health: ClientHealth) -> ClientInputs:
        known = self.client_inputs.get(health.client)
        if known is not None:
            return known
        return client_inputs(self.measures(health.client), self._compiled.policy, health.day)

    async def it_activity(self) -> ItActivity:
        """Return what all clients together say of IT's own roles, teams and message."""
        plan, started, standings = self._compiled, time.perf_counter(), []
        for client, health in list(self.health.items()):
            standings.append(self.measures(client).sums_at(plan, health.day))
            started = await self.yield_if_due(started)
        return it_activity(standings, plan.participation)

    def on_peer_inputs(self, client: str, said: ClientInputs) -> None:
        """Note the figures of a client, as the worker that owns it tells them."""
        if not self._owns(client) and self._peer_inputs.get(client) != said:
            self._peer_inputs[client] = said
            self._dirty.update(self.health)

    @property
    def client_inputs(self) -> Mapping[str, ClientInputs]:
        """The figures of the clients that this worker owns, as of the last evaluation."""
        return {} if self._evaluated_day is None else self._inputs_cache.of(self._evaluated_day)

    def _own(self) -> set[str]:
        return {client.id for client in self._directory if self._owns(client.id)}

    def _with_peers(self, own: Mapping[str, ClientInputs]) -> list[ClientInputs]:
        """Return the figures of all clients: of those owned here, and of the others as heard."""
        heard = self._peer_inputs
        return [
            *own.values(),
            *(heard[name] for name in heard if name not in own and name in self._directory),
        ]

    def _arrivals(self, day: int) -> dict[str, int]:
        return {source: day_set(days, day) for source, days in self._arrival_days.items()}

    def forget(self) -> None:
        """Drop everything, before the ledger is read again."""
        # An evaluation may be under way: what it leaves behind is dirty, and its figures are lost.
        self._dirty.update(self._measures, self.health)
        self._inputs_cache.clear()
        self.health.clear()
        self._measures.clear()
        self._waiting.clear()

    def restore(self, client: str, amounts: Amounts) -> None:
        """Take in all that the stored ledger of a client counts for."""
        self._measures[client] = ClientMeasures.restored(amounts)
        self._dirty.add(client)

    def add(self, client: str, changes: Iterable[Change]) -> None:
        """Take in what changed in a client's ledger."""
        # They are counted and expanded when the scores are wanted: equal entries only once.
        self._waiting[client] += changes
        self._dirty.add(client)

    async def _measure(self, client: str, started: float) -> float:
        """Count what waits of a client; return when the newest slice of time began."""
        # When all is forgotten meanwhile, these are measures of nobody.
        measures = self._measures.setdefault(client, ClientMeasures())
        for some in _batches(self._waiting.pop(client, ())):
            self._inputs_cache.drop(client)
            for (_, day, fact), times in _net_counts(some):
                measures.add(day, cached_fact(fact), times)
            started = await self.yield_if_due(started)
        return started

    async def evaluate(self, day: int) -> int:
        """Bring every score up to date for `day`; return how many clients were evaluated."""
        known = self._own()
        self._dirty |= known - self.health.keys()
        for gone in self.health.keys() - known:
            del self.health[gone]
        if not self._dirty and day == self._evaluated_day:
            return 0
        # Exposure is shared: a purchase of one client changes what is expected of the others.
        self._dirty.clear()
        started = time.perf_counter()
        for client in list(self._waiting):
            started = await self._measure(client, started)
        plan = self._compiled
        every = await self._all_inputs(known, plan.policy, day)
        everyone = self._with_peers(every)
        self.fleet_context = shared = fleet_context(everyone, plan.policy, day, self._arrivals(day))
        self.closed_baselines = self._closed(everyone, plan.policy, day)
        started = time.perf_counter()
        for client, own in every.items():
            measures = self.measures(client)
            self.health[client] = evaluate(client, measures, own, plan, day, shared)
            started = await self.yield_if_due(started)
        self._evaluated_day = day
        self.evaluations += 1
        return len(known)

    async def _all_inputs(
        self, known: set[str], policy: Policy, day: int
    ) -> dict[str, ClientInputs]:
        """Return every client's figures; only what changed since the last time is made anew."""
        kept = self._inputs_cache.of(day)
        every, started = {}, time.perf_counter()
        for client in sorted(known):
            own = kept.get(client)
            if own is None:
                own = kept[client] = client_inputs(self.measures(client), policy, day)
            every[client] = own
            started = await self.yield_if_due(started)
        for gone in kept.keys() - known:
            del kept[gone]
        return every

    def _closed(
        self, everyone: Iterable[ClientInputs], policy: Policy, day: int
    ) -> tuple[FleetBaseline, ...]:
        bought = (client.purchases.weekly for client in everyone)
        weeks = range(week_of(day) - policy.compare.past_weeks, week_of(day))
        return fleet_baselines(bought, weeks, policy.purchases)

    async def yield_if_due(self, started: float) -> float:
        """Let others run when a slice of time is used up; return when the next slice began."""
        if time.perf_counter() - started < SLICE_SECONDS:
            return started
        await asyncio.sleep(SLICE_SECONDS * EVENTS_TO_SCORES if self._busy() else 0)
        return time.perf_counter()


def _net_counts(changes: Iterable[Change]) -> Iterator[tuple[Entry, int]]:
    """Yield each entry of some changes, and how many times more it counts."""
    counts: Counter[Entry] = Counter()
    for entries, times in changes:
        if times == 1:
            counts.update(entries)
        else:
            for entry in entries:
                counts[entry] += times
    return ((entry, times) for entry, times in counts.items() if times)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Yield changes some at a time; a piece ends with the one that fills it."""
    some, entries = list[Change](), 0
    for change in changes:
        some.append(change)
        entries += len(change.entries)
        if entries >= ENTRIES_AT_ONCE:
            yield some
            some, entries = [], 0
    yield some
