"""The tables of a worker, with their changelogs."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from rapport.worker.faust_ext.producer import send_batches
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.pages import PageStore
from rapport.worker.storage.table import page_table
from rapport_schemas.wire.registry import LEDGER_TABLE, OUTBOX_TABLE


class Storage:
    """The ledger's pages, and the outbox of announcements."""

    def __init__(self, app: Any, partitions: int) -> None:
        self._app = app
        self.ledger = page_table(app, LEDGER_TABLE, partitions)
        self.announced = page_table(app, OUTBOX_TABLE, partitions)
        send = partial(send_batches, app)
        self.changelog = Changelog(send, self.ledger)
        self.outbox = Changelog(send, self.announced)
        self.pages = PageStore(self.changelog)

    def owned_inputs(self) -> frozenset[int]:
        """Return the partitions of the input topics that are assigned to this worker."""
        assigned = self._app.consumer.assignment()
        return frozenset(tp.partition for tp in assigned if tp.topic in self._app.input_topics)

    def begin_epoch(self, owned: Iterable[int]) -> None:
        """Begin a writer epoch of each owned partition, at the end of its recovery."""
        generation = self._app.consumer_generation_id
        next_offsets = {partition: self._recovered_to(partition) for partition in owned}
        self.changelog.take_over(next_offsets, generation)
        self.outbox.begin_epoch(next_offsets, generation)
        self.pages.forget()

    def _recovered_to(self, partition: int) -> int:
        tp = TopicPartition(self.ledger.changelog_topic_name, partition)
        return int(self._app.tables.recovery.active_offsets[tp]) + 1
