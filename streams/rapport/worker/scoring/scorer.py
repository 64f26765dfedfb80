"""Scorer: the scores of the owned clients, kept up to date from signed changes of the ledger."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar, week_of
from rapport.domain.clients.approvals import Approval
from rapport.domain.clients.organisation import Organisation
from rapport.domain.clients.registry import Directory
from rapport.domain.comparison.past_scores import PastScores, past_scores
from rapport.domain.desk.follow_up import NO_FOLLOW_UP, FollowUp
from rapport.domain.explanation.client_snapshot import ClientSnapshot, take_client_snapshot
from rapport.domain.ledger.activity import day_set
from rapport.domain.ledger.fact_codec import cached_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import CountChange, Entry
from rapport.domain.ledger.rollup import Amounts
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import YEAR_WEEKS, FleetBaseline, fleet_baselines
from rapport.domain.procurement.client_inputs import ClientInputs, client_inputs, fleet_context
from rapport.domain.procurement.windows import PurchaseWeek, purchase_weeks
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.participation import ItActivity, it_activity
from rapport.domain.verdicts.evaluation import EvaluationCache, evaluate_with_verdict
from rapport.domain.verdicts.fleet import fleet_verdict, with_evaluated
from rapport.worker.scoring.caches import ClientInputsCache

if TYPE_CHECKING:
    from rapport.domain.policy.procurement import PurchasePolicy
    from rapport.domain.procurement.health import FleetContext
    from rapport.domain.procurement.purchases import Purchases
    from rapport.domain.verdicts.shared import SharedConcern

SLICE_SECONDS: Final = 0.01
"""How long an evaluation may hold the loop before heartbeats and scrapes run."""
ENTRIES_AT_ONCE: Final = 2000
"""Entries of one client that are measured before other tasks run."""
EVENTS_TO_SCORES: Final = 19
"""While events wait, scoring uses one twentieth of the loop's time."""
ReadRecorded = Callable[[set[str]], Awaitable[Mapping[str, FollowUp]]]
"""Returns what people recorded of some clients, where it may have changed since the last call."""


async def _nothing_recorded(_clients: set[str]) -> Mapping[str, FollowUp]:
    return {}


