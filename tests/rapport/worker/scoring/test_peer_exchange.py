"""The inputs that workers publish to their peers and receive from them, with a list as topic."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import client_inputs
from rapport.kafka import topic_reader
from rapport.runtime.policy_file import load_policy
from rapport.worker.scoring.peer_exchange import PeerExchange
from rapport_schemas.wire.registry import CLIENT_INPUTS_TOPIC

POLICY = load_policy(None)
DAY = 20_000


def of_client(*days):
    ledger = ClientMeasures()
    for day in days:
        ledger.add(day, ("buy", "outside", "software", "acme", "EUR", 10_000), 1)
    return client_inputs(ledger, POLICY, DAY)


class Topic:
    """The topic and its readers: a sent record can be read."""

    def __init__(self, monkeypatch):
        self.records, self.open, self.errors = [], 0, []
        monkeypatch.setattr(topic_reader, "open_reader", self.open_reader)
        monkeypatch.setattr(topic_reader, "RETRY_SECONDS", 0)

    async def send(self, topic, key, value):
        assert topic == CLIENT_INPUTS_TOPIC
        self.append(key, value)

    def append(self, key, value):
        offset = len(self.records)
        self.records.append(SimpleNamespace(key=key, value=value, offset=offset))

    @asynccontextmanager
    async def open_reader(self, kafka, *topics):
        assert (kafka, topics) == ({"servers": "here"}, (CLIENT_INPUTS_TOPIC,))
        if self.errors:
            raise self.errors.pop(0)
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    async def spans(self, topic):
        return {TopicPartition(topic, 0): (0, len(self.records))}

    async def follow(self, spans, caught_up):
        ((at, end),) = spans.values()
        while True:
            await asyncio.sleep(0)
            if at < len(self.records):
                yield self.records[at]
                at += 1
            if at == end:
                caught_up()


@pytest.fixture
def topic(monkeypatch):
    return Topic(monkeypatch)


def new_exchange(received=None):
    return PeerExchange({"servers": "here"}, lambda *sent: received.append(sent))


def test_only_inputs_that_changed_since_they_were_published_are_published(topic):
    one, other = of_client(DAY - 1), of_client(DAY - 9, DAY - 2)

    async def script():
        exchange = new_exchange()
        await exchange.publish({"finance": one, "law": one}, topic.send)
        await exchange.publish({"finance": one, "law": other}, topic.send)
        await exchange.publish({"law": other}, topic.send)
        # It was no longer published, so the peers may have removed it.
        await exchange.publish({"finance": one, "law": other}, topic.send)

    asyncio.run(script())
    assert [record.key for record in topic.records] == [b"finance", b"law", b"law", b"finance"]


def test_inputs_that_could_not_be_published_are_published_the_next_time(topic):
    async def away(*_message):
        raise KafkaConnectionError

    async def script():
        exchange = new_exchange()
        with pytest.raises(KafkaConnectionError):
            await exchange.publish({"finance": of_client()}, away)
        await exchange.publish({"finance": of_client()}, topic.send)

    asyncio.run(script())
    assert [record.key for record in topic.records] == [b"finance"]


async def follow(exchange, holds):
    """Follow until something holds; an error ends it."""
    following = asyncio.create_task(exchange.follow())
    try:
        for _ in range(200):
            await asyncio.sleep(0)
            if following.done():
                following.result()
            if holds():
                return
        pytest.fail("it never holds")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def test_published_inputs_are_received_unchanged_and_their_end_is_noticed(topic, caplog):
    received, sent = (
        [],
        {"finance": of_client(DAY - 1), "law": of_client(DAY - 3), "care": of_client()},
    )

    async def script():
        await new_exchange().publish(sent, topic.send)
        topic.append(b"\xff", topic.records[0].value)
        topic.append(b"hr", b'{"of": "another version"}')
        topic.append(b"hr", None)
        topic.append(None, topic.records[0].value)
        caught_up_with = []

        def holds():
            if exchange.caught_up.is_set() and not caught_up_with:
                caught_up_with.append(len(received))
                topic.append(b"late", topic.records[0].value)
            return len(received) == 4

        exchange = new_exchange(received)
        assert not exchange.caught_up.is_set()
        await follow(exchange, holds)
        return caught_up_with

    assert asyncio.run(script()) == [3]
    assert dict(received) == {**sent, "late": sent["finance"]}
    for offset in (3, 4, 5, 6):
        assert f"client inputs at offset {offset} cannot be read" in caplog.text
    assert topic.open == 0


@pytest.mark.parametrize("error", [KafkaConnectionError(), OSError()], ids=repr)
def test_while_the_broker_is_away_it_tries_again(topic, error, caplog):
    topic.errors = [error, error]
    received = []

    async def script():
        await new_exchange().publish({"finance": of_client()}, topic.send)
        await follow(new_exchange(received), lambda: received)

    asyncio.run(script())
    assert caplog.text.count(f"cannot read topic {CLIENT_INPUTS_TOPIC}") == 2
