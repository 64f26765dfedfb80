"""Peer exchange: workers publish their clients' inputs to each other, over a compacted topic.

Seasons, peer groups, suppliers and feed rhythms depend on the inputs of all clients, but a worker
reads the ledger of its own partitions only.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.kafka.topic_reader import TopicFollower
from rapport_schemas.wire.registry import CLIENT_INPUTS_TOPIC

log = logging.getLogger(__name__)
_INPUTS: Final[TypeAdapter[ClientInputs]] = TypeAdapter(ClientInputs)
Send = Callable[[str, bytes, bytes], Any]
OnUpdate = Callable[[str, ClientInputs], None]


class PeerExchange(TopicFollower):
    """Publishes the inputs of this worker's clients, and reads those of all workers."""

    def __init__(self, kafka: Mapping[str, Any], on_update: OnUpdate) -> None:
        super().__init__(kafka, CLIENT_INPUTS_TOPIC)
        self._on_update = on_update
        self._published: dict[str, ClientInputs] = {}

    async def publish(self, own: Mapping[str, ClientInputs], send: Send) -> None:
        """Publish the inputs that changed; returns when Kafka has them."""
        changed = {
            client: inputs
            for client, inputs in own.items()
            if self._published.get(client) != inputs
        }
        for client, inputs in changed.items():
            await send(CLIENT_INPUTS_TOPIC, client.encode(), _INPUTS.dump_json(inputs))
        self._published = dict(own)

    def take(self, record: Any) -> None:
        """Pass on the inputs of a client of any worker."""
        try:
            self._on_update(record.key.decode(), _INPUTS.validate_json(record.value))
        except (AttributeError, UnicodeDecodeError, ValidationError):
            # Another version wrote it: its worker publishes again, or is upgraded as this one was.
            log.warning("client inputs at offset %s cannot be read", record.offset)
