"""What workers tell each other of their clients, so that each of them sees the whole market.

Season, peers, spreading suppliers and the rhythm of feeds are made of the figures of all clients,
and a worker reads the ledger of its own partitions only. Each tells, in a compacted topic, what it
figured of its clients; a worker that owns every partition tells nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError

from rapport.domain.procurement.client_inputs import Figures
from rapport.kafka.topic_reader import open_reader
from rapport_schemas.wire.registry import FIGURES_TOPIC

log = logging.getLogger(__name__)
RETRY_SECONDS: Final = 1.0
_FIGURES: Final[TypeAdapter[Figures]] = TypeAdapter(Figures)
Send = Callable[[str, bytes, bytes], Any]
Hear = Callable[[str, Figures], None]


class Fellows:
    """Tells the other workers of this worker's clients, and hears of theirs."""

    def __init__(self, kafka: Mapping[str, Any], hear: Hear) -> None:
        self.caught_up = asyncio.Event()
        self._kafka, self._hear = dict(kafka), hear
        self._told: dict[str, Figures] = {}

    async def tell(self, own: Mapping[str, Figures], send: Send) -> None:
        """Tell what changed since it was told; returns when Kafka has it."""
        changed = {name: said for name, said in own.items() if self._told.get(name) != said}
        for name, said in changed.items():
            await send(FIGURES_TOPIC, name.encode(), _FIGURES.dump_json(said))
        self._told = dict(own)

    async def follow(self) -> None:
        """Hear for ever; while the broker is away, wait and try again."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("cannot hear of the other workers: %s; trying again", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _read(self) -> None:
        async with open_reader(self._kafka, FIGURES_TOPIC) as reader:
            spans = await reader.wait_for(FIGURES_TOPIC)
            async for _, record in reader.follow(spans, self.caught_up.set):
                self._take(record)

    def _take(self, record: Any) -> None:
        try:
            self._hear(record.key.decode(), _FIGURES.validate_json(record.value))
        except (AttributeError, UnicodeDecodeError, ValidationError):
            # Of another version: its worker will tell again, or be replaced as this one was.
            log.warning("figures at offset %s cannot be read", record.offset)