class Scorer:
    """Measures and health per client; an evaluation runs in slices of time, after a change."""

    def __init__(
        self,
        directory: Directory,
        policy: Policy,
        read_recorded: ReadRecorded = _nothing_recorded,
        *,
        owns: Callable[[str], bool] = lambda _client: True,
        busy: Callable[[], bool] = lambda: False,
        calendar: Calendar = UTC_CALENDAR,
    ) -> None:
        self.organisation = Organisation()
        self.calendar = calendar
        """The days of the ledger."""
        self.health: dict[str, ClientHealth] = {}
        self.fleet_context: FleetContext | None = None
        self.closed_baselines: tuple[FleetBaseline, ...] = ()
        """The fleet's purchases at the ends of the last closed weeks."""
        self._closed_of: tuple[list[Purchases], range, PurchasePolicy] | None = None
        """What these were made of."""
        self.shared_concerns: tuple[SharedConcern, ...] = ()
        """The concerns that most clients have."""
        self._arrival_days: defaultdict[str, set[int]] = defaultdict(set)
        """Source -> the days on which its records reached Kafka."""
        self.evaluations = 0
        self._directory = directory
        self._owns, self._busy, self._read_recorded = owns, busy, read_recorded
        self._compiled = CompiledPolicy(policy)
        self._measures: dict[str, ClientMeasures] = {}
        self._waiting: defaultdict[str, list[CountChange]] = defaultdict(list)
        self._waiting_approvals: dict[str, Any] = {}
        """Key of a supplier's record -> its newest event, until the next evaluation."""
        self._dirty: set[str] = set()
        self._inputs_cache, self._evaluations = ClientInputsCache(), EvaluationCache()
        self._peer_inputs: dict[str, ClientInputs] = {}
        """Client of another worker -> its inputs."""
        self._recorded: dict[str, FollowUp] = {}
        """What people recorded of the owned clients."""
        self._silenced: Mapping[str, frozenset[str]] = {}
        """Client -> the kinds of concern whose alert is silenced."""
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

    @property
    def names(self) -> Mapping[str, str]:
        """The clients' names by id."""
        return {client.id: client.name for client in self._directory}

    def measures(self, client: str) -> ClientMeasures:
        """Return the measures of a client; empty for an unknown client."""
        return self._measures.get(client) or ClientMeasures()

    def arrival_days(self) -> set[int]:
        """Return the days on which records reached Kafka, of any source."""
        return set().union(*self._arrival_days.values())

    def arrived(self, source: str, days: Iterable[int]) -> None:
        """Add days on which records of a source reached Kafka."""
        new = set(days) - self._arrival_days[source]
        if new:
            self._arrival_days[source] |= new
            self._dirty.update(self.health)

    def set_silenced(self, silenced: Mapping[str, frozenset[str]]) -> None:
        """Set the kinds of concern of the owned clients whose alerts are silenced."""
        before, self._silenced = self._silenced, silenced
        changed = (one for one in self.health if before.get(one) != silenced.get(one))
        self._dirty.update(changed)

    def _follow_ups(self) -> dict[str, FollowUp]:
        """Return what people recorded of the owned clients, with what is silenced."""
        silenced = self._silenced
        return {
            client: recorded._replace(silenced=silenced.get(client, frozenset()))
            for client, recorded in self._recorded.items()
        }

    async def _take_recorded(self, clients: set[str]) -> None:
        """Take what people recorded of some owned clients since the last evaluation."""
        for client, follow_up in (await self._read_recorded(clients)).items():
            if self._recorded.get(client, NO_FOLLOW_UP) != follow_up:
                self._recorded[client] = follow_up
                self._dirty.add(client)

    async def client_snapshot(self, client: str, day: int) -> ClientSnapshot:
        """Return a client's scores and attribution at the end of `day`, by today's ledger."""
        compiled = self._compiled
        every = await self._all_inputs(self._own() | {client}, compiled.policy, day)
        everyone = self._with_peers(every).values()
        shared = fleet_context(everyone, compiled.policy, day, self._arrivals(day))
        measures = self.measures(client)
        own = every[client]
        health = evaluate_with_verdict(client, measures, own, compiled, day, shared)
        return take_client_snapshot(measures, compiled, health, self._approvals(client))

    async def past_fleet(self, day: int) -> Mapping[str, ClientHealth]:
        """Return the owned clients with their verdicts at the end of `day`, by today's ledger."""
        compiled = self._compiled
        every = await self._all_inputs(self._own(), compiled.policy, day)
        everyone = self._with_peers(every)
        shared = fleet_context(everyone.values(), compiled.policy, day, self._arrivals(day))
        started, evaluated = time.perf_counter(), {}
        for client, own in every.items():
            measures = self.measures(client)
            evaluated[client] = evaluate_with_verdict(client, measures, own, compiled, day, shared)
            started = await self.yield_if_due(started)
        return fleet_verdict(evaluated, everyone, compiled.policy, self._recorded).health

    def current_snapshot(self, health: ClientHealth) -> ClientSnapshot:
        """Return the attribution of scores of the newest evaluation."""
        measures, approvals = self.measures(health.client), self._approvals(health.client)
        return take_client_snapshot(measures, self._compiled, health, approvals)

    def past_scores(self, health: ClientHealth) -> PastScores:
        """Return the scores at the ends of the last closed weeks, for the newest evaluation."""
        purchases = self._inputs_of(health).purchases
        return past_scores(health, purchases, self.closed_baselines, self._compiled.policy)

    def purchase_weeks(self, health: ClientHealth) -> tuple[PurchaseWeek, ...]:
        """Return a client's purchase windows that ended with the closed weeks of a year."""
        if self.fleet_context is None:
            return ()
        policy, baseline = self._compiled.policy, self.fleet_context.baseline
        own = self._inputs_of(health).purchases
        return purchase_weeks(own.weekly, own.first_day, policy.purchases, baseline, YEAR_WEEKS)

    def _inputs_of(self, health: ClientHealth) -> ClientInputs:
        inputs = self.client_inputs.get(health.client)
        if inputs is not None:
            return inputs
        measures, approvals = self.measures(health.client), self._approvals(health.client)
        return client_inputs(measures, self._compiled.policy, health.day, approvals)

    def put_approval(self, key: str, event: Any) -> None:
        """Add, replace or remove an approved supplier, from the next evaluation on."""
        self._waiting_approvals[key] = event
        self._dirty.update(self.health)

    def _apply_approvals(self) -> None:
        """Apply the approvals that came since the last evaluation, for all clients at once."""
        if self._waiting_approvals:
            self._inputs_cache.clear()
        while self._waiting_approvals:
            self.organisation.approvals.put(*self._waiting_approvals.popitem())

    async def it_activity(self, clients: Collection[str]) -> ItActivity:
        """Return the answers of some clients about IT's roles, teams and message."""
        compiled, started, sums = self._compiled, time.perf_counter(), []
        seen = [(client, one) for client, one in self.health.items() if client in clients]
        for client, health in seen:
            sums.append(self.measures(client).sums_at(compiled, health.day))
            started = await self.yield_if_due(started)
        return it_activity(sums, compiled.participation)

    def on_peer_inputs(self, client: str, inputs: ClientInputs) -> None:
        """Store the inputs of a client that another worker owns."""
        if not self._owns(client) and self._peer_inputs.get(client) != inputs:
            self._peer_inputs[client] = inputs
            self._dirty.update(self.health)

    @property
    def client_inputs(self) -> Mapping[str, ClientInputs]:
        """The inputs of the owned clients at the last evaluation."""
        return {} if self._evaluated_day is None else self._inputs_cache.of(self._evaluated_day)

    @property
    def inputs_for_peers(self) -> dict[str, ClientInputs]:
        """The inputs of the owned clients, with what their verdicts tell other clients."""
        return with_evaluated(self.client_inputs, self.health)

    def _approvals(self, client: str) -> tuple[Approval, ...]:
        return self.organisation.approvals.of(client)

    def _own(self) -> set[str]:
        return {client.id for client in self._directory if self._owns(client.id)}

    def _with_peers(self, own: Mapping[str, ClientInputs]) -> dict[str, ClientInputs]:
        """Return the inputs of all clients: of those owned here, and of the peers' clients."""
        peers = self._peer_inputs
        others = (name for name in peers if name not in own and name in self._directory)
        return {**own, **{name: peers[name] for name in others}}

    def _arrivals(self, day: int) -> dict[str, int]:
        return {source: day_set(days, day) for source, days in self._arrival_days.items()}

    def forget(self) -> None:
        """Drop everything, before the ledger is read again."""
        # An evaluation may be running: its clients stay dirty, and its inputs are dropped.
        self._dirty.update(self._measures, self.health)
        self._inputs_cache.clear()
        self.health.clear()
        self._measures.clear()
        self._recorded.clear()
        self._waiting.clear()

    def restore(self, client: str, amounts: Amounts) -> None:
        """Set the measures of a client from its stored ledger."""
        self._measures[client] = ClientMeasures.restored(amounts)
        self._dirty.add(client)

    def add(self, client: str, changes: Iterable[CountChange]) -> None:
        """Queue changes of a client's ledger."""
        # The next evaluation measures them, equal entries only once.
        self._waiting[client] += changes
        self._dirty.add(client)

    async def _measure(self, client: str, started: float) -> float:
        """Measure the queued changes of a client; return when the newest slice of time began."""
        # After a concurrent `forget` these measures are detached.
        measures = self._measures.setdefault(client, ClientMeasures())
        for batch in _batches(self._waiting.pop(client, ())):
            self._inputs_cache.drop(client)
            for (_, day, fact), times in _net_counts(batch):
                measures.add(day, cached_fact(fact), times)
            started = await self.yield_if_due(started)
        return started

    async def evaluate(self, day: int) -> int:
        """Evaluate every score for `day`, if anything changed; return the number of clients."""
        clients = self._own()
        await self._take_recorded(clients)
        self._dirty |= clients - self.health.keys()
        for removed in self.health.keys() - clients:
            del self.health[removed]
        if not self._dirty and day == self._evaluated_day:
            return 0
        # The baseline is shared: a purchase of one client changes what is expected of the others.
        self._dirty.clear()
        self._apply_approvals()
        started = time.perf_counter()
        for client in list(self._waiting):
            started = await self._measure(client, started)
        compiled = self._compiled
        every = await self._all_inputs(clients, compiled.policy, day)
        everyone = self._with_peers(every)
        shared = fleet_context(everyone.values(), compiled.policy, day, self._arrivals(day))
        if shared == self.fleet_context:
            # Clients that did not change need no evaluation under an equal context.
            shared = self.fleet_context
        self.fleet_context = shared
        self._compare_closed_weeks(everyone.values(), compiled.policy, day)
        self._evaluations.drop_others(every)
        started, evaluated = time.perf_counter(), {}
        for client, own in every.items():
            evaluated[client] = self._evaluations.health(
                client, self.measures(client), own, compiled, day, shared
            )
            started = await self.yield_if_due(started)
        self._decide(evaluated, everyone)
        self._evaluated_day = day
        self.evaluations += 1
        return len(clients)

    def _decide(
        self, evaluated: Mapping[str, ClientHealth], everyone: Mapping[str, ClientInputs]
    ) -> None:
        """Keep the evaluated clients with their final verdicts, and what most clients share."""
        policy, recorded = self._compiled.policy, self._follow_ups()
        verdict = fleet_verdict(evaluated, everyone, policy, recorded)
        self.health.update(verdict.health)
        self.shared_concerns = verdict.shared

    async def _all_inputs(
        self, clients: set[str], policy: Policy, day: int
    ) -> dict[str, ClientInputs]:
        """Return every client's inputs; only those of changed clients are computed."""
        cached = self._inputs_cache.of(day)
        every, started = {}, time.perf_counter()
        for client in sorted(clients):
            own = cached.get(client)
            if own is None:
                own = client_inputs(self.measures(client), policy, day, self._approvals(client))
                cached[client] = own
            every[client] = own
            started = await self.yield_if_due(started)
        for removed in cached.keys() - clients:
            del cached[removed]
        return every

    def _compare_closed_weeks(
        self, everyone: Iterable[ClientInputs], policy: Policy, day: int
    ) -> None:
        """Make the baselines of the closed weeks again, if the purchases of a client changed."""
        purchases = [client.purchases for client in everyone]
        weeks = range(week_of(day) - policy.compare.past_weeks, week_of(day))
        if self._closed_of != (purchases, weeks, policy.purchases):
            self._closed_of = purchases, weeks, policy.purchases
            weekly = (bought.weekly for bought in purchases)
            self.closed_baselines = fleet_baselines(weekly, weeks, policy.purchases)

    async def yield_if_due(self, started: float) -> float:
        """Yield to other tasks after a slice of time; return when the newest slice began."""
        if time.perf_counter() - started < SLICE_SECONDS:
            return started
        await asyncio.sleep(SLICE_SECONDS * EVENTS_TO_SCORES if self._busy() else 0)
        return time.perf_counter()


def _net_counts(changes: Iterable[CountChange]) -> Iterator[tuple[Entry, int]]:
    """Yield each entry of some changes, with the sum of its signed counts."""
    counts: Counter[Entry] = Counter()
    for entries, times in changes:
        if times == 1:
            counts.update(entries)
        else:
            for entry in entries:
                counts[entry] += times
    return ((entry, times) for entry, times in counts.items() if times)


def _batches(changes: Iterable[CountChange]) -> Iterator[list[CountChange]]:
    """Yield changes in batches; the change that exceeds `ENTRIES_AT_ONCE` ends a batch."""
    batch, entries = list[CountChange](), 0
    for change in changes:
        batch.append(change)
        entries += len(change.entries)
        if entries >= ENTRIES_AT_ONCE:
            yield batch
            batch, entries = [], 0
    yield batch
