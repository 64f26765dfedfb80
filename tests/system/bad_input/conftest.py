"""Record batches as a broker stores them, with whatever a producer may have put in."""

import struct

import pytest
from aiokafka.record.util import calc_crc32c, encode_varint

from rapport.domain.clients.registry import Client, Directory
from rapport.kafka.record_batch import ATTRIBUTES_AT, BATCH_HEADER, iter_chunks
from rapport.worker.ingest.decoding import decode
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import PageStore

HORIZON_DAYS = 400
CLIENTS = (
    Client("finance", "Finance", "rm-finance", ("FIN", "money", "law")),
    Client("law", "Law", "rm-law", ("money",)),
)
ELSEWHERE = Client("elsewhere", "Elsewhere", "rm-elsewhere", ())


def _part(content):
    packed = bytearray()
    encode_varint(-1 if content is None else len(content), packed.append)
    return bytes(packed) + (content or b"")


def _number(value):
    packed = bytearray()
    encode_varint(value, packed.append)
    return bytes(packed)


def record_bytes(delta, key, value, headers):
    """One record of format 2; header names are text, or bytes as they are."""
    header_bytes = b"".join(
        _part(name if isinstance(name, bytes) else name.encode()) + _part(content)
        for name, content in headers
    )
    body = b"\0" + _number(delta) + _number(delta) + _part(key) + _part(value)
    body += _number(len(headers)) + header_bytes
    return _number(len(body)) + body


def sealed(payload, count, codec=0, base=0):
    """A batch around `payload` whose checksum is right, whatever the payload is."""
    head = BATCH_HEADER.pack(
        base, BATCH_HEADER.size - 12 + len(payload), -1, 2, 0, codec, max(count - 1, 0),
        1_700_000_000_000, 1_700_000_000_000 + count, -1, -1, -1, count,
    )  # fmt: skip
    raw = bytearray(head + payload)
    struct.pack_into(">I", raw, 17, calc_crc32c(bytes(raw[ATTRIBUTES_AT:])))
    return bytes(raw)


class NothingStored:
    def get(self, _partition, _key):
        return None


class Folding:
    """The worker's way from bytes to pages, without Kafka: decode, resolve, route."""

    def __init__(self, now_seconds):
        self.now_seconds = now_seconds
        self.stored = {}
        self.pages = PageStore(self)
        self.directory = Directory()
        for client in (*CLIENTS, ELSEWHERE):
            self.directory.register(client)
        self.router = Router(
            self.pages,
            DeskStore(NothingStored()),
            self.directory,
            lambda name: int(name == "elsewhere"),
            HORIZON_DAYS,
            HORIZON_DAYS,
        )

    def get(self, _partition, key):
        return self.stored.get(key)

    def batch(self, raw):
        """Route every chunk of what was fetched from partition 0."""
        batch = RoutingResult()
        for chunk in iter_chunks(raw, 0, 4_000):
            self.router.route(decode(chunk, lambda _: ()), 0, batch, self.now_seconds)
        self.router.route_unknown(batch, 0, self.now_seconds)
        return batch

    def outcome(self, *records):
        """What becomes of the last of some records: an outcome's name, or (reason, path)."""
        count = len(records)
        payload = b"".join(record_bytes(at, *record) for at, record in enumerate(records))
        batch = self.batch(sealed(payload, count))
        if count - 1 in batch.dead:
            rejected = batch.dead[count - 1]
            return rejected.reason, rejected.path
        if count - 1 in batch.forward:
            return f"forwarded to {batch.forward[count - 1][0]}"
        return ", ".join(name.name.lower() for name, times in sorted(batch.counts.items()) if times)


@pytest.fixture
def ingest_line():
    return Folding


@pytest.fixture(scope="session")
def build():
    """Build (record_bytes, sealed)."""
    return record_bytes, sealed
