"""One partition's pages in RocksDB, through rocksdict, whose errors are raised as `StoreError`.

Behaviour of rocksdict, verified with version 0.3.29: the messages of its errors, iterators that end
at damage without an error, and options that a store keeps (`tests/libraries/test_rocksdict.py`).
"""

import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final

from rocksdict import BlockBasedOptions, Cache, Options, Rdict, WriteBatch

from rapport.worker.storage.store_errors import StoreDamagedError, store_error

MIB: Final = 1024 * 1024
OPTIONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "write_buffer_size": 2 * MIB,
        "max_write_buffer_number": 2,
        "block_cache_size": 2 * MIB,
        "target_file_size_base": 32 * MIB,
        "max_open_files": 128,
        "keep_log_file_num": 2,
    }
)
"""Per partition: about 8 MiB of memory for one that is written to. Faust's defaults are 2 GiB of
cache and 192 MiB of buffers, and RocksDB's are 1,000 logs of its own."""
FILTER_BITS: Final = 10
"""Bits of the Bloom filter for each key: one in 100 lookups of an absent key reads a block."""


class PageDb:
    """The store of one partition; it is closed when its last reference is gone."""

    def __init__(self, path: Path) -> None:
        self._errors = _Errors(path)
        options = store_options()
        with self._errors:
            # A store's own files say the options of a column family that is not named here.
            self._db = Rdict(str(path), options, {"default": options})

    def get(self, key: bytes) -> bytes | None:
        """Return a value, or None."""
        with self._errors:
            value: bytes | None = self._db.get(key)
        return value

    def items(self, first: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and values, from `first` on; raises `StoreDamagedError` where damaged."""
        with self._errors:
            view = self._db.iter()
            view.seek(first)
            while view.valid():
                yield view.key(), view.value()
                view.next()
            view.status()  # rocksdict's own `items` would end here at damage, without an error

    def keys(self, first: bytes) -> Iterator[bytes]:
        """Yield the keys from `first` on; raises `StoreDamagedError` where one cannot be read."""
        with self._errors:
            view = self._db.iter()
            view.seek(first)
            while view.valid():
                yield view.key()
                view.next()
            view.status()

    def write(self, values: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Store all values, and delete the keys of None, or do nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, value in values:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        with self._errors:
            self._db.write(batch)


def store_options() -> Options:
    """Return the options of a store; each has a cache of its own."""
    table = BlockBasedOptions()
    table.set_block_cache(Cache(OPTIONS["block_cache_size"]))
    table.set_bloom_filter(FILTER_BITS, block_based=False)
    options = Options(raw_mode=True)  # keys and values are bytes, as they are
    options.create_if_missing(create_if_missing=True)
    options.set_write_buffer_size(OPTIONS["write_buffer_size"])
    options.set_max_write_buffer_number(OPTIONS["max_write_buffer_number"])
    options.set_target_file_size_base(OPTIONS["target_file_size_base"])
    options.set_max_open_files(OPTIONS["max_open_files"])
    options.set_keep_log_file_num(OPTIONS["keep_log_file_num"])
    options.set_block_based_table_factory(table)
    return options


class _Errors:
    """Raises rocksdict's errors as `StoreError`; others pass."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        # rocksdict raises `Exception` itself, and `OSError` for what it does beside RocksDB.
        if kind is not None and (kind is Exception or issubclass(kind, OSError)):
            raise store_error(self._path, str(error)) from error


def drop_frames(error: StoreDamagedError) -> None:
    """Clear the frames of an error, whose iterators would keep the store open."""
    for one in (error, error.__cause__):
        if one is not None:
            traceback.clear_frames(one.__traceback__)
