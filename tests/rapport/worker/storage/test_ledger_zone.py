"""The zone of the ledger: which setting is in force, who sets it, and who is refused."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.kafka.connection import Kafka
from rapport.worker.storage import ledger_zone
from rapport.worker.storage.ledger_zone import (
    KEY_PREFIX,
    LOCAL_FILE,
    LedgerZone,
    ZoneRefusedError,
    discard_other_store,
    is_zone_setting,
    mark_store,
    read_zone,
    settle_zone,
    write_zone,
    zone_in_force,
)


def record(key, value):
    return SimpleNamespace(key=key, value=value)


def setting(writer, zone, rebuilds=0):
    value = json.dumps({"zone": zone, "rebuilds": rebuilds}).encode()
    return record(KEY_PREFIX + writer.encode(), value)


def compacted(records):
    """The newest record of each key, at its own position: what compaction leaves."""
    newest = {one.key: number for number, one in enumerate(records)}
    return [one for number, one in enumerate(records) if newest[one.key] == number]


CLIENT = record(b"finance", b"{}")
FIRST = setting("a", "Europe/Amsterdam")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], None),
        ([CLIENT], None),
        ([CLIENT, FIRST], ("Europe/Amsterdam", 0)),
        ([FIRST, setting("b", "UTC")], ("Europe/Amsterdam", 0)),
        ([FIRST, setting("b", "UTC", 1), setting("c", "Asia/Tokyo", 1)], ("UTC", 1)),
        ([FIRST, setting("b", "UTC", 1), setting("c", "Asia/Tokyo")], ("UTC", 1)),
        ([setting("b", "UTC", 1), record(KEY_PREFIX + b"b", None), FIRST], ("Europe/Amsterdam", 0)),
        ([record(None, b"x"), record(KEY_PREFIX, None)], None),
        *(
            ([record(KEY_PREFIX + b"x", value), FIRST], ("Europe/Amsterdam", 0))
            for value in (
                *(b"", b"{", b"[]", b"null", b"7", b'"UTC"', b"{}", b"\xff", b'{"zone": "UTC"}'),
                *(b'{"zone": 1, "rebuilds": 9}', b'{"zone": "UTC", "rebuilds": "9"}'),
                *(b'{"zone": "UTC", "rebuilds": true}', b'{"zone": null, "rebuilds": 9}'),
            )
        ),
    ],
)
def test_the_first_setting_of_the_newest_rebuild_is_in_force(records, expected):
    assert zone_in_force(records) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(["UTC", "Asia/Tokyo", "Pacific/Apia"]), st.integers(0, 2)),
        max_size=8,
    ),
    st.integers(0, 8),
)
def test_compaction_and_later_writers_never_change_what_is_in_force(written, read_at):
    records = [setting(str(number), *one) for number, one in enumerate(written)]
    found = zone_in_force(records)
    assert zone_in_force(compacted(records)) == found
    # A writer that comes later has the same or a lower number of rebuilds: it changes nothing.
    if found is not None:
        assert zone_in_force([*records, setting("late", "UTC", found.rebuilds)]) == found
        before = zone_in_force(records[:read_at])
        assert before is None or before.rebuilds <= found.rebuilds


def test_a_client_s_record_is_no_setting_and_a_setting_is_no_client_s():
    assert is_zone_setting(FIRST)
    assert not is_zone_setting(CLIENT)
    assert not is_zone_setting(record(None, b"{}"))
    assert not is_zone_setting(SimpleNamespace())


def store_of(data_dir):
    tables = data_dir / "v1" / "tables"
    tables.mkdir(parents=True)
    (tables / "ledger-0.db").write_text("pages")
    return tables


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (None, LedgerZone(), True),  # a store of an earlier version is UTC's
        (None, LedgerZone("Asia/Tokyo"), False),
        (LedgerZone("Asia/Tokyo"), LedgerZone("Asia/Tokyo"), True),
        (LedgerZone("Asia/Tokyo"), LedgerZone("Asia/Tokyo", 1), False),
        (LedgerZone("Asia/Tokyo"), LedgerZone(), False),
        ("mixed", LedgerZone(), False),
    ],
)
def test_a_local_store_of_other_days_is_deleted(before, now, kept, tmp_path):
    tables = store_of(tmp_path)
    if before is not None:
        mark_store(tmp_path, None if before == "mixed" else before)
    (tmp_path / "member").write_text("rapport-1")
    discard_other_store(tmp_path, now)
    assert tables.exists() is kept
    assert (tmp_path / "member").exists()
    assert (tmp_path / LOCAL_FILE).read_text() == f"{now.name} {now.rebuilds}"


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ("", "", True),
        ("", "test", False),
        ("test", "", False),
        ("test", "test", True),
        ("test", "test.b", False),
        (None, "", True),  # a store of an earlier version has no prefix
        (None, "test", False),
    ],
)
def test_a_local_store_of_another_prefix_is_deleted(before, now, kept, tmp_path, monkeypatch):
    tables = store_of(tmp_path)
    if before is not None:
        monkeypatch.setattr(ledger_zone, "PREFIX", before)
        mark_store(tmp_path, LedgerZone())
    monkeypatch.setattr(ledger_zone, "PREFIX", now)
    discard_other_store(tmp_path, LedgerZone())
    assert tables.exists() is kept
    discard_other_store(tmp_path, LedgerZone())
    assert (tmp_path / LOCAL_FILE).read_text() == f"UTC 0 {now}".rstrip()


@pytest.mark.kafka
class TestOnKafka:
    """With a real topic."""

    @pytest.fixture(autouse=True)
    def _kafka(self, empty_kafka):
        self.kafka = Kafka(empty_kafka)

    def settle(self, wanted):
        return asyncio.run(settle_zone(self.kafka, wanted))

    def test_the_first_worker_sets_it_and_another_value_later_is_refused_in_words(self):
        assert self.settle("Pacific/Auckland") == ("Pacific/Auckland", 0)
        assert self.settle("Pacific/Auckland") == self.settle(None) == ("Pacific/Auckland", 0)
        with pytest.raises(ZoneRefusedError) as raised:
            self.settle("Europe/Amsterdam")
        text = str(raised.value)
        assert "has the days of Pacific/Auckland, and this worker was given" in text
        assert "rapport ledger rebuild --zone Europe/Amsterdam" in text
        assert asyncio.run(read_zone(self.kafka)) == ("Pacific/Auckland", 0)

    def test_without_a_zone_the_first_worker_sets_utc(self):
        assert asyncio.run(read_zone(self.kafka)) == ("UTC", 0)
        assert self.settle(None) == ("UTC", 0)
        with pytest.raises(ZoneRefusedError, match="has the days of UTC"):
            self.settle("Pacific/Auckland")

    def test_a_ledger_without_the_setting_is_utc_s(self):
        from kafka import KafkaProducer

        from rapport_schemas.wire.registry import CHANGELOG_TOPIC

        producer = KafkaProducer(bootstrap_servers=self.kafka.bootstrap)
        producer.send(CHANGELOG_TOPIC, key=b"finance|20000|0|0", value=b"page", partition=3)
        producer.close()
        with pytest.raises(ZoneRefusedError, match="has the days of UTC"):
            self.settle("Pacific/Auckland")
        assert self.settle("UTC") == self.settle(None) == ("UTC", 0)

    def test_of_workers_that_start_at_once_all_get_the_same(self):
        zones = ["UTC", "Asia/Tokyo", "Pacific/Apia", "Europe/Amsterdam"]

        async def at_once():
            settled = (settle_zone(self.kafka, zone) for zone in zones)
            return await asyncio.gather(*settled, return_exceptions=True)

        found = asyncio.run(at_once())
        winners = [one for one in found if isinstance(one, LedgerZone)]
        refused = [one for one in found if isinstance(one, ZoneRefusedError)]
        assert (len(winners), len(refused)) == (1, 3)
        assert asyncio.run(read_zone(self.kafka)) == winners[0]

    def test_a_rebuild_goes_before_every_earlier_setting(self):
        self.settle("Asia/Tokyo")
        asyncio.run(write_zone(self.kafka, LedgerZone("Pacific/Apia", 1)))
        asyncio.run(write_zone(self.kafka, LedgerZone("Asia/Tokyo", 0)))
        assert self.settle(None) == ("Pacific/Apia", 1)

    def test_a_zone_that_is_none_is_refused_before_anything_is_written(self):
        with pytest.raises(Exception, match="do you mean Europe/Amsterdam"):
            self.settle("europe/amsterdam")
        assert self.settle(None) == ("UTC", 0)
