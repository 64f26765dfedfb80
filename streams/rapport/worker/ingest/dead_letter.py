"""Dead letters: rejected records, up to a size bound, with their reason and origin."""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from aiokafka import TopicPartition

from rapport.kafka.record_batch import Record
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.rejection import Rejected

KEPT_BYTES_MAX: Final = 64 * 1024
"""Of the key, of the value, and of all headers: a dead letter always fits in its topic."""
PATH_CHARACTERS_MAX: Final = 256
DETAIL_CHARACTERS_MAX: Final = 512
Header = tuple[str, bytes | None]


def dead_letter(
    origin: TopicPartition, record: Record, rejected: Rejected
) -> tuple[bytes | None, bytes | None, list[Header]]:
    """Return (key, value, headers) of the dead letter for a record of the partition `origin`.

    Key, value and headers are the original's, each cut at 64 KiB. One more header holds the reason,
    the origin, what was cut, and the length and hash of the original value.
    """
    value = record.value or b""
    headers = list(_bounded(record.headers))
    cut = [
        *(["key"] if len(record.key or b"") > KEPT_BYTES_MAX else []),
        *(["value"] if len(value) > KEPT_BYTES_MAX else []),
        *(["headers"] if len(headers) < len(record.headers) else []),
    ]
    details = {
        "reason": rejected.reason,
        "path": rejected.path[:PATH_CHARACTERS_MAX],
        "detail": rejected.detail[:DETAIL_CHARACTERS_MAX],
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": record.offset,
        "length": len(value),
        "sha256": hashlib.sha256(value).hexdigest() if len(value) > KEPT_BYTES_MAX else None,
        "cut": cut if record.whole else ["key", "value", "headers"],
    }
    header = (DEAD_LETTER_HEADER, json.dumps(details, ensure_ascii=True).encode())
    key = None if record.key is None else record.key[:KEPT_BYTES_MAX]
    return key, _value(record, key), [*headers, header]


def _value(record: Record, key: bytes | None) -> bytes | None:
    if record.value is None:
        # The Kafka client rejects a record without key and value.
        return None if key is not None else b""
    return record.value[:KEPT_BYTES_MAX]


def _bounded(headers: Iterable[Header]) -> Iterable[Header]:
    room = KEPT_BYTES_MAX
    for name, content in headers:
        room -= len(name.encode()) + len(content or b"")
        if room < 0:
            return
        yield name, content
