"""The same events for every engine: 200,000 CloudEvents of 500 clients, of the last three days."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from rapport_schemas.client import ClientRegistered
from rapport_schemas.procurement import PurchaseRecorded
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.ticket import TicketResolved
from rapport_schemas.wire.envelope import write_binary

CLIENTS = 500
TOPICS = ("tickets", "procurement", "surveys")
SEED = 4711


def clients() -> Iterator[ClientRegistered]:
    """Yield the registry."""
    for number in range(CLIENTS):
        name = f"client-{number:03d}"
        yield ClientRegistered(client=name, name=name, owner="relationship-team-a", aliases=[])


def events(count: int) -> Iterator[tuple[Any, datetime]]:
    """Yield (data, time): two tickets and a survey answer for each purchase or so."""
    random_of = random.Random(SEED)  # a workload, no secret
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    start = end - timedelta(days=3)
    for number in range(count):
        at = start + (end - start) * number / count
        client = f"client-{random_of.randrange(CLIENTS):03d}"
        yield _event(number, client, at.date(), random_of), at


def _event(number: int, client: str, day: date, random_of: random.Random) -> Any:
    match number % 4:
        case 0:
            return PurchaseRecorded(
                client=client,
                purchase_id=f"PO-2026-{number:08d}",
                purchased_on=day,
                supplier=f"Supplier {random_of.randrange(200)} Limited",
                category="Cloud software subscriptions",
                amount_minor=random_of.randrange(100, 500_000),
                currency="EUR",
                sanctioned=False,
            )
        case 1:
            answers = [
                Answer(question="trust", score=random_of.randrange(1, 6)),
                Answer(question="clarity", score=random_of.randrange(1, 6)),
            ]
            return SurveyAnswered(
                client=client,
                survey_id="relationship-2026-quarter-4",
                viewpoint="client",
                invited_on=day,
                answers=answers,
            )
        case _:
            return TicketResolved(
                client=client,
                ticket_id=f"INC{number:010d}",
                priority=random_of.choice(("P1", "P2", "P3", "P4")),
                sla_met=random_of.random() < 0.9,
                reassignments=random_of.randrange(4),
                opened_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
            )


async def publish(bootstrap: str, count: int) -> int:
    """Publish the registry and the events once; return the mean bytes of a record."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=512 * 1024, acks="all"
    )
    await producer.start()
    total = 0
    try:
        for data in clients():
            topic, key, value, headers = write_binary(
                data, event_id=data.client, source="urn:bench", time=datetime.now(UTC)
            )
            await producer.send(topic, value, key, headers=headers)
        for number, (data, at) in enumerate(events(count)):
            topic, key, value, headers = write_binary(
                data, event_id=f"event-{number:010d}", source="urn:bench:service", time=at
            )
            total += len(value) + len(key) + sum(len(n) + len(v) for n, v in headers)
            await producer.send(topic, value, key, headers=headers)
            if number % 5_000 == 0:
                await asyncio.sleep(0)
        await producer.flush()
    finally:
        await producer.stop()
    return total // count
