"""The fold alone, without Kafka: microseconds an event, to hold against the worker's own rate."""

import gc
import sys
import time
from types import SimpleNamespace

from workload import clients, events

from rapport.schemas.envelope import write_binary
from rapport.streams.core.clients import Client, Directory
from rapport.streams.shell.fold import Batch, Fold
from rapport.streams.shell.pages import PageStore
from rapport.streams.shell.start import COLLECT_THRESHOLDS

COUNT = 100_000
BATCH = 4_000


def main() -> None:
    gc.set_threshold(*COLLECT_THRESHOLDS)  # as the worker does
    directory = Directory()
    directory.register_all(Client(c.client, c.name, c.owner) for c in clients())
    records = []
    for number, (data, at) in enumerate(events(COUNT)):
        _, key, value, headers = write_binary(data, event_id=str(number), source="urn:b", time=at)
        records.append(
            SimpleNamespace(
                key=key, value=value, headers=tuple(headers), partition=0, offset=number
            )
        )
    pages = PageStore({})
    fold = Fold(pages, directory, lambda _: (), lambda _: 0, 1600)
    folding = draining = 0.0
    for start in range(0, COUNT, BATCH):
        started = time.perf_counter()
        fold.records(records[start : start + BATCH], Batch(), now=time.time(), last=True)
        middle = time.perf_counter()
        pages.drain()
        folding += middle - started
        draining += time.perf_counter() - middle
    print(f"fold {folding / COUNT * 1e6:.1f} us, encode {draining / COUNT * 1e6:.1f} us an event")


if __name__ == "__main__":
    sys.exit(main())
