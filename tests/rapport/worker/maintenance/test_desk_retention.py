"""Entries of the desk past their retention are removed, and nothing else is."""

import asyncio
import logging

import pytest

from rapport.domain.clients.registry import Directory
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.ledger.retention import NOTICE_SECONDS
from rapport.runtime.policy_file import load_policy
from rapport.worker.assignment import Assignment
from rapport.worker.ingest.writer import Writer
from rapport.worker.maintenance import desk_retention as module
from rapport.worker.maintenance.desk_retention import DeskRetention
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.storage import desk_store
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import PageStore

TODAY, KEEP_DAYS = 20_000, 100
FIRST = TODAY - KEEP_DAYS
"""The first day that stays."""
PROMISE = '{"at":0,"data":{"due_on":"%s"},"event_id":"1","source":"a"}'
CODE = b'{"at":0,"data":{},"event_id":"1","source":"a"}'
DUE_ON_FIRST = (PROMISE % "2024-06-26").encode()


class Table:
    """A table in memory, ordered by key, which notes how many records each write has."""

    def __init__(self):
        self.values, self.writes = {}, []

    def get(self, partition, key):
        return self.values.get((partition, key))

    def items(self, partition, first):
        found = sorted(self.values.items())
        return ((key, value) for (at, key), value in found if at == partition and key >= first)

    async def write(self, partition, values):
        self.writes.append(len(values))
        for key, value in values.items():
            self.values[partition, key] = value
        self.values = {key: value for key, value in self.values.items() if value is not None}


class Line:
    def __init__(self):
        self.table = Table()
        self.desk = DeskStore(self.table)
        self.assignment = Assignment(2)
        self.assignment.owned = frozenset({0, 1})
        self.scorer = Scorer(Directory(), load_policy(None))
        self.writer = Writer(PageStore(self.table), self.table, self.desk, None, None)
        parts = self.desk, self.writer, self.scorer, self.assignment
        self.retention = DeskRetention(*parts, KEEP_DAYS)
        self.scorer.arrived("tickets", (TODAY - 2, TODAY - 1, TODAY))

    def record(self, entity, day, *, content=CODE, partition=0, revision=0):
        entry = DeskEntry("finance", entity, revision, "note", day, content)
        self.desk.join(partition, entry)

    def run(self, *works):
        async def script():
            await self.writer.write_now()
            for work in works:
                await work

        asyncio.run(asyncio.wait_for(script(), 60))

    def check(self, today=TODAY, seconds=0.0):
        return self.retention.check(today, seconds)

    def stays(self):
        return {
            entry.entity
            for partition in (0, 1)
            for some in self.desk.slices(partition)
            for entry in some
        }


@pytest.fixture
def line(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(desk_store, "SLICE_ENTRIES", 3)
    return Line()


def test_what_is_past_its_last_day_is_removed_from_every_partition(line):
    assert module.last_day(DeskEntry("finance", 1, 0, "promise", 0, DUE_ON_FIRST)) == FIRST
    line.record(1, FIRST)
    line.record(2, FIRST - 1)
    line.record(3, FIRST - 7, partition=1)
    line.record(4, FIRST - 90, content=DUE_ON_FIRST)
    line.record(5, FIRST - 1, content=None)
    line.run(line.check())
    assert line.stays() == {1, 4}
    assert line.desk.first_day == FIRST


def test_without_events_of_some_days_no_clock_removes_anything(line):
    line.record(1, FIRST - 1)
    line.run(line.check(today=TODAY + 4000))
    assert line.stays() == set()
    line.record(2, FIRST - 1)
    line.scorer = line.retention._scorer = Scorer(Directory(), load_policy(None))
    line.run(line.check(today=TODAY + 4000))
    assert line.stays() == {2}


def test_a_sudden_removal_waits_for_a_notice_and_a_corrected_policy_cancels_it(line, caplog):
    line.record(1, FIRST - 8)
    line.record(2, FIRST - 1)
    line.run(line.check(), line.check(seconds=NOTICE_SECONDS - 1))
    assert line.stays() == {1, 2}
    assert line.retention.notice.waiting == 2
    (warning,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert "2 entries of the desk, from 2024-06-18 on, are of before 2024-06-26" in warning
    line.retention.set_keep_days(KEEP_DAYS + 100)
    line.run(line.check(seconds=2 * NOTICE_SECONDS))
    assert (line.stays(), line.retention.notice.waiting) == ({1, 2}, 0)
    line.retention.set_keep_days(KEEP_DAYS)
    line.run(line.check(seconds=3 * NOTICE_SECONDS), line.check(seconds=4 * NOTICE_SECONDS))
    assert (line.stays(), line.retention.notice.waiting) == (set(), 0)


def test_many_entries_are_removed_some_at_a_time(line, monkeypatch):
    monkeypatch.setattr(module, "REMOVED_AT_ONCE", 4)
    for entity in range(10):
        line.record(entity, FIRST - 1)
    line.run()
    line.table.writes.clear()
    line.run(line.check())
    assert line.stays() == set()
    assert line.table.writes == [4, 4, 2]


def test_what_moved_to_another_worker_meanwhile_is_left_to_it(line):
    for entity in range(10):
        line.record(entity, FIRST - 1)

    async def revoke():
        line.assignment.revoked()

    async def both():
        await asyncio.gather(line.check(), revoke())

    line.run(both())
    assert line.stays() == set(range(10))
    line.run(line.check())
    assert line.stays() == set()


def test_a_day_that_is_done_is_not_looked_at_again_until_partitions_move(line):
    line.run(line.check())
    line.record(1, FIRST - 1)
    line.run(line.check())
    assert line.stays() == {1}
    line.assignment.revoked()
    line.run(line.check())
    assert line.stays() == set()
