"""The ledger's local store: one RocksDB per partition; a damaged one is rebuilt.

Private API of faust-streaming, verified with version 0.15.3.

The changelog holds every page, so discarding an unreadable store costs time and no data. An error
that a new store would meet again (no permission, no space, another process) goes to the user.
"""

import gc
import logging
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition
from faust.stores.rocksdb import Store

from rapport.runtime.private_api import require
from rapport.worker.storage.page_db import PageDb, drop_frames
from rapport.worker.storage.store_errors import StoreDamagedError, StoreLockedError, delete_error

log = logging.getLogger(__name__)
WRITER_EPOCH_KEY: Final = b"\xc1term"
"""The key of the newest writer epoch in a store; no page's key begins with that byte."""
LOCK_TRIES_MAX: Final = 30
"""How often a locked store is tried again, once a second: a rebalance may still hold it."""
require(
    Store,
    *("_open_for_partition", "_try_open_db_for_partition", "_db_for_partition", "_dbs"),
    *("_key_index", "partition_path", "offset_key", "need_active_standby_for"),
    library="faust-streaming",
)


class LedgerStore(Store):  # type: ignore[misc] # Faust ships no types
    """Faust's RocksDB store, whose stores are `PageDb`s: one directory per partition."""

    def _open_for_partition(self, partition: int) -> PageDb:
        path = self.partition_path(partition)
        try:
            return PageDb(path)
        except StoreDamagedError as error:
            self.discard_damaged(partition, error)
        return PageDb(path)

    async def _try_open_db_for_partition(
        self,
        partition: int,
        max_retries: int = LOCK_TRIES_MAX,
        retry_delay: float = 1.0,
        generation_id: int = 0,
    ) -> PageDb | None:
        """Open a store, and wait while it is locked; Faust's own reads the bindings' messages."""
        for _ in range(max_retries):
            try:
                return self._db(partition)
            except StoreLockedError as error:
                log.info("%s; trying again in %g s", error, retry_delay)
            if generation_id != self.app.consumer_generation_id:
                return None  # a newer rebalance may have given the partition away
            await self.sleep(retry_delay)
        return self._db(partition)

    async def need_active_standby_for(self, tp: TopicPartition) -> bool:
        """Return whether no other process of this directory keeps a partition's store."""
        try:
            self._db(tp.partition)
        except StoreLockedError:
            return False
        return True

    def _db(self, partition: int) -> PageDb:
        db: PageDb = self._db_for_partition(partition)
        return db

    def persisted_offset(self, tp: TopicPartition) -> int | None:
        """Return the changelog offset that the store reaches; None when it is empty."""
        try:
            offset = self._db(tp.partition).get(self.offset_key)
        except StoreDamagedError as error:
            self.discard_damaged(tp.partition, error)
            return None
        return None if offset is None else int(offset)

    def writer_epoch(self, partition: int) -> int:
        """Return the newest writer epoch of the records in a store; 0 when it is empty."""
        return int(self._db(partition).get(WRITER_EPOCH_KEY) or 0)

    def items(self, partition: int, first: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield what is stored of a partition from a key on; raises `StoreDamagedError`."""
        reserved = self.offset_key, WRITER_EPOCH_KEY
        return (item for item in self._db(partition).items(first) if item[0] not in reserved)

    def keys(self, partition: int, first: bytes) -> Iterator[bytes]:
        """Yield the keys of the stored pages of a partition, from `first` on."""
        reserved = self.offset_key, WRITER_EPOCH_KEY
        return (key for key in self._db(partition).keys(first) if key not in reserved)

    def value(self, partition: int, key: bytes) -> bytes | None:
        """Return a stored page, or None."""
        return self._db(partition).get(key)

    def write(
        self,
        partition: int,
        pages: Iterable[tuple[bytes, bytes | None]],
        last_offset: int,
        epoch: int,
    ) -> None:
        """Store pages, the offset that they reach and their writer epoch, in one write.

        So the store never claims an offset whose pages it lacks. Faust's own path looks up a codec
        per page.
        """
        state = (self.offset_key, b"%d" % last_offset), (WRITER_EPOCH_KEY, b"%d" % epoch)
        self._db(partition).write((*pages, *state))

    def rollup_path(self, partition: int) -> Path:
        """Return the file of a partition's rollup cache."""
        return Path(self.partition_path(partition)).with_suffix(".counted")

    def discard_damaged(self, partition: int, error: StoreDamagedError) -> None:
        """Log that a store is damaged, and delete it; raises `StoreError`."""
        path = self.partition_path(partition)
        log.error(
            "the local store %s is damaged (%s): it is deleted and rebuilt from the changelog; "
            "nothing is lost, but it takes longer until the worker is ready",
            path,
            error.reason,
        )
        self._dbs.pop(partition, None)
        self._key_index.clear()
        drop_frames(error)
        gc.collect()  # RocksDB closes, and unlocks, when its last reference is gone
        delete_path(path)


def delete_path(path: Path) -> None:
    """Delete a directory or a file, if it exists; raises `StoreError`."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise delete_error(path, error.strerror or str(error)) from error
