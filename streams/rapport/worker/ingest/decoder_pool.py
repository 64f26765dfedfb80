"""Decoder processes beside the worker: chunks are decoded on other cores, in no order.

Decoding needs no state, so a decoder that dies is replaced and its chunk decoded again. A chunk
that ends its decoder again and again is halved until the record that does it is found.
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

from rapport.domain.events.facts import FindSignals
from rapport.kafka.record_batch import Chunk
from rapport.runtime.gc_tuning import tune_gc
from rapport.worker.ingest.decoding import Decoded, decode
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
INLINE_RECORDS_MAX: Final = 64
"""A smaller chunk is decoded in less time than it takes to send it."""
INLINE_BYTES_MAX: Final = 64 * 1024
DECODERS_MAX: Final = 8
DEATHS_MAX: Final = 2
"""A chunk whose decoder died so often is halved."""


def default_decoders() -> int:
    """Return how many decoders use the machine's cores well: one each, none on a single core.

    The worker itself is light, and a decoder waits while a chunk comes and its postings go.
    """
    cores = len(os.sched_getaffinity(0))
    return min(cores, DECODERS_MAX) if cores > 1 else 0


class DecoderPool:
    """Decodes chunks, in `processes` processes or, when there are none, in this one."""

    def __init__(self, processes: int, find_signals: FindSignals) -> None:
        self._processes = processes
        self._find_signals = find_signals
        self._pool = self._new_pool() if processes else None

    def start(self) -> None:
        """Have the processes start, beside all that the worker does before its first chunk."""
        if self._pool is not None:
            for _ in range(self._processes):
                self._pool.submit(_ready)

    async def decode(self, chunk: Chunk) -> Decoded:
        """Return what a chunk says; raises `CorruptRecordException` where bytes were damaged."""
        if self._pool is None or _is_small(chunk):
            return decode(chunk, self._find_signals)
        return await self._beside(chunk)

    async def _beside(self, chunk: Chunk) -> Decoded:
        for _ in range(DEATHS_MAX):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, _decode, chunk)
            except BrokenProcessPool:
                log.warning("a decoder died at offset %s or near it", chunk.first_offset)
                if pool is not None and pool is self._pool:
                    pool.shutdown(wait=False, cancel_futures=True)
                    self._pool = self._new_pool()
        return await self._halved(chunk)

    async def _halved(self, chunk: Chunk) -> Decoded:
        first, following = chunk.first_offset, chunk.next_offset
        if following - first <= 1:
            deadly = Rejected("internal-error", "", "reading the record ended its decoder")
            return Decoded([], [(first, deadly)], 1, {})
        middle = (first + following) // 2
        one = await self._beside(chunk._replace(next_offset=middle))
        other = await self._beside(chunk._replace(first_offset=middle))
        return Decoded(
            one.groups + other.groups,
            one.rejected + other.rejected,
            one.records + other.records,
            one.rejected_records | other.rejected_records,
        )

    def stop(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._find_signals,),
        )


def _is_small(chunk: Chunk) -> bool:
    few = chunk.records_max <= INLINE_RECORDS_MAX and len(chunk.raw) <= INLINE_BYTES_MAX
    return few and not chunk.compressed


class _Decoder:
    """What a decoder process holds."""

    find_signals: FindSignals


def _begin(find_signals: FindSignals) -> None:
    tune_gc()
    _Decoder.find_signals = staticmethod(find_signals)
    # Ctrl-C reaches the whole terminal group; the worker decides when its decoders end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()


def _end_with_the_worker() -> None:
    worker = multiprocessing.parent_process()
    if worker is not None:
        worker.join()
        os._exit(0)


def _ready() -> None:
    """Do nothing: a pool starts a process when there is something to do."""


def _decode(chunk: Chunk) -> Decoded:
    return decode(chunk, _Decoder.find_signals)
