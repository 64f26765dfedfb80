"""The tables of a worker, with their changelogs."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition

from rapport.worker.faust_ext.producer import send_batches
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.ledger_zone import LedgerZone, mark_store
from rapport.worker.storage.pages import PageStore
from rapport.worker.storage.table import ChangelogError, page_table
from rapport_schemas.wire.registry import DESK_TABLE, LEDGER_TABLE, OUTBOX_TABLE

UTC_LEDGER: Final = LedgerZone()


class Storage:
    """The ledger's pages, the desk's entries, and the outbox of announcements."""

    def __init__(self, app: Any, partitions: int, setting: LedgerZone = UTC_LEDGER) -> None:
        self._app, self._setting = app, setting
        self.ledger = page_table(app, LEDGER_TABLE, partitions)
        self.ledger.zone = setting.name
        self.announced = page_table(app, OUTBOX_TABLE, partitions)
        self.recorded = page_table(app, DESK_TABLE, partitions)
        send = partial(send_batches, app)
        self.changelog = Changelog(send, self.ledger, setting.name)
        self.outbox = Changelog(send, self.announced)
        self.pages = PageStore(self.changelog)
        # Without a zone: an entry's day is not compared, and stays when the ledger gets other days.
        self.desk_changelog = Changelog(send, self.recorded)
        self.desk = DeskStore(self.desk_changelog)

    def owned_inputs(self) -> frozenset[int]:
        """Return the partitions of the input topics that are assigned to this worker."""
        assigned = self._app.consumer.assignment()
        return frozenset(tp.partition for tp in assigned if tp.topic in self._app.input_topics)

    async def check_days(self) -> None:
        """Return when every page has the days of the ledger's zone.

        Does not return when the changelog has other days: the worker ends.
        """
        others = self.ledger.other_days
        if others:
            zone = next(iter(others.values()))
            await self._app.crash(
                ChangelogError(
                    f"the changelog {self.ledger.changelog_topic_name} has {len(others)} pages "
                    f"with the days of {zone}, and the ledger has those of {self._setting.name}: "
                    "days of two zones cannot be mixed. Stop every worker, and run, with the "
                    f"zone that is right: rapport ledger rebuild --zone {zone}"
                )
            )
            await asyncio.Event().wait()
        mark_store(self._app.conf.datadir, self._setting)

    def begin_epoch(self, owned: Iterable[int]) -> None:
        """Begin a writer epoch of each owned partition, at the end of its recovery."""
        generation = self._app.consumer_generation_id
        partitions = list(owned)
        for changelog in (self.changelog, self.desk_changelog):
            ends = {one: self._recovered_to(changelog.topic, one) for one in partitions}
            changelog.take_over(ends, generation)
        self.outbox.begin_epoch(partitions, generation)
        self.pages.forget()
        self.desk.forget()

    def _recovered_to(self, topic: str, partition: int) -> int:
        tp = TopicPartition(topic, partition)
        return int(self._app.tables.recovery.active_offsets[tp]) + 1
