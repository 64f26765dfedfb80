"""Dead letters: rejected records, up to a size bound, with their reason and origin."""

import hashlib
import json
from collections.abc import Iterable
from enum import Enum
from typing import Final

from aiokafka import TopicPartition

from rapport.kafka.record_batch import Record
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.rejection import Rejected

KEPT_BYTES_MAX: Final = 64 * 1024
"""Of the key, of the value, and of all headers: a topic of Kafka's defaults takes it."""
PATH_CHARACTERS_MAX: Final = 256
DETAIL_CHARACTERS_MAX: Final = 512
Header = tuple[str, bytes | None]


class Keep(Enum):
    """How much of a record its dead letter keeps, where its topic takes only small records."""

    ALL = "all"
    KEY_AND_HEADERS = "key and headers"
    ORIGIN = "origin"


def dead_letter(
    origin: TopicPartition, record: Record, rejected: Rejected, keep: Keep = Keep.ALL
) -> tuple[bytes | None, bytes | None, list[Header]]:
    """Return (key, value, headers) of the dead letter for a record of the partition `origin`.

    Key, value and headers are the original's, each cut at 64 KiB, or withheld. One more header
    holds the reason, the origin, what was cut, and the length and hash of the original value.
    """
    value = record.value or b""
    value_bytes_max = KEPT_BYTES_MAX if keep is Keep.ALL else 0
    bytes_max = 0 if keep is Keep.ORIGIN else KEPT_BYTES_MAX
    headers = list(_bounded(record.headers, bytes_max))
    cut = [
        *(["key"] if len(record.key or b"") > bytes_max else []),
        *(["value"] if len(value) > value_bytes_max else []),
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
        "sha256": hashlib.sha256(value).hexdigest() if len(value) > value_bytes_max else None,
        "cut": cut if record.whole else ["key", "value", "headers"],
    }
    header = (DEAD_LETTER_HEADER, json.dumps(details, ensure_ascii=True).encode())
    key = None if record.key is None else record.key[:bytes_max]
    return key, _value(record, key, value_bytes_max), [*headers, header]


def _value(record: Record, key: bytes | None, bytes_max: int) -> bytes | None:
    if record.value is None:
        # The Kafka client rejects a record without key and value.
        return None if key is not None else b""
    return record.value[:bytes_max]


def _bounded(headers: Iterable[Header], room: int) -> Iterable[Header]:
    for name, content in headers:
        room -= len(name.encode()) + len(content or b"")
        if room < 0:
            return
        yield name, content
