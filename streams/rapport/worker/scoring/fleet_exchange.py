"""Fleet exchange: workers publish their clients' scores to each other, for lists of all clients.

A client's scores count while their worker says that it lives and has the client's partition; so the
clients of a worker that is away are missing, and are not shown as they were.
"""

import asyncio
import logging
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from rapport.domain.scoring.evaluate import ClientHealth
from rapport.kafka.topic_reader import TopicFollower
from rapport.web.fleet_snapshot import UNREACHED
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.registry import FLEET_TOPIC

log = logging.getLogger(__name__)
PUBLISH_SECONDS: Final = 3.0
"""Interval at which a worker says that it lives, and publishes the scores that changed."""
SILENCE_SECONDS_MAX: Final = 10.0
"""Without a word for so long a worker is away."""
ROW_BYTES_MAX: Final = 1 << 20
"""Of the scores of one client, decompressed."""
WORKER_KEY: Final = "worker|"
"""The beginning of the keys of workers: no id of a client has this character."""
Send = Callable[[str, bytes, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """What a worker says of itself."""

    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """The scores of a client, and the worker that has it."""

    worker: str
    health: ClientHealth


_WORKER: Final[TypeAdapter[WorkerRow]] = TypeAdapter(WorkerRow)
_CLIENT: Final[TypeAdapter[ClientRow]] = TypeAdapter(ClientRow)


class FleetExchange(TopicFollower):
    """Publishes the scores of this worker's clients, and reads those of the other workers."""

    def __init__(
        self, kafka: Mapping[str, Any], assignment: Assignment, scorer: Scorer, send: Send
    ) -> None:
        super().__init__(kafka, FLEET_TOPIC)
        self._assignment, self._scorer, self._send = assignment, scorer, send
        self.address = f"{UNREACHED}{uuid.uuid4().hex}"
        """Address of this worker's pages; a name without one, to which no request is led."""
        self._published: dict[str, ClientHealth] = {}
        self._rows: dict[str, ClientRow] = {}
        self._workers: dict[str, tuple[WorkerRow, float]] = {}
        """Address -> what a worker said, and when, by this machine's monotonic clock."""
        self._taken = 0

    async def run(self) -> None:
        """Publish for ever, while other workers have a part of the clients."""
        while True:
            if self._assignment.ready and not self._assignment.owns_all():
                await self._publish()
            await asyncio.sleep(PUBLISH_SECONDS)

    async def _publish(self) -> None:
        epoch, own = self._assignment.epoch(), dict(self._scorer.health)
        present = WorkerRow(self._assignment.owned)
        await self._send(FLEET_TOPIC, self._key().encode(), _WORKER.dump_json(present))
        published = {name: one for name, one in self._published.items() if name in own}
        for client, health in own.items():
            if not epoch.is_current():
                return
            if published.get(client) is not health:
                row = zlib.compress(_CLIENT.dump_json(ClientRow(self.address, health)))
                await self._send(FLEET_TOPIC, client.encode(), row)
                published[client] = health
        self._published = published

    def _key(self) -> str:
        return f"{WORKER_KEY}{self.address}"

    def take(self, record: Any) -> None:
        """Keep what another worker says of itself or of a client."""
        try:
            key = record.key.decode()
            if key.startswith(WORKER_KEY):
                address = key.removeprefix(WORKER_KEY)
                row = _WORKER.validate_json(record.value)
                self._workers[address] = row, time.monotonic() - self._age(record)
            else:
                self._rows[key] = _CLIENT.validate_json(_decompressed(record.value))
            self._taken += 1
        except (AttributeError, TypeError, UnicodeDecodeError, ValidationError, zlib.error):
            # Another version wrote it: its worker publishes again, or is upgraded as this one was.
            log.warning("scores of the fleet at offset %s cannot be read", record.offset)

    def _age(self, record: Any) -> float:
        """Return the age of a record that was there before this worker; new ones have none."""
        if self.caught_up.is_set():
            return 0.0
        return max(0.0, time.time() - float(record.timestamp) / 1000)

    def workers(self) -> tuple[str, ...]:
        """Return the addresses of the workers that live, this one among them."""
        every = {self.address, *self._living()}
        return tuple(sorted(one for one in every if not one.startswith(UNREACHED)))

    def _living(self) -> dict[str, WorkerRow]:
        since = time.monotonic() - SILENCE_SECONDS_MAX
        return {
            address: row
            for address, (row, at) in self._workers.items()
            if at >= since and address != self.address
        }

    def state(self) -> tuple[int, tuple[str, ...]]:
        """Return what changes when `elsewhere` does."""
        return self._taken, self.workers()

    def elsewhere(self, clients: Collection[str]) -> dict[str, ClientRow]:
        """Return the rows of those of some clients that other workers have, which live."""
        if self._assignment.owns_all():
            return {}
        living, found = self._living(), {}
        for client in clients:
            row, partition = self._rows.get(client), self._assignment.partition_of(client)
            worker = None if row is None else living.get(row.worker)
            if row is None or worker is None or partition in self._assignment.owned:
                continue
            if partition in worker.partitions:
                found[client] = row
        return found


def _decompressed(value: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    content = decompressor.decompress(value, ROW_BYTES_MAX)
    if decompressor.unconsumed_tail:
        raise zlib.error("too long")
    return content
