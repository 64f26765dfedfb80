"""Which stores are deleted: those that a new one mends, and no other."""

import gc
import logging

import pytest
import rocksdb
from faust.types import TP

from rapport.streams.shell.faust_app import faust_app
from rapport.streams.shell.ledger_store import StoreError, remove
from rapport.streams.shell.ledger_table import page_table
from rapport.streams.shell.settings import Kafka, Settings
from rapport.streams.shell.topics import CHANGELOG_TOPIC, LEDGER_TABLE

PLACE = TP(CHANGELOG_TOPIC, 0)


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
    table.store(PLACE, [(b"a", b"1"), (b"b", b"2"), (b"a", None)], 41, term=1)
    assert list(table.data.items(0)) == [(b"b", b"2")]
    assert table.data.persisted_offset(PLACE) == 41
    close(table)
    assert list(new_table().data.items(0)) == [(b"b", b"2")]


def test_a_store_that_cannot_be_opened_is_deleted_and_says_so(new_table, caplog):
    table = new_table()
    table.store(PLACE, [(b"a", b"1")], 0, term=1)
    path = table.data.partition_path(0)
    close(table)
    (path / "CURRENT").write_bytes(b"garbage")
    with caplog.at_level(logging.ERROR):
        table = new_table()
        assert table.data.persisted_offset(PLACE) is None
    assert list(table.data.items(0)) == []
    assert f"the local store {path} is damaged" in caplog.text


def test_a_store_that_is_locked_is_left_alone(new_table):
    table = new_table()
    table.store(PLACE, [(b"a", b"1")], 7, term=1)
    with pytest.raises(rocksdb.errors.RocksIOError, match="lock"):
        new_table().data._db_for_partition(0)
    assert list(table.data.items(0)) == [(b"a", b"1")]


@pytest.mark.parametrize("why", [b"Permission denied", b"No space left on device"])
def test_what_another_store_would_not_mend_is_told_and_nothing_is_deleted(new_table, why):
    table = new_table()
    table.store(PLACE, [(b"a", b"1")], 7, term=1)
    error = rocksdb.errors.RocksIOError(b"IO error: While opening: x/CURRENT: " + why)
    with pytest.raises(StoreError, match="--data-dir"):
        table.data.damaged(0, error)
    assert list(table.data.items(0)) == [(b"a", b"1")]


def test_a_file_in_the_place_of_a_store_is_removed_and_nothing_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x")
    remove(tmp_path / "file")
    remove(tmp_path / "file")
    assert not (tmp_path / "file").exists()
