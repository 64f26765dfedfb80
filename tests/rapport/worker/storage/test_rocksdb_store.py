"""Only a store that a new one can replace is deleted."""

import gc
import logging
from types import SimpleNamespace

import pytest
import rocksdb
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from rapport.kafka.connection import Kafka
from rapport.kafka.record_batch import iter_chunks
from rapport.worker.faust_app import faust_app
from rapport.worker.settings import Settings
from rapport.worker.storage.changelog import Changelog
from rapport.worker.storage.fencing import ForeignRange, headers_of
from rapport.worker.storage.rocksdb_store import OPTIONS, StoreError, delete_path, error_text
from rapport.worker.storage.table import page_table
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, LEDGER_TABLE

TP = TopicPartition(CHANGELOG_TOPIC, 0)


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


class Unreadable:
    """A store whose blocks do not match their checksums."""

    def get(self, _key):
        raise rocksdb.errors.Corruption(b"block checksum mismatch")


def test_a_store_whose_offset_cannot_be_read_is_deleted_and_reads_as_empty(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 7, epoch=1)
    path = table.data.partition_path(0)
    close(table)
    table.data._dbs[0] = Unreadable()
    assert table.data.persisted_offset(TP) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "error",
    [
        rocksdb.errors.Corruption(b"Permission denied"),
        rocksdb.errors.Corruption(b"x/LOCK: "),
        rocksdb.errors.RocksIOError(b"IO error: No such file or directory"),
        rocksdb.errors.RocksIOError(),
    ],
    ids=["not of the system", "no lock", "a file is missing", "without words"],
)
def test_damage_that_a_new_store_repairs_deletes_the_store(new_table, error):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 7, epoch=1)
    table.data.discard_damaged(0, error)
    assert not table.data.partition_path(0).exists()


def test_a_lock_is_not_damage(new_table):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 7, epoch=1)
    error = rocksdb.errors.RocksIOError(b"IO error: lock x/LOCK: Resource unavailable")
    with pytest.raises(rocksdb.errors.RocksIOError):
        table.data.discard_damaged(0, error)
    assert list(table.data.items(0)) == [(b"a", b"1")]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [((), ""), ((b"a\xff",), "a\ufffd"), (("text",), "text")],
    ids=["none", "bytes", "text"],
)
def test_rocksdb_s_words_are_read_as_text(arguments, text):
    assert error_text(Exception(*arguments)) == text


def test_a_partition_has_about_8_mib_of_memory():
    mib = 1_048_576
    buffers = OPTIONS["write_buffer_size"] * OPTIONS["max_write_buffer_number"]
    assert buffers == 4 * mib
    assert OPTIONS["block_cache_size"] + OPTIONS["block_cache_compressed_size"] == 3 * mib
    assert (OPTIONS["target_file_size_base"], OPTIONS["max_open_files"]) == (32 * mib, 128)


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
    with pytest.raises(rocksdb.errors.RocksIOError, match="lock"):
        new_table().data._db_for_partition(0)
    assert list(table.data.items(0)) == [(b"a", b"1")]


@pytest.mark.parametrize(
    "why", [b"Permission denied", b"No space left on device", b"Too many open files"]
)
def test_an_error_that_a_new_store_would_not_repair_is_logged_and_nothing_is_deleted(
    new_table, why
):
    table = new_table()
    table.store(TP, [(b"a", b"1")], 7, epoch=1)
    error = rocksdb.errors.RocksIOError(b"IO error: While opening: x/CURRENT: " + why)
    with pytest.raises(StoreError, match="--data-dir"):
        table.data.discard_damaged(0, error)
    assert list(table.data.items(0)) == [(b"a", b"1")]


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
