"""What recovery passes over, which partitions are owned, and what becomes of a damaged store."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException

from rapport.kafka.connection import Kafka
from rapport.kafka.record_batch import Chunk
from rapport.worker.faust_app import faust_app
from rapport.worker.settings import Settings
from rapport.worker.storage.fencing import ForeignRange, headers_of
from rapport.worker.storage.store_errors import StoreDamagedError, store_error
from rapport.worker.storage.table import page_table, recovery_error
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, LEDGER_TABLE

TPS = [TopicPartition(CHANGELOG_TOPIC, partition) for partition in (0, 1)]
CORRUPT = StoreDamagedError(Path("ledger-0.db"), "block checksum mismatch")
UNREADABLE = CorruptRecordException("the checksum does not match")


@pytest.fixture
def table(tmp_path):
    app = faust_app(Settings(kafka=Kafka(), data_dir=tmp_path))
    app.conf.tabledir.mkdir(parents=True, exist_ok=True)
    return page_table(app, LEDGER_TABLE, 2)


def record(offset, epoch, key=b"a", value=b"1"):
    return SimpleNamespace(offset=offset, key=key, value=value, headers=headers_of(epoch))


def recover(table, tp, *records):
    table._recover(tp, records, records[-1].offset + 1)


def test_each_run_of_foreign_records_is_a_gap_of_its_own_partition(table):
    recover(table, TPS[0], record(10, 5), record(11, 4), record(12, 4), record(13, 5))
    recover(table, TPS[1], record(13, 5), record(14, 4))
    recover(table, TPS[0], record(14, 5), record(15, 4), record(17, 4), record(18, 4))
    recover(table, TPS[1], record(15, 4))
    assert table.take_foreign_ranges() == [
        ForeignRange(0, 11, 13),
        ForeignRange(1, 14, 15),
        ForeignRange(0, 15, 16),
        ForeignRange(0, 17, 19),
        ForeignRange(1, 15, 16),
    ]
    assert table.take_foreign_ranges() == []
    assert [table.data.persisted_offset(tp) for tp in TPS] == [10, 13]


def test_foreign_records_of_two_partitions_are_apart_though_their_offsets_are_neighbours(table):
    recover(table, TPS[0], record(0, 5), record(1, 4))
    recover(table, TPS[1], record(0, 5), record(2, 4))
    assert table.take_foreign_ranges() == [ForeignRange(0, 1, 2), ForeignRange(1, 2, 3)]


@pytest.mark.parametrize(("epoch", "value"), [(4, b"old"), (5, b"new"), (6, b"new")])
def test_a_record_counts_when_its_epoch_is_not_older_than_what_came_before(table, epoch, value):
    recover(table, TPS[0], record(0, 5, value=b"old"), record(1, epoch, value=b"new"))
    assert dict(table.data.items(0)) == {b"a": value}
    assert table.data.writer_epoch(0) == max(epoch, 5)
    assert table.data.persisted_offset(TPS[0]) == (0 if epoch < 5 else 1)


def test_bytes_that_do_not_match_their_checksum_end_the_worker_with_the_location(table):
    crashed = []

    async def crash(error):
        crashed.append(str(error))

    async def script():
        table.app.crash = crash
        broken = SimpleNamespace(
            message=SimpleNamespace(tp=TPS[1]), value=Chunk(b"\0" * 80, 0, 9, 9, 0)
        )
        table._recover = lambda *_: (_ for _ in ()).throw(UNREADABLE)
        table.apply_changelog_batch([broken, broken])
        await table._crash

    asyncio.run(script())
    (message,) = crashed
    subject = f"the changelog {CHANGELOG_TOPIC}, partition 1, cannot be recovered"
    assert message.startswith(f"{subject}: ")
    assert message.endswith("the checksum does not match; a worker that starts again tries again")


def test_a_store_that_is_full_during_recovery_says_so_and_not_the_changelog():
    error = store_error(Path("ledger-1.db"), "IO error: No space left on device")
    assert recovery_error(TPS[1], error) is error


@pytest.fixture
def assigned(table):
    """A table whose worker owns both partitions, and some of another topic."""
    actives = {TPS[1], TopicPartition("tickets", 7), TPS[0]}
    table.app.assignor = SimpleNamespace(assigned_actives=lambda: actives)
    return table


def test_the_partitions_of_the_changelog_are_owned_in_order_and_no_other_topic_s(assigned):
    assert assigned.owned() == [0, 1]


def test_every_page_of_what_is_owned_is_read(assigned):
    assigned.store(TPS[1], [(b"b", b"2")], 0, epoch=1)
    assigned.store(TPS[0], [(b"a", b"1")], 0, epoch=1)
    assert asyncio.run(assigned.read()) == [(b"a", b"1"), (b"b", b"2")]


def recovering(table):
    made = SimpleNamespace(active_offsets={TPS[0]: 5, TPS[1]: 9}, began=[])
    made.signal_recovery_start = SimpleNamespace(set=lambda: made.began.append(1))
    table.app.tables = SimpleNamespace(recovery=made)
    return made


def test_a_store_that_is_damaged_while_it_is_read_is_deleted_and_recovered_from_its_begin(
    assigned,
):
    assigned.store(TPS[0], [(b"a", b"1")], 5, epoch=1)
    recovery = recovering(assigned)
    path = assigned.data.partition_path(0)

    def damaged(_partition):
        raise CORRUPT

    async def script():
        assigned.data.items = damaged
        reading = asyncio.create_task(assigned.read())
        for _ in range(9):
            await asyncio.sleep(0)
        assert not reading.done(), "it goes on with half a ledger"
        reading.cancel()

    asyncio.run(script())
    assert not path.exists()
    assert recovery.active_offsets == {TPS[0]: None, TPS[1]: 9}
    assert recovery.began == [1]
