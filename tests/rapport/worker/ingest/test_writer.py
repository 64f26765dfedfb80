"""The writer: pages first, acknowledgements after; bounded, and idle while there is nothing."""

import asyncio
from collections import Counter
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.stored import encode_entry
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import Outcome
from rapport.kafka.record_batch import Chunk
from rapport.worker.ingest import writer as writer_module
from rapport.worker.ingest.router import RoutingResult
from rapport.worker.ingest.writer import RoutedChunk, Writer, retry_until_acked
from rapport.worker.storage.desk_store import DeskStore, key_of
from rapport.worker.storage.pages import PageStore

FACT = encode_fact(("ticket.reopened",))
DAY = 20_000
TURNS = 60
"""Of the loop: more than what has nothing to wait for needs."""


class Changelog:
    """A changelog in a list; as often as `away` says it does not answer."""

    def __init__(self, done):
        self.done, self.away = done, 0

    def get(self, _partition, _key):
        return None

    async def write(self, partition, values):
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        self.done.append(("written", partition, dict(values)))


class Pages(PageStore):
    """Counts how often pages are taken to be written."""

    taken = 0

    def take_touched(self):
        self.taken += 1
        return super().take_touched()


class Line:
    """A writer and what it did, in order."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(writer_module, "TICK_SECONDS", 0)
        monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0)
        self.done = []
        self.changelog = Changelog(self.done)
        self.pages = Pages(self.changelog)
        self.desk = DeskStore(self.changelog)
        self.writer = Writer(self.pages, self.changelog, self.desk, self.emit, self.finished)

    async def emit(self, routed):
        self.done.append(("emit", routed.event.name))

    def finished(self, routed):
        self.done.append(("done", routed.event.name))

    def join(self, count=1, partition=0, day=DAY):
        for number in range(count):
            page_id = (partition, f"client-{number}", day)
            self.pages.join(page_id, ([1], [(0, day, FACT)]), [], Counter())

    def routed(self, name="a", records=1):
        event = SimpleNamespace(name=name, ack=lambda: self.done.append(("ack", name)))
        return RoutedChunk(event, Chunk(b"", 0, 1, records, 0), RoutingResult())

    def acknowledged_steps(self):
        return [step[:2] for step in self.done if step[0] != "written"]

    def sizes(self):
        return [(step[1], len(step[2])) for step in self.done if step[0] == "written"]


@pytest.fixture
def line(monkeypatch):
    return Line(monkeypatch)


async def turns(count=TURNS):
    for _ in range(count):
        await asyncio.sleep(0)


def run(script):
    """Run a script; what hangs is an error and not a wait."""
    return asyncio.run(asyncio.wait_for(script(), 60))


def test_pages_are_written_before_side_outputs_are_sent_and_chunks_acknowledged_in_order(line):
    async def script():
        line.join()
        await line.writer.add(line.routed("a"))
        await line.writer.add(line.routed("b"))
        await line.writer.write_now()

    run(script)
    assert line.done[0][:2] == ("written", 0)
    assert list(line.done[0][2]) == [b"client-0|20000|0|0"]
    assert line.acknowledged_steps() == [
        (step, name) for name in "ab" for step in ("emit", "ack", "done")
    ]
    assert line.writer.pages_written == 1


def test_nothing_is_acknowledged_while_kafka_is_away_and_all_of_it_after(line):
    async def script():
        line.join()
        line.changelog.away = 10**9
        await line.writer.add(line.routed("a"))
        writing = asyncio.create_task(line.writer.write_now())
        await turns()
        assert line.done == []
        line.changelog.away = 1
        await writing

    run(script)
    assert line.sizes() == [(0, 1)]
    assert line.acknowledged_steps() == [("emit", "a"), ("ack", "a"), ("done", "a")]


@pytest.mark.parametrize("records", [200_000, 200_001])
def test_at_most_200_000_records_wait_and_a_write_makes_room(line, records):
    async def script():
        adding = asyncio.create_task(line.writer.add(line.routed("a", records - 1)))
        await turns()
        assert adding.done()
        adding = asyncio.create_task(line.writer.add(line.routed("b", 1)))
        await turns()
        assert adding.done() == (records == 200_000)
        await line.writer.write_now()
        await turns()
        assert adding.done(), "there is room again"
        adding = asyncio.create_task(line.writer.add(line.routed("c", 200_000)))
        await turns()
        assert adding.done(), "what was written counts no more"

    run(script)
    assert [name for step, name in line.acknowledged_steps() if step == "ack"] == ["a", "b"]


async def running(line, work):
    """Do `work` while the writer runs."""
    task = asyncio.create_task(line.writer.run())
    try:
        await work
        assert not task.done() or task.result()
    finally:
        task.cancel()


def test_when_no_more_chunks_come_they_are_written_and_then_the_writer_waits(line, monkeypatch):
    monkeypatch.setattr(writer_module, "GATHER_TICKS", 10**9)

    async def work():
        line.join()
        await line.writer.add(line.routed("a"))
        await turns()
        assert line.acknowledged_steps() == [("emit", "a"), ("ack", "a"), ("done", "a")]
        assert line.pages.taken == 1
        await turns()
        assert line.pages.taken == 1, "it writes nothing, over and over"
        line.join(day=DAY + 1)
        line.writer.wake()
        await turns()

    run(lambda: running(line, work()))
    assert line.sizes() == [(0, 1), (0, 1)]
    assert line.pages.taken == 2


def test_chunks_gather_while_more_come_but_not_for_ever(line):
    async def work():
        for name in range(30):
            line.join(day=DAY + name)
            await line.writer.add(line.routed(name))
            await asyncio.sleep(0)
        await turns()

    run(lambda: running(line, work()))
    assert [name for step, name in line.acknowledged_steps() if step == "ack"] == list(range(30))
    assert 2 <= line.pages.taken <= 6


def test_enough_records_are_written_at_once_though_more_come(line, monkeypatch):
    monkeypatch.setattr(writer_module, "GATHER_TICKS", 10**9)

    async def work():
        adding = asyncio.create_task(line.writer.add(line.routed("a", 200_001)))
        for name in range(TURNS):
            line.writer._waiting.append(line.routed(name, 0))
            await asyncio.sleep(0)
        assert adding.done()

    run(lambda: running(line, work()))
    assert ("ack", "a") in line.acknowledged_steps()


def test_many_pages_are_one_write_a_partition_and_the_loop_goes_on_in_between(line):
    async def script():
        line.join(250)
        line.join(3, partition=5, day=DAY + 1)
        before = line.pages.encode_pages
        slices = []
        line.pages.encode_pages = lambda leaves: slices.append(len(leaves)) or before(leaves)
        await line.writer.write_now()
        return slices

    assert run(script) == [100, 100, 53]
    assert line.sizes() == [(0, 250), (5, 3)]
    assert line.writer.pages_written == 253


def test_pages_are_removed_after_the_others_are_written_a_thousand_at_a_time(line):
    async def script():
        line.join()
        keys = [b"client-%d|1|0|0" % number for number in range(2_500)]
        line.pages.remove((2, "gone", 1), keys)
        await line.writer.write_now()
        return keys

    keys = run(script)
    assert line.sizes() == [(0, 1), (2, 1000), (2, 1000), (2, 500)]
    assert [key for step in line.done[1:] for key in step[2]] == keys
    assert {value for step in line.done[1:] for value in step[2].values()} == {None}
    assert (line.writer.pages_written, line.writer.pages_removed) == (1, 2_500)


NOTE = DeskEntry("finance", 7, 0, "note", DAY, b"{}")


def test_entries_of_the_desk_are_written_before_anything_is_acknowledged(line):
    async def script():
        line.join()
        line.desk.join(2, NOTE)
        await line.writer.add(line.routed("a"))
        await line.writer.write_now()

    run(script)
    steps = [step[0] for step in line.done]
    assert steps == ["written", "written", "emit", "ack", "done"]
    assert line.done[1][1:] == (2, {key_of("finance", 7): encode_entry(NOTE)})
    assert (line.writer.pages_written, line.writer.desk_entries_written) == (1, 1)
    assert not line.desk.waits()


def test_while_kafka_does_not_take_an_entry_of_the_desk_nothing_is_acknowledged(line):
    async def script():
        line.desk.join(2, NOTE)
        line.changelog.away = 10**9
        await line.writer.add(line.routed("a"))
        writing = asyncio.create_task(line.writer.write_now())
        await turns()
        assert line.done == []
        assert line.desk.join(2, NOTE._replace(content=b"[]")) is Outcome.CONFLICT
        line.changelog.away = 1
        await writing
        assert line.sizes() == [(2, 1)]
        await line.writer.write_now()

    run(script)
    assert line.sizes() == [(2, 1), (2, 1)]
    assert line.done[-1][2] == {key_of("finance", 7): encode_entry(NOTE)}


def test_what_is_dropped_is_never_acknowledged_and_makes_room(line):
    async def script():
        line.join()
        line.desk.join(2, NOTE)
        adding = asyncio.create_task(line.writer.add(line.routed("a", 200_001)))
        await turns()
        assert not adding.done()
        await line.writer.drop()
        await adding
        await line.writer.write_now()

    run(script)
    assert line.done == []
    assert not line.pages.touches(DAY + 1)


def test_while_it_is_held_still_nothing_is_written(line):
    async def script():
        line.join()
        async with line.writer.paused():
            writing = asyncio.create_task(line.writer.write_now())
            await turns()
            assert line.done == []
        await writing

    run(script)
    assert line.sizes() == [(0, 1)]


@pytest.mark.usefixtures("line")
def test_only_kafka_s_errors_are_tried_again(caplog):
    tried = []

    async def work():
        tried.append(1)
        raise KafkaConnectionError if len(tried) < 3 else ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(lambda: retry_until_acked(work))
    assert len(tried) == 3
    assert caplog.text.count("Kafka did not answer") == 2


def test_it_waits_half_a_second_at_most_and_a_second_before_it_tries_again():
    gathered = writer_module.TICK_SECONDS * writer_module.GATHER_TICKS
    assert (gathered, writer_module.RETRY_SECONDS) == (0.5, 1.0)
