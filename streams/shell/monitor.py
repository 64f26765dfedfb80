"""Keeps the scores of the clients that this worker owns, from signed changes of the ledger."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rapport.streams.core.clients import Directory
from rapport.streams.core.ledger import Change
from rapport.streams.core.measures import ClientMeasures, Fact
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import Policy
from rapport.streams.core.population import Population, Weekly, population
from rapport.streams.core.procurement import weekly_purchases
from rapport.streams.core.scores import ClientHealth, evaluate

SLICE_SECONDS: Final = 0.01
"""How long evaluation may hold the loop before heartbeats and scrapes get their turn."""


class Monitor:
    """Measures and health per client; evaluation happens in slices, when something changed."""

    def __init__(self, directory: Directory, policy: Policy) -> None:
        self.health: dict[str, ClientHealth] = {}
        self.population: Population | None = None
        self.evaluations = 0
        self._directory = directory
        self._plan = Plan(policy)
        self._measures: dict[str, ClientMeasures] = {}
        self._waiting: defaultdict[str, defaultdict[tuple[int, Fact], int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._dirty: set[str] = set()
        self._evaluated_day: int | None = None

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._plan.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._plan = Plan(policy)
        self._dirty.update(self._measures)

    def measures(self, client: str) -> ClientMeasures:
        """Return the measures of a client; empty when nothing is known."""
        return self._measures.get(client) or ClientMeasures()

    def forget(self) -> None:
        """Drop everything, before the ledger is read again."""
        self.health.clear()
        self._measures.clear()
        self._waiting.clear()
        self._dirty.clear()

    def add(self, client: str, changes: Iterable[Change]) -> None:
        """Take in what changed in a client's ledger."""
        # Equal facts are counted here and expanded once, when the scores are wanted.
        waiting = self._waiting[client]
        for day, fact, times in changes:
            waiting[day, fact] += times
        self._dirty.add(client)

    def _take_in(self, client: str) -> None:
        measures = self._measures.setdefault(client, ClientMeasures())
        for (day, fact), times in self._waiting.pop(client).items():
            if times:
                measures.add(day, fact, times)

    async def evaluate(self, day: int) -> int:
        """Bring every score up to date for `day`; return how many clients were evaluated."""
        known = {client.id for client in self._directory}
        self._dirty |= known - self.health.keys()
        for gone in self.health.keys() - known:
            del self.health[gone]
        if not self._dirty and day == self._evaluated_day:
            return 0
        # Exposure is shared: a purchase of one client changes what is expected of the others.
        self._dirty.clear()
        started = time.perf_counter()
        for client in list(self._waiting):
            self._take_in(client)
            started = await _breathe(started)
        plan = self._plan
        weekly = await self._weekly(known)
        self.population = people = population(weekly.values(), day, plan.policy.purchases)
        started = time.perf_counter()
        for client, weeks in weekly.items():
            measures = self.measures(client)
            self.health[client] = evaluate(client, measures, weeks, plan, day, people)
            started = await _breathe(started)
        self._evaluated_day = day
        self.evaluations += 1
        return len(known)

    async def _weekly(self, known: set[str]) -> dict[str, Weekly]:
        weekly, started = {}, time.perf_counter()
        policy = self.policy.purchases
        for client in sorted(known):
            weekly[client] = weekly_purchases(self.measures(client).amounts, policy)
            started = await _breathe(started)
        return weekly


async def _breathe(started: float) -> float:
    if time.perf_counter() - started < SLICE_SECONDS:
        return started
    await asyncio.sleep(0)
    return time.perf_counter()
