"""A commit that Kafka refuses, because partitions have moved meanwhile, leaves no wrong trace."""

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
