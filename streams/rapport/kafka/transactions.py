"""Read committed: which record batches of a fetch belong to an aborted transaction.

Private API of aiokafka, verified with version 0.14.0.

A broker that is asked for committed records still sends the aborted ones, with a list of the
aborted transactions: (producer id, offset of its first record). A transaction ends at the control
batch with its marker. The rules are those of Kafka's own consumer.
"""

import struct
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch

from rapport.runtime.private_api import require

READ_COMMITTED: Final = "read_committed"
TRANSACTION_BITS: Final = 0x30
"""Of a batch's attributes: it is part of a transaction (0x10), or a control batch (0x20)."""
AbortedTransactions = Iterable[tuple[int, int]]
"""(producer id, first offset) of the aborted transactions that a fetch meets."""
_MARKER: Final = struct.Struct(">hh")
"""The key of a control record: its version and its type."""
_ABORT: Final = 0

require(
    DefaultRecordBatch,
    *("validate_crc", "is_control_batch", "is_transactional", "producer_id", "next_offset"),
    library="aiokafka",
)


class CommittedFilter:
    """Decides which batches of one fetch are dropped; batches are offered in their order."""

    def __init__(self, aborted: AbortedTransactions) -> None:
        self._aborted = sorted(aborted, key=itemgetter(1), reverse=True)
        """The aborted transactions that begin further on, the next one last."""
        self._producers: set[int] = set()
        """Producers whose transaction, where the filter is now, was aborted."""

    def drops(self, raw: bytes) -> bool:
        """Return whether a batch of a transaction, or a control batch, holds no committed record.

        Raises `CorruptRecordException` when a batch to drop does not match its checksum: its flags
        or its producer may be wrong, and another fetch may be correct.
        """
        batch = DefaultRecordBatch(raw)
        while self._aborted and self._aborted[-1][1] < batch.next_offset:
            self._producers.add(self._aborted.pop()[0])
        dropped = batch.is_control_batch or (
            batch.is_transactional and batch.producer_id in self._producers
        )
        if dropped and not batch.validate_crc():
            raise CorruptRecordException("a record batch does not match its checksum")
        if batch.is_control_batch and _is_abort(batch):
            self._producers.discard(batch.producer_id)
        return bool(dropped)


def _is_abort(batch: Any) -> bool:
    """Return whether a control batch ends an aborted transaction; compaction may empty it."""
    key = next((record.key for record in batch), None) or b""
    return len(key) >= _MARKER.size and _MARKER.unpack_from(key)[1] == _ABORT
