"""Decoding and routing alone, without Kafka: CPU microseconds an event, one process each."""

import pickle
import struct
import sys
import time

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from workload import clients, events

from rapport.domain.clients.registry import Client, Directory
from rapport.kafka.record_batch import Chunk, iter_chunks
from rapport.runtime.gc_tuning import tune_gc
from rapport.worker.ingest.decoding import decode
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.storage.pages import PageStore
from rapport_schemas.wire.envelope import write_binary

COUNT = 100_000
BATCH = 2_000
CHUNKS_A_WRITE = 24


class Stores:
    """Stores in memory, instead of the partitions' own."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def get(self, _partition: int, key: bytes) -> bytes | None:
        return self.values.get(key)


def record_batch(number: int, some: list) -> Chunk:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 24)
    for offset, (data, at) in enumerate(some):
        event_id = f"event-{number * BATCH + offset:010d}"
        _, key, value, headers = write_binary(
            data, event_id=event_id, source="urn:bench:service", time=at
        )
        builder.append(offset, 0, key, value, headers)
    raw = bytearray(builder.build())
    struct.pack_into(">q", raw, 0, number * BATCH)
    (chunk,) = iter_chunks(bytes(raw), number * BATCH, BATCH)
    return chunk


def main() -> None:
    tune_gc()  # as the worker does
    directory = Directory()
    for one in clients():
        directory.register(Client(one.client, one.name, one.owner))
    # A topic holds one family of events.
    made = sorted(events(COUNT), key=lambda event: type(event[0]).__name__)
    packed = [
        record_batch(number, made[number * BATCH : (number + 1) * BATCH])
        for number in range(COUNT // BATCH)
    ]
    stores = Stores()
    pages = PageStore(stores)
    router = Router(pages, directory, lambda _: 0, 1600)
    spent = dict.fromkeys(("decode", "send", "receive", "route", "encode pages"), 0.0)

    def timed(part: str, work):
        started = time.process_time()
        found = work()
        spent[part] += time.process_time() - started
        return found

    for number, chunk in enumerate(packed, 1):
        decoded = timed("decode", lambda chunk=chunk: decode(chunk, lambda _: ()))
        sent = timed("send", lambda decoded=decoded: pickle.dumps(decoded, 5))
        received = timed("receive", lambda sent=sent: pickle.loads(sent))
        timed("route", lambda got=received: router.route(got, 0, RoutingResult(), time.time()))
        if number % CHUNKS_A_WRITE == 0 or number == len(packed):
            values = timed("encode pages", lambda: pages.encode_pages(pages.take_touched()))
            stores.values.update(values[0])
    for part, seconds in spent.items():
        print(f"{part:14} {seconds / COUNT * 1e6:5.2f} us an event")


if __name__ == "__main__":
    sys.exit(main())
