"""The ledger's local store: RocksDB with bounded memory; a damaged store is rebuilt.

Private API of faust-streaming, verified with version 0.15.3, and of the messages of
faust-streaming-rocksdb, verified with version 0.9.3.

The changelog holds every page, so discarding an unreadable store costs time and no data. An error
that a new store would meet again (no permission, no space, another process) goes to the user.
"""

import gc
import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import rocksdb
from aiokafka import TopicPartition
from faust.stores.rocksdb import Store

from rapport.runtime.private_api import require
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
MIB: Final = 1024 * 1024
OPTIONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "write_buffer_size": 2 * MIB,
        "max_write_buffer_number": 2,
        "block_cache_size": 2 * MIB,
        "block_cache_compressed_size": MIB,
        "target_file_size_base": 32 * MIB,
        "max_open_files": 128,
    }
)
"""Per partition: about 8 MiB of memory for one that is written to. Faust's defaults are 2.5 GiB of
caches and 192 MiB of buffers."""
WRITER_EPOCH_KEY: Final = b"\xc1term"
"""The key of the newest writer epoch in a store; no page's key begins with that byte."""
LOCKED: Final = "/LOCK: "
UNFIXABLE: Final = ("Permission denied", "No space left", "Too many open files")
"""Parts of RocksDB's messages for errors that a new store would meet again."""
require(
    Store,
    *("_open_for_partition", "_db_for_partition", "_dbs", "_key_index"),
    *("partition_path", "offset_key"),
    library="faust-streaming",
)


class StoreError(RapportError):
    """The local store cannot be used, and discarding it would not help."""


class LedgerStore(Store):  # type: ignore[misc] # Faust ships no types
    """Faust's RocksDB store: one directory per partition."""

    def _open_for_partition(self, partition: int) -> Any:
        try:
            return super()._open_for_partition(partition)
        except rocksdb.errors.Error as error:
            self.discard_damaged(partition, error)
        return super()._open_for_partition(partition)

    def persisted_offset(self, tp: TopicPartition) -> int | None:
        """Return the changelog offset that the store reaches; None when it is empty."""
        try:
            offset = self._db_for_partition(tp.partition).get(self.offset_key)
        except rocksdb.errors.Error as error:
            self.discard_damaged(tp.partition, error)
            return None
        return None if offset is None else int(offset)

    def writer_epoch(self, partition: int) -> int:
        """Return the newest writer epoch of the records in a store; 0 when it is empty."""
        return int(self._db_for_partition(partition).get(WRITER_EPOCH_KEY) or 0)

    def items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield the stored pages of a partition, by key; raises RocksDB's error for damage."""
        items = self._db_for_partition(partition).iteritems()
        items.seek_to_first()
        reserved = self.offset_key, WRITER_EPOCH_KEY
        return (item for item in items if item[0] not in reserved)

    def keys(self, partition: int, first: bytes) -> Iterator[bytes]:
        """Yield the keys of the stored pages of a partition, from `first` on."""
        keys = self._db_for_partition(partition).iterkeys()
        keys.seek(first)
        reserved = self.offset_key, WRITER_EPOCH_KEY
        return (key for key in keys if key not in reserved)

    def value(self, partition: int, key: bytes) -> bytes | None:
        """Return a stored page, or None."""
        value: bytes | None = self._db_for_partition(partition).get(key)
        return value

    def write(self, partition: int, writes: Any) -> None:
        """Apply a RocksDB `WriteBatch`; Faust's own path looks up a codec per page."""
        self._db_for_partition(partition).write(writes)

    def rollup_path(self, partition: int) -> Path:
        """Return the file of a partition's rollup cache."""
        return Path(self.partition_path(partition)).with_suffix(".counted")

    def discard_damaged(self, partition: int, error: Exception) -> None:
        """Log that a store is damaged, and discard it; raises what a new store would not fix."""
        path, why = self.partition_path(partition), error_text(error)
        io_error = isinstance(error, rocksdb.errors.RocksIOError)
        if io_error and LOCKED in why:
            raise error  # Faust waits for the lock: a rebalance may still hold it
        if io_error and any(text in why for text in UNFIXABLE):
            raise StoreError(
                f"the local store {path} cannot be opened ({why}); let the worker's user write "
                "there, or give another directory with --data-dir: it is rebuilt from the changelog"
            ) from error
        log.error(
            "the local store %s is damaged (%s): it is deleted and rebuilt from the changelog; "
            "nothing is lost, but it takes longer until the worker is ready",
            path,
            why,
        )
        self._dbs.pop(partition, None)
        self._key_index.clear()
        gc.collect()  # RocksDB closes, and unlocks, when its last reference is gone
        delete_path(path)


def error_text(error: Exception) -> str:
    """Return the message of a RocksDB error, which is bytes."""
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def delete_path(path: Path) -> None:
    """Delete a directory or a file, if it exists; raises `StoreError`."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"the damaged local store {path} cannot be deleted ({error.strerror}); delete it, or "
            "give another directory with --data-dir: it is rebuilt from the changelog"
        ) from error
