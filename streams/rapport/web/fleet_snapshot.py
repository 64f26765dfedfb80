"""Immutable snapshots of a worker, for readers in other threads.

A snapshot is replaced, never changed: a reader sees one consistent state. Series, JSON and pages
are built from it on demand, in the reader's thread, and cached with it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.clients.organisation import Organisation
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.comparison.benchmark import PeerScores
from rapport.domain.comparison.past_scores import PastScores, past_scores
from rapport.domain.comparison.roll_ups import Member, groups_together, owners_together
from rapport.domain.explanation.client_snapshot import ClientSnapshot
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.baseline import FleetBaseline
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.health import FleetContext
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.fleet import rank, seen_health
from rapport.domain.verdicts.shared import SharedConcern
from rapport.language.language import Language
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.catalogue import client_samples, fleet_samples, verdict_samples
from rapport.monitoring.metrics.model import Sample
from rapport.monitoring.metrics.policy_values import policy_value_samples
from rapport.monitoring.metrics.relationship import target_samples
from rapport.web.exposition import Exposition
from rapport.web.json_views import client_json, roll_up_json

UNREACHED: Final = "worker:"
"""The beginning of the name of a worker without an address."""


@dataclass(frozen=True, slots=True)
class ScoredClient:
    """A client and its scores."""

    client: Client
    health: ClientHealth


@dataclass(frozen=True, eq=False)
class FleetSnapshot:
    """The fleet after one evaluation."""

    directory: Mapping[str, Client]
    health: Mapping[str, ClientHealth]
    inputs: Mapping[str, ClientInputs]
    context: FleetContext | None
    closed_weeks: tuple[FleetBaseline, ...]
    """The purchases of all clients, at the ends of the last closed weeks."""
    policy: Policy
    calendar: Calendar = UTC_CALENDAR
    shared_concerns: tuple[SharedConcern, ...] = ()
    """The concerns that most clients have."""
    organisation: Organisation = field(default_factory=Organisation)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Client that another worker has -> the address of that worker, or its name without one."""
    workers: tuple[str, ...] = ()
    """The addresses of the workers that live; empty where only one ever did."""

    def scored_client(self, client: str) -> ScoredClient | None:
        """Return a client and its scores; None when it is not registered or not evaluated."""
        if client not in self.directory or client not in self.health:
            return None
        return ScoredClient(self.directory[client], self.health[client])

    def seen_by(self, owners: Collection[str]) -> "FleetSnapshot":
        """Return the snapshot of some owners' clients, in which no other client is named."""
        seen = {name: one for name, one in self.directory.items() if one.owner in owners}
        return replace(
            self,
            directory=seen,
            health=seen_health(self.health, seen),
            inputs={name: one for name, one in self.inputs.items() if name in seen},
        )

    @cached_property
    def clients(self) -> Mapping[str, ScoredClient]:
        """The clients by id, the most urgent first."""
        compare = self.policy.compare
        scored = filter(None, map(self.scored_client, self.health))
        ordered = sorted(scored, key=lambda one: rank(one.health, compare))
        return {one.client.id: one for one in ordered}

    @property
    def _own(self) -> Iterator[ScoredClient]:
        """The clients of this worker: every other has the series of its own."""
        return (one for one in self.clients.values() if one.client.id not in self.elsewhere)

    @cached_property
    def registry(self) -> Directory:
        """The registered clients, to be found by each of their names."""
        found = Directory()
        for client in self.directory.values():
            found.register(client)
        return found

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of the clients by id."""
        return {client.id: client.name for client in self.directory.values()}

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """The owners of the registered clients, in the order of the alphabet."""
        return tuple(sorted({client.owner for client in self.directory.values()}))

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The registered clients, with their places and their scores if they have any here."""
        places, health = self.organisation.places, self.health
        return tuple(
            Member(client.id, client.owner, places.of(client.id), health.get(client.id))
            for client in self.directory.values()
        )

    @cached_property
    def peers(self) -> PeerScores:
        """The scores of all clients, to compare one with."""
        return PeerScores((one.health for one in self.clients.values()), self.policy.compare)

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """The series of this worker's clients, and those of the fleet."""
        fleet = chain.from_iterable(
            client_samples(one.client, one.health, self.policy, self.calendar) for one in self._own
        )
        shared = () if self.context is None else fleet_samples(self.context)
        count = Sample(pipeline.CLIENTS, (), len(self.directory))
        health = (one.health for one in self._own)
        verdicts = verdict_samples(health, self.shared_concerns, self.calendar)
        values = policy_value_samples(self.policy)
        return (*fleet, *target_samples(self.policy.compare), count, *shared, *verdicts, *values)

    @cached_property
    def clients_json(self) -> tuple[dict[str, Any], ...]:
        """The clients as JSON, the most urgent first."""
        return tuple(map(self.client_json, self.clients.values()))

    def roll_ups_json(self, language: Language) -> dict[str, Any]:
        """Return each group and each owner with its clients together, as JSON."""
        return {
            "groups": [roll_up_json(one, language) for one in groups_together(self.members)],
            "owners": [roll_up_json(one, language) for one in owners_together(self.members)],
        }

    def client_json(self, scored: ScoredClient) -> dict[str, Any]:
        """Return one client as JSON."""
        place = self.organisation.places.of(scored.client.id)
        return client_json(scored.client, scored.health, self.policy.compare, self.names, place)

    def past_scores(self, health: ClientHealth) -> PastScores:
        """Return a client's scores at the ends of the last closed weeks."""
        own = self.inputs.get(health.client)
        return past_scores(
            health, None if own is None else own.purchases, self.closed_weeks, self.policy
        )


@dataclass(frozen=True, eq=False)
class WorkerView:
    """What a worker's HTTP server shows: its status, and its fleet snapshot."""

    status: Mapping[str, Any]
    status_samples: tuple[Sample, ...] = ()
    fleet: FleetSnapshot | None = None
    """None while the ledger is being recovered."""

    @cached_property
    def metrics(self) -> Exposition:
        """All series, to be rendered."""
        fleet = () if self.fleet is None else self.fleet.samples
        return Exposition(chain(fleet, self.status_samples))


@dataclass(frozen=True, slots=True)
class SnapshotPair:
    """A client now, and on an earlier day as the ledger has it now."""

    now: ClientSnapshot
    before: ClientSnapshot
