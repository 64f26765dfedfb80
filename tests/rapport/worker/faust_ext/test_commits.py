"""What is committed: all that is acknowledged, at once; and nothing that Kafka refused."""

import asyncio

import pytest
from aiokafka import TopicPartition

from rapport.kafka.connection import Kafka
from rapport.kafka.record_batch import Chunk
from rapport.worker.faust_app import faust_app
from rapport.worker.faust_ext import consumer as consumer_module
from rapport.worker.settings import Settings

TP = TopicPartition("tickets", 0)


class Producer:
    """Has nothing to flush."""

    async def flush(self):
        """Return at once."""


@pytest.mark.parametrize(
    ("kafka_takes_it", "known_after"),
    [(True, 50), (False, 90)],
    ids=["taken", "refused while another worker had gone on"],
)
def test_what_another_worker_committed_meanwhile_stays_known(
    tmp_path, monkeypatch, kafka_takes_it, known_after
):
    async def script():
        app = faust_app(Settings(kafka=Kafka(), data_dir=tmp_path))
        consumer = app.consumer
        monkeypatch.setattr(app, "_producer", Producer())
        monkeypatch.setattr(consumer, "assignment", lambda: {TP})
        consumer._committed_offset[TP] = 40

        async def answer(_offsets):
            if not kafka_takes_it:
                # The rebalance that refuses the commit has read anew where the group is.
                consumer._committed_offset[TP] = 90
            return kafka_takes_it

        monkeypatch.setattr(consumer._thread, "commit", answer)
        assert await consumer._commit_offsets({TP: 50}) is kafka_takes_it
        counted = {one.labels: one.value for one in app.commit_meter.samples() if one.labels}
        assert counted == {("done",): int(kafka_takes_it), ("failed",): int(not kafka_takes_it)}
        return consumer._committed_offset[TP]

    assert asyncio.run(script()) == known_after


def acknowledged(consumer, first, next_offset):
    chunk = Chunk(b"", first, next_offset, next_offset - first, 0)
    message = consumer._chunk_message(TP, chunk)
    taken = consumer.ack(message)
    consumer._new_offset(TP)
    return taken, consumer._new_offset(TP)


def test_all_that_is_done_is_committed_and_nothing_beyond_what_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(consumer_module, "COMMIT_DELAY_SECONDS", 0.0)

    async def script():
        app = faust_app(Settings(kafka=Kafka(), data_dir=tmp_path))
        consumer = app.consumer
        consumer._done[TP] = 40
        assert acknowledged(consumer, 40, 100) == (True, 100)
        assert acknowledged(consumer, 100, 200) == (True, 200)
        # What was read again ends within what is done.
        assert acknowledged(consumer, 150, 180) == (True, 200)
        # A chunk went missing: whatever follows, it is not passed over.
        assert acknowledged(consumer, 201, 300) == (False, 200)
        assert acknowledged(consumer, 200, 260) == (True, 260)
        assert list(consumer._filter_tps_with_pending_acks()) == [TP]
        assert consumer.handled_offsets() == {TP: 260}

    asyncio.run(script())
