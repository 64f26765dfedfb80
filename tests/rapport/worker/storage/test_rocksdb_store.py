"""Only a store that a new one can replace is deleted."""

import asyncio
import gc
import logging
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from rapport.kafka.connection import Kafka
from rapport.kafka.record_batch import iter_chunks
from rapport.worker.faust_app import faust_app
from rapport.worker.settings import Settings
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange, headers_of
from rapport.worker.storage.page_db import PageDb
from rapport.worker.storage.rocksdb_store import delete_path
from rapport.worker.storage.store_errors import StoreDamagedError, StoreLockedError
from rapport.worker.storage.table import page_table
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, LEDGER_TABLE

TP = TopicPartition(CHANGELOG_TOPIC, 0)
PAGES = [(b"k%06d" % number, os.urandom(100)) for number in range(1_000)]
RELEASED = Path(__file__).parents[3] / "data" / "rocksdb_6"


@pytest.fixture
def new_table(tmp_path):
    def make():
        app = faust_app(Settings(kafka=Kafka(), data_dir=tmp_path))
        app.conf.tabledir.mkdir(parents=True, exist_ok=True)
        return page_table(app, LEDGER_TABLE, 1)

    return make


def close(table):
    table.data._dbs.clear()
    gc.collect()


@pytest.fixture
def damaged_table(new_table):
    """A table whose store still opens, with damage in every block of pages."""
    table = new_table()
    table.store(TP, PAGES, 7, epoch=1)
    path = table.data.partition_path(0)
    close(table)
    db = PageDb(path)
    db._db.flush()
    del db
    gc.collect()
    for file in path.glob("*.sst"):
        content = bytearray(file.read_bytes())
        begin = content.find(b"rocksdb.block.based") - 2_000
        content[:begin] = os.urandom(begin)
        file.write_bytes(content)
    return new_table()


def test_pages_and_how_far_they_reach_are_stored_together_and_a_tombstone_deletes(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1"), (b"b", b"2"), (b"a", None)], 41, epoch=1)
    assert list(table.data.items(0)) == [(b"b", b"2")]
    assert table.data.persisted_offset(TP) == 41
    close(table)
    assert list(new_table().data.items(0)) == [(b"b", b"2")]


def test_a_store_that_cannot_be_opened_is_deleted_and_says_so(new_table, caplog):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 0, epoch=1)
    path = table.data.partition_path(0)
    close(table)
    (path / "CURRENT").write_bytes(b"garbage")
    with caplog.at_level(logging.ERROR):
        table = new_table()
        assert table.data.persisted_offset(TP) is None
    assert list(table.data.items(0)) == []
    assert f"the local store {path} is damaged" in caplog.text


def test_a_store_that_cannot_be_opened_is_deleted_before_it_is_opened_again(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 0, epoch=1)
    path = table.data.partition_path(0)
    close(table)
    (path / "CURRENT").write_bytes(b"garbage")
    assert new_table().data._open_for_partition(0).get(b"a") is None


def test_a_store_whose_offset_cannot_be_read_is_deleted_and_reads_as_empty(damaged_table, caplog):
    table = damaged_table
    with caplog.at_level(logging.ERROR):
        assert table.data.persisted_offset(TP) is None
    assert "block checksum mismatch" in caplog.text
    assert list(table.data.items(0)) == []
    table.store(TP, [(b"a", b"1")], 8, epoch=1)
    assert table.data.persisted_offset(TP) == 8


@pytest.mark.parametrize("read", ["items", "keys", "value", "writer_epoch"])
def test_damage_within_a_store_is_said_by_every_way_to_read_it(damaged_table, read):
    data = damaged_table.data
    ways = {
        "items": lambda: list(data.items(0)),
        "keys": lambda: list(data.keys(0, b"")),
        "value": lambda: data.value(0, PAGES[0][0]),
        "writer_epoch": lambda: data.writer_epoch(0),
    }
    with pytest.raises(StoreDamagedError, match="start the worker again"):
        ways[read]()


def test_a_store_is_closed_when_damage_is_met_though_the_error_is_kept(damaged_table):
    data = damaged_table.data
    with pytest.raises(StoreDamagedError) as met:
        list(data.items(0))
    data.discard_damaged(0, met.value)
    assert not data.partition_path(0).exists()
    assert (list(data.items(0)), data.writer_epoch(0)) == ([], 0)


def test_a_store_of_the_bindings_of_before_is_read_as_it_is(new_table):
    """RocksDB 6.14 wrote it, through python-rocksdb: one table file, and a log."""
    table = new_table()
    shutil.copytree(RELEASED, table.data.partition_path(0))
    numbers = [number for number in range(300) if number != 7]
    expected = [(b"client-%03d|20000|0|0" % n, b"page %d" % n) for n in numbers]
    assert list(table.data.items(0)) == expected
    assert (table.data.persisted_offset(TP), table.data.writer_epoch(0)) == (299, 5)
    table.store(TP, [(expected[0][0], None)], 300, epoch=6)
    close(table)
    assert list(new_table().data.items(0)) == expected[1:]


