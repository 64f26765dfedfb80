"""What is committed: all that is acknowledged, at once; and nothing that Kafka refused."""

import asyncio

import pytest
from faust.types import TP

from rapport.streams.shell.faust_app import faust_app
from rapport.streams.shell.settings import Kafka, Settings

PLACE = TP("tickets", 0)


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
        monkeypatch.setattr(consumer, "assignment", lambda: {PLACE})
        consumer._committed_offset[PLACE] = 40

        async def answer(_offsets):
            if not kafka_takes_it:
                # The rebalance that refuses the commit has read anew where the group is.
                consumer._committed_offset[PLACE] = 90
            return kafka_takes_it

        monkeypatch.setattr(consumer._thread, "commit", answer)
        assert await consumer._commit_offsets({PLACE: 50}) is kafka_takes_it
        return consumer._committed_offset[PLACE]

    assert asyncio.run(script()) == known_after


def test_all_chunks_that_are_acknowledged_are_committed_at_once(tmp_path):
    async def script():
        app = faust_app(Settings(kafka=Kafka(), data_dir=tmp_path))
        consumer = app.consumer
        consumer._committed_offset[PLACE] = 40
        # Chunks of 40 to 99, 100 to 199, of the record 200 alone, and of 201 to 500.
        for before, last in ((40, 99), (99, 199), (199, 200), (200, 500)):
            if last - before > 1:
                await consumer._add_gap(PLACE, before + 1, last)
        for last in (99, 199, 200):
            consumer._acked[PLACE].append(last)
        first = consumer._new_offset(PLACE)
        consumer._committed_offset[PLACE] = first
        consumer._acked[PLACE].append(500)
        return first, consumer._new_offset(PLACE)

    assert asyncio.run(script()) == (201, 501)
