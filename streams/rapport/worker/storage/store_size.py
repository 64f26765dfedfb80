"""The size of the local store on disk, and the room that is left on its file system."""

import asyncio
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample

log = logging.getLogger(__name__)
MEASURE_SECONDS: Final = 30.0


class DiskUse(NamedTuple):
    """What a directory takes, and what its file system has left for it."""

    store_bytes: int
    free_bytes: int

    @classmethod
    def of(cls, folder: Path) -> "DiskUse":
        """Measure a directory; a file that RocksDB removes meanwhile is not counted."""
        return cls(sum(_file_bytes(folder)), shutil.disk_usage(folder).free)


class StoreSize:
    """Measures the data directory of a worker now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._use: DiskUse | None = None

    async def run(self) -> None:
        """Measure for ever, in a thread: a slow disk must not hold the loop."""
        while True:
            try:
                self._use = await asyncio.to_thread(DiskUse.of, self._folder)
            except OSError as error:
                self._use = None
                log.debug("the data directory cannot be measured: %s", error)
            await asyncio.sleep(MEASURE_SECONDS)

    def samples(self) -> Iterator[Sample]:
        """Yield both sizes; nothing before the first measurement."""
        use = self._use
        if use is not None:
            yield Sample(pipeline.STORE_BYTES, (), use.store_bytes)
            yield Sample(pipeline.STORE_FREE_BYTES, (), use.free_bytes)


def _file_bytes(folder: Path) -> Iterator[int]:
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                yield os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 # thousands of files, each half a minute
            except FileNotFoundError:
                continue