def test_what_the_store_keeps_beside_pages_is_no_page(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1"), (b"b", b"2"), (b"\xff", b"3")], 7, epoch=9)
    assert list(table.data.keys(0, b"")) == [b"a", b"b", b"\xff"]
    assert list(table.data.keys(0, b"b")) == [b"b", b"\xff"]
    assert [key for key, _ in table.data.items(0)] == [b"a", b"b", b"\xff"]
    assert (table.data.value(0, b"b"), table.data.value(0, b"c")) == (b"2", None)
    assert (table.data.writer_epoch(0), table.data.rollup_path(0).suffix) == (9, ".counted")


def test_a_new_store_has_no_epoch_and_no_offset(new_table):
    table = new_table()
    assert (table.data.writer_epoch(0), table.data.persisted_offset(TP)) == (0, None)


def test_a_store_that_is_locked_is_left_alone(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 7, epoch=1)
    with pytest.raises(StoreLockedError, match="end that process, or give this worker"):
        new_table().data._db_for_partition(0)
    assert list(table.data.items(0)) == [(b"a", b"1")]


def test_a_locked_store_is_waited_for_and_a_later_rebalance_ends_the_wait(new_table):
    holder, waiter = new_table(), new_table()
    holder.store(TP, [(b"a", b"1")], 7, epoch=1)
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            close(holder)

    async def script():
        waiter.data.sleep = sleep
        waiter.app.consumer_generation_id = 4
        assert await waiter.data._try_open_db_for_partition(0, generation_id=3) is None
        assert not await waiter.data.need_active_standby_for(TP)
        db = await waiter.data._try_open_db_for_partition(0, generation_id=4)
        assert await waiter.data.need_active_standby_for(TP)
        return db.get(b"a")

    assert asyncio.run(script()) == b"1"
    assert waits == [1.0, 1.0]


def test_a_store_that_stays_locked_ends_in_a_sentence(new_table):
    holder, waiter = new_table(), new_table()
    holder.store(TP, [(b"a", b"1")], 7, epoch=1)

    async def script():
        waiter.data.sleep = lambda _: asyncio.sleep(0)
        generation = waiter.app.consumer_generation_id
        await waiter.data._try_open_db_for_partition(0, max_retries=3, generation_id=generation)

    with pytest.raises(StoreLockedError, match="--data-dir"):
        asyncio.run(script())


def test_a_file_in_the_place_of_a_store_is_removed_and_nothing_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x")
    delete_path(tmp_path / "file")
    delete_path(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def changelog_of(*records, first=0):
    """Return (key, value, epoch) records as recovery gets them: one chunk, as one event."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1 << 20)
    for at, (key, value, epoch) in enumerate(records):
        headers = [] if epoch is None else headers_of(epoch)
        builder.append(at, timestamp=1, key=key, value=value, headers=headers)
    raw = bytearray(builder.build())
    raw[:8] = first.to_bytes(8, "big")
    message = SimpleNamespace(tp=TP)
    (chunk,) = iter_chunks(bytes(raw), first, 1_000)
    return [SimpleNamespace(message=message, value=chunk)]


def test_recovery_passes_over_what_was_written_in_an_older_epoch_and_holds_its_place(new_table):
    table = new_table()
    written = [(b"a", b"1", 5), (b"a", b"2", 6), (b"a", b"old", 5), (b"b", b"old", None)]
    table.apply_changelog_batch(changelog_of(*written, (b"c", b"3", 6), first=10))
    assert dict(table.data.items(0)) == {b"a": b"2", b"c": b"3"}
    # A crash now must have the next start meet both again.
    assert table.data.persisted_offset(TP) == 11
    assert table.data.writer_epoch(0) == 6
    close(table)

    table = new_table()
    table.apply_changelog_batch(changelog_of(*written[1:], (b"c", b"3", 6), first=11))
    assert dict(table.data.items(0)) == {b"a": b"2", b"c": b"3"}
    assert table.take_foreign_ranges() == [ForeignRange(0, 12, 14)]
    # They are the owner's now: what comes after them is stored as far as it reaches.
    table.apply_changelog_batch(changelog_of((b"c", None, 7), first=15))
    assert dict(table.data.items(0)) == {b"a": b"2"}
    assert (table.data.persisted_offset(TP), table.take_foreign_ranges()) == (15, [])


def test_an_owner_writes_in_a_later_epoch_than_all_before_it(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 0, epoch=57)
    changelog = Changelog(None, table)
    changelog.take_over({0: 1}, generation=3)  # the group was made anew and counts from 1 again
    assert changelog._epochs == {0: 58}
    changelog.take_over({0: 1}, generation=90)  # owners between wrote nothing
    assert changelog._epochs == {0: 90}
