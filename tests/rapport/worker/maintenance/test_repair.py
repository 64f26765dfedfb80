"""The repair over a changelog in a list: what zombie writers wrote is joined, and overwritten."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError

from rapport.domain.ledger.page import CountChange
from rapport.kafka.topic_reader import TopicReadError
from rapport.worker.maintenance import repair
from rapport.worker.maintenance.repair import ZombieWriteRepair, repaired_tables
from rapport.worker.storage.fencing import ForeignRange, headers_of
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, DESK_TOPIC


class Reader:
    """Reads the changelog, in which each record says its own offset."""

    def __init__(self, line):
        self.line = line

    async def ends(self, tps):
        if tps[0].topic == DESK_TOPIC:
            return dict.fromkeys(tps, 0)
        assert self.line.writing.locked(), "something may be on its way to the changelog"
        if self.line.errors:
            raise self.line.errors.pop(0)
        return {tp: self.line.ends[tp.partition] for tp in tps}

    async def read(self, spans):
        for tp, (start, end) in spans.items():
            assert tp.topic == self.line.topic
            for offset in range(start, end):
                yield tp, record(offset, self.line.zones.get(offset, "UTC"))


def record(offset, zone):
    key, headers = b"finance|%d|0|0" % offset, headers_of(1, zone)
    return SimpleNamespace(offset=offset, key=key, value=b"v%d" % offset, headers=headers)


class Desk:
    """The other table, in which no zombie writes unless a test says so."""

    topic, zone = DESK_TOPIC, "UTC"

    def __init__(self, owned):
        self.owned, self.foreign_ranges, self.joined = frozenset(owned), (), []

    def note_end(self, partition, end):
        assert (partition in self.owned, end) == (True, 0)

    def repaired(self, foreign_ranges):
        self.foreign_ranges = tuple(one for one in self.foreign_ranges if one not in foreign_ranges)

    def join_stored(self, partition, key, value):
        self.joined.append((partition, key, value))


class Line:
    """A repairer between fakes of what it asks, which note its steps in order."""

    def __init__(self, monkeypatch, *foreign_ranges, owned=(0, 1)):
        self.steps, self.errors, self.ends = [], [], {0: 10, 1: 20}
        self.topic = CHANGELOG_TOPIC
        self.desk = Desk(owned)
        self.foreign_ranges, self.owned = foreign_ranges, frozenset(owned)
        self.opened = self.closed = 0
        self.zone, self.zones = "UTC", {}
        monkeypatch.setattr(repair, "open_reader", self._open_reader)
        monkeypatch.setattr(repair, "CHECK_SECONDS", 0)

    @asynccontextmanager
    async def _open_reader(self, kafka, *topics):
        assert (kafka, topics) == ({"bootstrap_servers": "here"}, (self.topic, DESK_TOPIC))
        self.opened += 1
        try:
            yield Reader(self)
        finally:
            self.closed += 1

    def note_end(self, partition, end):
        self.steps.append(("seen", partition, end))

    def repaired(self, foreign_ranges):
        self.steps.append(("repaired", *foreign_ranges))
        self.foreign_ranges = ()

    def paused(self):
        return self.writing

    async def write_now(self):
        assert not self.writing.locked()
        self.steps.append(("written",))

    def join_stored(self, partition, key, value):
        self.steps.append(("joined", partition, key, value))
        return "finance", [CountChange([key], 1)]

    def add(self, client, changes):
        self.steps.append(("added", client, changes[0].entries[0]))

    def repair(self):
        tables = SimpleNamespace(
            changelog=self, pages=self, desk_changelog=self.desk, desk=self.desk
        )
        return ZombieWriteRepair(
            {"bootstrap_servers": "here"}, self, repaired_tables(tables, self.add)
        )

    def check(self):
        async def script():
            self.writing = asyncio.Lock()
            self.repairer = self.repair()
            await self.repairer._check()

        asyncio.run(asyncio.wait_for(script(), 30))


async def read_any(_reader, spans):
    for tp, (start, end) in spans.items():
        for offset in range(start, end):
            yield tp, record(offset, "UTC")


def joined(partition, *offsets):
    """The steps of joining the records at some offsets."""
    for offset in offsets:
        key = b"finance|%d|0|0" % offset
        yield ("joined", partition, key, b"v%d" % offset)
        yield ("added", "finance", key)


SEEN = [("seen", 0, 10), ("seen", 1, 20)]


def test_while_there_is_no_zombie_writer_only_the_ends_are_noted(monkeypatch):
    line = Line(monkeypatch)
    line.check()
    assert sorted(line.steps) == SEEN
    assert (line.opened, line.closed) == (1, 1)
    assert line.repairer.repaired == 0


def test_a_worker_that_owns_nothing_asks_for_no_end(monkeypatch):
    line = Line(monkeypatch, owned=())
    line.errors = [ZeroDivisionError()]
    line.check()
    assert line.steps == []


def test_exactly_the_records_of_each_gap_are_joined_and_then_all_is_written_once(monkeypatch):
    foreign_ranges = ForeignRange(0, 4, 7), ForeignRange(1, 11, 12)
    line = Line(monkeypatch, *foreign_ranges)
    line.check()
    assert line.steps[2:] == [
        *joined(0, 4, 5, 6),
        *joined(1, 11),
        ("written",),
        ("repaired", *foreign_ranges),
    ]
    assert line.repairer.repaired == 4
    assert (line.opened, line.closed) == (1, 1)


def test_records_of_a_zombie_in_the_changelog_of_the_desk_are_joined_into_the_desk(monkeypatch):
    line = Line(monkeypatch)
    line.desk.foreign_ranges = (ForeignRange(1, 3, 5),)
    monkeypatch.setattr(Reader, "read", read_any)
    line.check()
    assert line.desk.joined == [
        (1, b"finance|%d|0|0" % offset, b"v%d" % offset) for offset in (3, 4)
    ]
    assert line.steps[2:] == [("written",)]
    assert (line.repairer.repaired, line.desk.foreign_ranges) == (2, ())


def test_of_a_partition_that_is_no_longer_owned_nothing_is_joined(monkeypatch):
    line = Line(monkeypatch, ForeignRange(7, 4, 6), ForeignRange(0, 1, 2))
    line.check()
    assert [step for step in line.steps if step[0] == "joined"] == [
        ("joined", 0, b"finance|1|0|0", b"v1")
    ]


@pytest.mark.parametrize(
    "error", [KafkaConnectionError(), OSError(), TopicReadError("silent")], ids=repr
)
def test_a_broker_that_does_not_answer_is_asked_again_and_its_connection_closed(
    monkeypatch, error, caplog
):
    line = Line(monkeypatch, ForeignRange(0, 4, 5))
    line.errors = [error, error, ZeroDivisionError()]

    async def script():
        line.writing = asyncio.Lock()
        await line.repair().follow()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(script())
    assert (line.opened, line.closed) == (3, 3)
    assert caplog.text.count("cannot check the changelog") == 2
    assert not [step for step in line.steps if step[0] == "repaired"]


def test_it_checks_twice_before_what_is_done_is_committed():
    from rapport.worker.faust_ext.consumer import COMMIT_DELAY_SECONDS

    assert (repair.CHECK_SECONDS, COMMIT_DELAY_SECONDS) == (5.0, 10.0)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_page_with_the_days_of_another_zone_is_overwritten_and_not_joined(monkeypatch, zone):
    line = Line(monkeypatch, ForeignRange(0, 1, 3))
    line.zone = zone
    line.zones = {1: "Asia/Tokyo"}
    line.check()
    joined = [value for name, *rest in line.steps if name == "joined" for value in rest[2:]]
    assert joined == ([None, b"v2"] if zone == "UTC" else [b"v1", None])
