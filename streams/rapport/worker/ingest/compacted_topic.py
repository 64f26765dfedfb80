"""Compacted topics: each worker follows the clients, and what IT and the organisation decided."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rapport.domain.clients.registry import Directory
from rapport.kafka.record_batch import UnreadableRecord
from rapport.kafka.topic_reader import TopicFollower
from rapport.worker.ingest.internal_errors import internal_error
from rapport.worker.storage.ledger_zone import is_zone_setting
from rapport_schemas.wire.envelope import read_envelope
from rapport_schemas.wire.registry import CLIENTS_TOPIC, CONTRACTS
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
Put = Callable[[str, Any], None]
"""Takes the key of a record and the model of its event; None where the record is empty."""


class CompactedTopicFollower(TopicFollower):
    """Reads a compacted topic to its end, then follows it."""

    def __init__(self, kafka: Mapping[str, Any], topic: str, put: Put) -> None:
        super().__init__(kafka, topic)
        self._put = put
        self.rejected: Counter[str] = Counter()
        """Reason -> records that were rejected since the start."""

    def take(self, record: Any) -> None:
        """Pass on a record; count one that is rejected."""
        if is_zone_setting(record):
            return
        try:
            self._put(*read_record(record, self._topic))
        except Exception as error:  # noqa: BLE001 # a poison pill never stops a follower
            rejected = error if isinstance(error, Rejected) else internal_error(error)
            self.rejected[rejected.reason] += 1
            where = rejected.logged_path or "the record"
            log.warning(
                "topic %s, record %s: %s at %s", self._topic, record.offset, rejected.reason, where
            )


class ClientRegistryFollower(CompactedTopicFollower):
    """Follows the registry, so every worker knows every client."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self.directory = Directory()
        super().__init__(kafka, CLIENTS_TOPIC, self.directory.put)


def read_record(record: Any, topic: str) -> tuple[str, Any]:
    """Return the key of a record and the model of its event; None where the record is empty."""
    if isinstance(record, UnreadableRecord):
        raise record.rejected
    key = (record.key or b"").decode(errors="replace")
    if record.value is None:
        return key, None
    envelope = read_envelope(record.value, record.headers)
    contract = CONTRACTS[envelope.type]
    if contract.topic != topic:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = contract.decode(envelope.data)
    if data.record_key != key:
        # Compaction keeps the newest record of a key: a foreign key would undo another record.
        raise Rejected("invalid", "key", f"the key of this record is not {data.record_key!r}")
    return key, data
