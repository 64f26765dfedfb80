"""Client registry: follows the compacted `clients` topic, so every worker knows every client."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rapport.domain.clients import Client, Directory
from rapport.kafka.record_batch import UnreadableRecord
from rapport.kafka.topic_reader import TopicFollower
from rapport.worker.ingest.internal_errors import internal_error
from rapport.worker.storage.ledger_zone import is_zone_setting
from rapport_schemas.client import ClientRemoved
from rapport_schemas.wire.envelope import read_envelope
from rapport_schemas.wire.registry import CLIENTS_TOPIC, CONTRACTS
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)


class ClientRegistryFollower(TopicFollower):
    """Reads the registry to its end, then follows it."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        super().__init__(kafka, CLIENTS_TOPIC)
        self.directory = Directory()
        self.rejected: Counter[str] = Counter()
        """Reason -> records that were rejected since the start."""

    def take(self, record: Any) -> None:
        """Register or remove a client; count a record that is rejected."""
        if is_zone_setting(record):
            return
        try:
            client_id, client = parse(record)
        except Exception as error:  # noqa: BLE001 # a poison pill never stops the registry
            rejected = error if isinstance(error, Rejected) else internal_error(error)
            self.rejected[rejected.reason] += 1
            where = rejected.logged_path or "the record"
            log.warning("client record %s: %s at %s", record.offset, rejected.reason, where)
        else:
            if client is None:
                self.directory.remove(client_id)
            else:
                self.directory.register(client)


def parse(record: Any) -> tuple[str, Client | None]:
    """Return (id, client) of a registry record; client None removes it."""
    if isinstance(record, UnreadableRecord):
        raise record.rejected
    key = (record.key or b"").decode(errors="replace")
    if record.value is None:
        return key, None
    envelope = read_envelope(record.value, record.headers)
    contract = CONTRACTS[envelope.type]
    if contract.topic != CLIENTS_TOPIC:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = contract.decode(envelope.data)
    if data.client != key:
        # Compaction keeps the newest record of a key: a foreign key would undo another client.
        raise Rejected("invalid", "key", "the key of a client's record is the client's own id")
    if contract.model is ClientRemoved:
        return data.client, None
    return data.client, Client(data.client, data.name, data.owner, tuple(data.aliases))
