"""What workers tell each other of their clients, so that each of them sees the whole market.

Season, peers, spreading suppliers and the rhythm of feeds are made of the figures of all clients,
and a worker reads the ledger of its own partitions only. Each tells, in a compacted topic, what it
figured of its clients; a worker that owns every partition tells nothing.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.kafka.topic_reader import TopicFollower
from rapport_schemas.wire.registry import CLIENT_INPUTS_TOPIC

log = logging.getLogger(__name__)
_FIGURES: Final[TypeAdapter[ClientInputs]] = TypeAdapter(ClientInputs)
Send = Callable[[str, bytes, bytes], Any]
OnUpdate = Callable[[str, ClientInputs], None]


class PeerExchange(TopicFollower):
    """Tells the other workers of this worker's clients, and hears of theirs."""

    def __init__(self, kafka: Mapping[str, Any], on_update: OnUpdate) -> None:
        super().__init__(kafka, CLIENT_INPUTS_TOPIC)
        self._on_update = on_update
        self._published: dict[str, ClientInputs] = {}

    async def publish(self, own: Mapping[str, ClientInputs], send: Send) -> None:
        """Tell what changed since it was told; returns when Kafka has it."""
        changed = {name: said for name, said in own.items() if self._published.get(name) != said}
        for name, said in changed.items():
            await send(CLIENT_INPUTS_TOPIC, name.encode(), _FIGURES.dump_json(said))
        self._published = dict(own)

    def take(self, record: Any) -> None:
        """Hear of a client of another worker, or of this one."""
        try:
            self._on_update(record.key.decode(), _FIGURES.validate_json(record.value))
        except (AttributeError, UnicodeDecodeError, ValidationError):
            # Of another version: its worker will tell again, or be replaced as this one was.
            log.warning("figures at offset %s cannot be read", record.offset)
