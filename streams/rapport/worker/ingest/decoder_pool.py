"""Decoder pool: chunks are decoded in other processes, in any order.

Decoding is stateless, so a dead process is replaced and its chunk decoded again. A chunk that ends
its process repeatedly is bisected, until the poison pill is one record.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.events.facts import FindSignals
from rapport.kafka.record_batch import Chunk
from rapport.runtime.gc_tuning import tune_gc
from rapport.worker.ingest.decoding import Decoded, decode
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
INLINE_RECORDS_MAX: Final = 64
"""A smaller chunk is decoded by the worker: sending it would take longer."""
INLINE_BYTES_MAX: Final = 64 * 1024
DECODERS_MAX: Final = 8
DEATHS_MAX: Final = 2
"""A chunk whose decoder died so often is bisected."""


def default_decoders() -> int:
    """Return the default number of decoders: one per core, none on a single core.

    A decoder waits while its chunk and its result are sent, which leaves the worker enough time.
    """
    cores = len(os.sched_getaffinity(0))
    return min(cores, DECODERS_MAX) if cores > 1 else 0


class DecoderPool:
    """Decodes chunks in `processes` processes, or in this one when that is 0."""

    def __init__(
        self, processes: int, find_signals: FindSignals, calendar: Calendar = UTC_CALENDAR
    ) -> None:
        self._processes = processes
        self._find_signals, self._calendar = find_signals, calendar
        self._pool = self._new_pool() if processes else None

    def start(self) -> None:
        """Start the processes before the first chunk arrives."""
        if self._pool is not None:
            for _ in range(self._processes):
                self._pool.submit(_warm_up)

    async def decode(self, chunk: Chunk) -> Decoded:
        """Return a decoded chunk; raises `CorruptRecordException` for damaged bytes."""
        if self._pool is None or _is_small(chunk):
            return decode(chunk, self._find_signals, self._calendar)
        return await self._decode_in_pool(chunk)

    async def _decode_in_pool(self, chunk: Chunk) -> Decoded:
        for _ in range(DEATHS_MAX):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, _decode, chunk)
            except BrokenProcessPool:
                log.warning("a decoder died at offset %s or near it", chunk.first_offset)
                if pool is not None and pool is self._pool:
                    pool.shutdown(wait=False, cancel_futures=True)
                    self._pool = self._new_pool()
        return await self._bisect(chunk)

    async def _bisect(self, chunk: Chunk) -> Decoded:
        first, next_offset = chunk.first_offset, chunk.next_offset
        if next_offset - first <= 1:
            poison_pill = Rejected("internal-error", "", "reading the record ended its decoder")
            return Decoded([], [(first, poison_pill)], 1, {})
        middle = (first + next_offset) // 2
        one = await self._decode_in_pool(chunk._replace(next_offset=middle))
        other = await self._decode_in_pool(chunk._replace(first_offset=middle))
        return Decoded(
            one.groups + other.groups,
            one.rejected + other.rejected,
            one.records + other.records,
            one.rejected_records | other.rejected_records,
            (*one.desk, *other.desk),
        )

    def stop(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            multiprocessing.get_context("spawn"),
            initializer=_initialize,
            initargs=(self._find_signals, self._calendar),
        )


def _is_small(chunk: Chunk) -> bool:
    fits = chunk.records_max <= INLINE_RECORDS_MAX and len(chunk.raw) <= INLINE_BYTES_MAX
    return fits and not chunk.compressed


class _Decoder:
    """The state of a decoder process."""

    find_signals: FindSignals
    calendar: Calendar


def _initialize(find_signals: FindSignals, calendar: Calendar) -> None:
    tune_gc()
    _Decoder.find_signals = staticmethod(find_signals)
    _Decoder.calendar = calendar
    # Ctrl-C signals the whole process group; the worker decides when its decoders end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_worker, daemon=True).start()


def _exit_with_worker() -> None:
    worker = multiprocessing.parent_process()
    if worker is not None:
        worker.join()
        os._exit(0)


def _warm_up() -> None:
    """Do nothing: a pool starts a process for its first task."""


def _decode(chunk: Chunk) -> Decoded:
    return decode(chunk, _Decoder.find_signals, _Decoder.calendar)
