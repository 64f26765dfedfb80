"""Entries of the desk: joined in memory and in the table, in any order, with writes in between."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.stored import decode_entry, encode_entry, join_entries
from rapport.domain.ledger.page import Outcome
from rapport.worker.storage import desk_store
from rapport.worker.storage.desk_store import DeskStore, key_of, prefix_of

DAY = 20_000
NOTE = DeskEntry("finance", 7, 0, "note", DAY, b'{"at":0,"data":{},"event_id":"1","source":"a"}')
KEY = key_of("finance", 7)


class Table:
    """A table in memory, ordered by key as RocksDB is."""

    def __init__(self):
        self.values = {}

    def get(self, partition, key):
        return self.values.get((partition, key))

    def items(self, partition, first):
        return (
            (key, value)
            for (at, key), value in sorted(self.values.items())
            if at == partition and key >= first
        )

    async def write(self, partition, values):
        for key, value in values.items():
            if value is None:
                self.values.pop((partition, key), None)
            else:
                self.values[partition, key] = value


class Line:
    def __init__(self):
        self.table = Table()
        self.desk = DeskStore(self.table)
        self.under_way = {}

    def write(self):
        self.begin_write()
        self.end_write()

    def begin_write(self):
        self.under_way = self.desk.take_joined()

    def end_write(self):
        for partition, values in self.under_way.items():
            asyncio.run(self.desk.write(partition, values))
        self.under_way = {}
        self.desk.written()

    def crash(self):
        self.under_way = {}
        self.desk.forget()

    def stored(self):
        return {entry.entity: entry for entries in self.desk.slices(0) for entry in entries}


@pytest.fixture
def line():
    return Line()


ENTRIES = st.builds(
    DeskEntry,
    st.just("finance"),
    st.integers(0, 2),
    st.integers(0, 2),
    st.just("note"),
    st.integers(DAY, DAY + 1),
    st.none() | st.sampled_from([b"a", b"b"]),
)
STEPS = st.lists(ENTRIES | st.sampled_from(["begin a write", "end it", "crash"]), max_size=20)


@given(STEPS)
def test_in_any_order_with_writes_and_crashes_between_the_greatest_of_each_entity_stays(steps):
    line, greatest = Line(), {}
    acknowledged_next, unacknowledged = [], []
    for step in steps:
        if step == "begin a write":
            line.end_write()
            line.begin_write()
            acknowledged_next, unacknowledged = unacknowledged, []
        elif step == "end it":
            line.end_write()
            acknowledged_next = []
        elif step == "crash":
            line.crash()
            for entry in (*acknowledged_next, *unacknowledged):  # its chunk is read again
                line.desk.join(0, entry)
            acknowledged_next, unacknowledged = [], [*acknowledged_next, *unacknowledged]
        else:
            unacknowledged.append(step)
            line.desk.join(0, step)
            _, greatest[step.entity] = join_entries(greatest.get(step.entity), step)
    line.end_write()
    line.write()
    assert line.stored() == greatest


def test_a_duplicate_is_written_again(line):
    assert line.desk.join(0, NOTE) is Outcome.APPLIED
    line.write()
    assert not line.desk.waits()
    assert line.desk.join(0, NOTE) is Outcome.DUPLICATE
    assert line.desk.take_joined() == {0: {KEY: encode_entry(NOTE)}}


def test_while_an_entry_is_being_written_another_revision_is_joined_into_it(line):
    newer = NOTE._replace(revision=2)
    line.desk.join(0, newer)
    line.desk.take_joined()
    assert line.desk.join(0, NOTE) is Outcome.SUPERSEDED
    assert line.desk.take_joined() == {0: {KEY: encode_entry(newer)}}


def test_what_is_not_written_is_not_read(line):
    line.desk.join(0, NOTE)
    assert line.stored() == {}


def test_the_entries_of_one_client_are_read_some_at_a_time(line, monkeypatch):
    monkeypatch.setattr(desk_store, "SLICE_ENTRIES", 3)
    mine = [NOTE._replace(entity=number) for number in range(7)]
    others = [NOTE._replace(client=name) for name in ("finance-2", "financ", "law")]
    for entry in (*mine, *others):
        line.desk.join(0, entry)
    line.write()
    slices = list(line.desk.slices(0, prefix_of("finance")))
    assert [entry for some in slices for entry in some] == mine
    assert max(map(len, slices)) == 3
    assert len(line.stored()) == 8
    assert list(line.desk.slices(1)) == [[]]


OLD = NOTE._replace(content=b'{"at":0,"data":{},"event_id":"0","source":"a"}')
DUE = NOTE._replace(content=b'{"at":0,"data":{"due_on":"2024-10-08"},"event_id":"1","source":"a"}')
"""Due 4 days after `DAY`."""


@pytest.mark.parametrize(
    ("present", "foreign", "expected"),
    [
        (NOTE, OLD, NOTE),
        (OLD, NOTE, NOTE),
        (NOTE, None, NOTE),
        (NOTE, NOTE._replace(revision=1, content=None), NOTE._replace(revision=1, content=None)),
        (None, NOTE, NOTE),
        (None, NOTE._replace(day=DAY - 11), None),
        (None, None, None),
    ],
    ids=[
        "an older text",
        "a newer text",
        "a removal",
        "a withdrawal",
        "of nobody",
        "past its retention",
        "a removal of nothing",
    ],
)
def test_what_a_zombie_wrote_is_joined_and_written_over(line, present, foreign, expected):
    line.desk.first_day = DAY - 10
    if present is not None:
        line.desk.join(0, present)
        line.write()
    line.desk.join_stored(0, KEY, None if foreign is None else encode_entry(foreign))
    (values,) = line.desk.take_joined().values()
    assert list(values) == [KEY], "the foreign record is written over"
    found = values[KEY]
    assert (None if found is None else decode_entry("finance", 7, found)) == expected


@pytest.mark.parametrize(
    ("entry", "first_day", "is_removed"),
    [(NOTE, DAY, False), (NOTE, DAY + 1, True), (DUE, DAY + 4, False), (DUE, DAY + 5, True)],
    ids=["its day", "the day after", "the day it is due", "the day after that"],
)
def test_an_entry_is_removed_after_its_last_day(line, entry, first_day, is_removed):
    line.desk.join(0, entry)
    line.write()
    line.desk.expire(0, KEY, first_day)
    line.write()
    assert line.stored() == ({} if is_removed else {7: entry})


def test_an_entry_that_was_revised_since_it_was_found_too_old_is_not_removed(line):
    line.desk.join(0, NOTE)
    line.write()
    revised = NOTE._replace(revision=1, day=DAY + 9)
    line.desk.join(0, revised)
    line.desk.expire(0, KEY, DAY + 5)
    line.write()
    assert line.stored() == {7: revised}
