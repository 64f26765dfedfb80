"""What the ledger must be, from the events that have a receipt; and what it is, from Kafka."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer
from plan import Planned
from service import SOURCE

from rapport.domain.events.decoder import decode_carefully
from rapport.domain.ledger.page import Page, decode, encode
from rapport_schemas.wire.envelope import write_binary
from rapport_schemas.wire.registry import CHANGELOG_TOPIC


def expected_pages(events: Iterable[Planned]) -> dict[bytes, bytes]:
    """Return key -> page, from every event once, in the order of the plan."""
    pages: dict[tuple[str, int], Page] = {}
    for planned in events:
        _, _, value, headers = write_binary(
            planned.data, event_id=planned.event_id, source=SOURCE, time=planned.at
        )
        client, page_day, posting, *_ = decode_carefully(value, headers, lambda _: ())
        page = pages.setdefault((client, page_day), Page())
        page.join(posting.entity, posting[1:], [])
    return {
        f"{client}|{day}|0|0".encode(): encode(page, day) for (client, day), page in pages.items()
    }


def kept_pages(bootstrap: str) -> dict[bytes, bytes]:
    """Return key -> page as the changelog has it now."""
    return asyncio.run(_newest_of(bootstrap, CHANGELOG_TOPIC))


async def _newest_of(bootstrap: str, topic: str) -> dict[bytes, bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    newest: dict[bytes, bytes] = {}
    try:
        tps = consumer.assignment()
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                newest.update((record.key, record.value) for record in records)
    finally:
        await consumer.stop()
    return newest


def differences(
    expected: dict[bytes, bytes], kept: dict[bytes, bytes]
) -> tuple[int, int, list[bytes]]:
    """Return how many entities are lost, how many are too many, and the pages that differ."""
    lost = doubled = 0
    wrong = sorted(
        key for key in expected.keys() | kept.keys() if expected.get(key) != kept.get(key)
    )
    for key in wrong:
        must = decode(expected[key]).entries if key in expected else {}
        there = decode(kept[key]).entries if key in kept else {}
        lost += sum(there.get(entity) != entry for entity, entry in must.items())
        doubled += sum(entity not in must for entity in there)
    return lost, doubled, wrong
