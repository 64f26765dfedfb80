"""The ledger's local store: RocksDB with bounds, and what is damaged is discarded and rebuilt.

The changelog holds every page, so a store that cannot be read costs time and nothing else. What a
new store would not mend (no permission, no space, another process) is an error to the user.
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
"""For each partition, so about 8 MiB of memory for one that is written to. Faust's own would be
2.5 GiB of caches and 192 MiB of buffers for each."""
EPOCH_KEY: Final = b"\xc1term"
"""Where the store keeps the newest term that it knows; no page's key begins with that byte."""
LOCK: Final = "/LOCK: "
BEYOND_A_NEW_STORE: Final = ("Permission denied", "No space left", "Too many open files")
"""What the messages of RocksDB hold when another store would fare no better."""


class StoreError(RapportError):
    """The local store cannot be used, and discarding it would not help."""


class LedgerStore(Store):  # type: ignore[misc] # Faust ships no types
    """Faust's RocksDB store, for one partition a directory."""

    def _open_for_partition(self, partition: int) -> Any:
        try:
            return super()._open_for_partition(partition)
        except rocksdb.errors.Error as error:
            self._report_damage(partition, error)
        self.discard(partition)
        return super()._open_for_partition(partition)

    def persisted_offset(self, tp: TopicPartition) -> int | None:
        """Return how far into the changelog the store reaches; None when it holds nothing."""
        try:
            offset = self._db_for_partition(tp.partition).get(self.offset_key)
        except rocksdb.errors.Error as error:
            self.discard_damaged(tp.partition, error)
            return None
        return None if offset is None else int(offset)

    def epoch(self, partition: int) -> int:
        """Return the newest term in which a record of the store was written; 0 for none."""
        return int(self._db_for_partition(partition).get(EPOCH_KEY) or 0)

    @property
    def _reserved_keys(self) -> tuple[bytes, bytes]:
        """What the store keeps beside pages."""
        return self.offset_key, EPOCH_KEY

    def items(self, partition: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield the stored pages of a partition, by key; raises RocksDB's error where damaged."""
        found = self._db_for_partition(partition).iteritems()
        found.seek_to_first()
        own = self._reserved_keys
        return (item for item in found if item[0] not in own)

    def keys(self, partition: int, first: bytes) -> Iterator[bytes]:
        """Yield the keys of the stored pages of a partition, from `first` on."""
        found = self._db_for_partition(partition).iterkeys()
        found.seek(first)
        own = self._reserved_keys
        return (key for key in found if key not in own)

    def value(self, partition: int, key: bytes) -> bytes | None:
        """Return a stored page, or None."""
        found: bytes | None = self._db_for_partition(partition).get(key)
        return found

    def rollup_path(self, partition: int) -> Path:
        """Return where to keep what the pages of a partition count for."""
        return Path(self.partition_path(partition)).with_suffix(".counted")

    def _report_damage(self, partition: int, error: Exception) -> None:
        """Log that a store is damaged; raises what another store would not mend."""
        path, why = self.partition_path(partition), error_text(error)
        of_the_system = isinstance(error, rocksdb.errors.RocksIOError)
        if of_the_system and LOCK in why:
            raise error  # Faust waits for it: a rebalance may not have let go of it yet
        if of_the_system and any(said in why for said in BEYOND_A_NEW_STORE):
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

    def discard(self, partition: int) -> None:
        """Close and delete a partition's store; raises `StoreError` when that cannot be."""
        self._dbs.pop(partition, None)
        self._key_index.clear()
        gc.collect()  # RocksDB closes, and unlocks, when the last reference is gone
        delete_path(self.partition_path(partition))

    def discard_damaged(self, partition: int, error: Exception) -> None:
        """Discard a store whose damage was met while it was read."""
        self._report_damage(partition, error)
        self.discard(partition)


def error_text(error: Exception) -> str:
    """Return RocksDB's words, which come as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def delete_path(path: Path) -> None:
    """Delete what stands at `path`, be it a directory or a file; raises `StoreError`."""
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
