"""Pages past the horizon are removed whole, and what stays is as if they had never been."""

import asyncio
import logging
from collections import Counter

import pytest
from aiokafka import TopicPartition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import cached_fact, encode_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import RETRACTED, Page, encode
from rapport.domain.ledger.retention import NOTICE_SECONDS, DeletionNotice
from rapport.kafka.connection import Kafka
from rapport.runtime.policy_file import load_policy
from rapport.worker.assignment import Assignment
from rapport.worker.faust_app import faust_app
from rapport.worker.ingest.decoding import EntryGroup
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.ingest.writer import Writer
from rapport.worker.maintenance import retention as retention_module
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.maintenance.retention import Retention
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.settings import Settings
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import SPLIT_MARK, PageStore
from rapport.worker.storage.table import page_table
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, LEDGER_TABLE

POLICY = load_policy(None)
TP = TopicPartition(CHANGELOG_TOPIC, 0)
CLIENTS = ("finance", "law")
TODAY, HORIZON = 20_000, 400
FIRST = TODAY - HORIZON
"""The first day that stays."""
REOPENED = encode_fact(("ticket.reopened",))


LOOP = asyncio.new_event_loop()
"""Of all: what a line waits with belongs to one loop."""


def done(work):
    return LOOP.run_until_complete(work)


class CrashError(Exception):
    """The worker ends."""


class Store:
    """A real local store and the changelog before it, which a test may end in the middle."""

    def __init__(self, directory):
        app = faust_app(Settings(kafka=Kafka(), data_dir=directory))
        app.conf.tabledir.mkdir(parents=True, exist_ok=True)
        self.table = page_table(app, LEDGER_TABLE, 1)
        self.table.owned = lambda: [TP.partition]
        self.changelog = {}
        self.written = 0
        self.room = None
        """How many more records are written before the worker ends."""

    def get(self, partition, key):
        return self.table.data.value(partition, key)

    async def write(self, partition, values):
        items = list(values.items())[: self.room]
        self.written += len(items)
        self.changelog.update(items)
        self.table.store(TopicPartition(CHANGELOG_TOPIC, partition), items, self.written, epoch=1)
        if self.room is not None:
            self.room -= len(items)
            if len(items) < len(values):
                raise CrashError
        await asyncio.sleep(0)

    def wiped(self):
        """Return it as new: to open one takes long."""
        self.table.store(TP, dict.fromkeys(self.items()).items(), 0, epoch=1)
        self.changelog, self.written, self.room = {}, 0, None
        return self

    def items(self):
        return dict(self.table.data.items(0))


class Line:
    """What a worker has between the router and Kafka, on one loop."""

    def __init__(self, store, horizon_days=HORIZON):
        self.store = store
        self.directory = registered_clients()
        self.scorer = Scorer(self.directory, POLICY)
        self.pages = PageStore(store, split_entries=2)
        self.writer = Writer(self.pages, store, DeskStore(store), None, None)
        self.assignment = Assignment(1)
        parts = store.table, self.pages, self.writer, self.scorer, self.assignment
        self.retention = Retention(*parts, horizon_days)
        self.add_arrivals(TODAY - 2, TODAY - 1, TODAY)

    def add_arrivals(self, *days):
        self.scorer.arrived("tickets", days)

    def join(self, client, page_day, entries):
        changes = []
        rows = list(entries), list(entries.values())
        self.pages.join((0, client, page_day), rows, changes, Counter())
        self.scorer.add(client, changes)
        self.writer.wake()

    async def running(self, *works):
        """Do works one after the other while the writer runs."""
        writing = asyncio.create_task(self.writer.run())
        working = asyncio.create_task(one_after_the_other(works))
        done, waiting = await asyncio.wait(
            [writing, working], return_when=asyncio.FIRST_COMPLETED, timeout=60
        )
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert done, "it hangs"
        for task in done:
            task.result()

    def run(self, *works):
        """Do the same; return whether the worker ended in the middle."""
        try:
            done(self.running(*works))
        except CrashError:
            return True
        return False

    def check(self, today=TODAY, seconds=0.0):
        return self.retention.check(today, seconds)

    def written(self):
        """Wait until all is in the changelog."""
        return self.retention._wait_for_writes(
            retention_module._Cutoff(10**6, self.assignment.epoch())
        )

    def restore(self):
        return LedgerRecovery(self.store.table, self.scorer).read()

    async def amounts(self):
        await self.scorer.evaluate(TODAY)
        return {client: self.scorer.measures(client).amounts for client in CLIENTS}

    def health(self):
        done(self.scorer.evaluate(TODAY))
        return self.scorer.health


async def one_after_the_other(works):
    for work in works:
        await work


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def line(store, monkeypatch):
    monkeypatch.setattr(retention_module, "PAUSE_SECONDS", 0)
    return Line(store)


@pytest.fixture
def quick(monkeypatch):
    """Slices of nothing: every page is followed by a pause."""
    monkeypatch.setattr(retention_module, "SLICE_SECONDS", 0)
    monkeypatch.setattr(retention_module, "PAUSE_SECONDS", 0)
    monkeypatch.setattr("rapport.worker.ingest.writer.TICK_SECONDS", 0)


FACTS = st.sampled_from(
    [
        REOPENED,
        encode_fact(("ticket.closed", "P3", True, "person", 3)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", 1250)),
        encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), 20)),
        encode_fact(("touch", "workshop", ("cio",), (), ("goals",), True)),
        RETRACTED,
    ]
)
DAYS = st.integers(FIRST - 6, FIRST + 3) | st.integers(TODAY - 3, TODAY)
ROW = st.tuples(
    st.sampled_from(CLIENTS),
    DAYS,
    st.dictionaries(
        st.integers(0, 40), st.tuples(st.integers(0, 1), DAYS, FACTS), min_size=1, max_size=12
    ),
)
LEDGERS = st.lists(ROW, max_size=14)


def kept_of(rows, first_day=FIRST):
    """Entity by entity, what pages of `first_day` and after say in the end."""
    greatest = {}
    for client, page_day, entries in rows:
        for entity, entry in entries.items():
            if page_day >= first_day:
                key = client, page_day, entity
                greatest[key] = max(entry, greatest.get(key, entry))
    clients = {client: ClientMeasures() for client in CLIENTS}
    for (client, *_), (_, day, fact) in greatest.items():
        clients[client].add(day, cached_fact(fact), 1)
    return {client: measured.amounts for client, measured in clients.items()}


def registered_clients():
    directory = Directory()
    for name in CLIENTS:
        directory.register(Client(name, name.title(), "team-a", ()))
    return directory


def healthy_of(amounts):
    """The health of clients of whom nothing else was ever known."""
    anew = Line.__new__(Line)
    anew.directory = registered_clients()
    anew.scorer = Scorer(anew.directory, POLICY)
    anew.add_arrivals(TODAY - 2, TODAY - 1, TODAY)
    for client, measured in amounts.items():
        anew.scorer.restore(client, {key: dict(days) for key, days in measured.items()})
    return anew.health()


def days_of(store):
    return {int(key.rsplit(b"|", 3)[1]) for key in store.items()}


@pytest.mark.usefixtures("quick")
@given(LEDGERS, LEDGERS, st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_stays_is_as_if_the_pages_that_went_had_never_been(store, stored, fresh, seen):
    line = Line(store.wiped())

    async def arrive(rows):
        for one in rows:
            line.join(*one)

    works = [arrive(stored), line.written(), arrive(fresh)]
    if seen:  # by an evaluation before
        works.insert(2, line.amounts())
    assert not line.run(*works, line.check(), line.written())
    expected = kept_of([*stored, *fresh])
    assert done(line.amounts()) == expected
    assert line.health() == healthy_of(expected)
    assert all(day >= FIRST for day in days_of(line.store))
    left = {key: value for key, value in line.store.changelog.items() if value is not None}
    assert left == line.store.items()
    again = Line(line.store)
    done(again.restore())
    assert done(again.amounts()) == expected


@pytest.mark.usefixtures("quick")
@given(LEDGERS, st.integers(0, 12))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_crash_in_between_leaves_each_day_whole_or_gone_and_the_next_start_ends_it(
    store, rows, room
):
    line = Line(store.wiped())
    for one in rows:
        line.join(*one)
    assert not line.run(line.written())
    line.store.room = room
    line.run(line.check())
    line.store.room = None
    again = Line(store)
    done(again.restore())
    left = {key.rsplit(b"|", 2)[0] for key in store.items() if key.endswith(b"|0|0")}
    survivors = [one for one in rows if f"{one[0]}|{one[1]}".encode() in left]
    assert done(again.amounts()) == kept_of(survivors, first_day=0)
    assert not again.run(again.check())
    assert done(again.amounts()) == kept_of(rows)
    assert all(day >= FIRST for day in days_of(store))


def busy_day(count, day):
    return dict.fromkeys(range(count), (0, day, REOPENED))


def test_a_day_of_many_pages_goes_whole_the_page_above_its_halves_first(line):
    line.join("finance", FIRST - 1, busy_day(40, FIRST - 1))
    line.join("finance", FIRST, busy_day(40, FIRST))
    line.run(line.written())
    before = line.store.items()
    assert list(before.values()).count(SPLIT_MARK) > 6
    order = []
    write = line.store.write

    async def noted(partition, values):
        order.extend(values)
        await write(partition, values)

    line.store.write = noted
    line.run(line.check())
    assert order[0] == f"finance|{FIRST - 1}|0|0".encode()
    gone = f"finance|{FIRST - 1}|".encode()
    assert sorted(order) == sorted(key for key in before if key.startswith(gone))
    assert line.writer.pages_removed == len(order)
    assert line.store.items() == {k: v for k, v in before.items() if not k.startswith(gone)}
    assert done(line.amounts())["finance"] == {"ticket.reopened": {FIRST: 40}}


def test_more_than_is_held_at_once_goes_in_rounds(line, monkeypatch):
    monkeypatch.setattr(retention_module, "PAGES_MAX", 2)
    monkeypatch.setattr(retention_module, "REMOVED_AT_ONCE", 1)
    monkeypatch.setattr("rapport.worker.ingest.writer.TICK_SECONDS", 0)
    for client in CLIENTS:
        for day in range(FIRST - 4, FIRST + 2):
            line.join(client, day, busy_day(1, day))

    async def evaluating():
        while True:
            await asyncio.sleep(0.3)
            await line.scorer.evaluate(TODAY)

    async def check():
        beside = asyncio.create_task(evaluating())
        await line.check()
        beside.cancel()

    rounds = []
    remove = line.retention._remove_all

    async def removed(*arguments):
        rounds.append(line.scorer.evaluations)
        await remove(*arguments)

    line.retention._remove_all = removed
    assert not line.run(line.written(), check())
    assert line.writer.pages_removed == 8
    assert len(set(rounds)) == len(rounds) > 3, "the scores are made anew in between"
    kept = {"ticket.reopened": {FIRST: 1, FIRST + 1: 1}}
    assert done(line.amounts()) == dict.fromkeys(CLIENTS, kept)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("days", "turns_minimum"), [(range(300), 300 // 64), (range(-5, 0), 5)])
def test_others_have_their_turn_while_pages_are_surveyed_and_removed(line, days, turns_minimum):
    for day in days:
        line.join("finance", FIRST + day, busy_day(1, FIRST + day))
    line.run(line.written())
    turns = 0

    async def beside():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def check():
        task = asyncio.create_task(beside())
        await line.check()
        task.cancel()

    line.run(check())
    assert turns >= turns_minimum


def test_what_partitions_that_move_leave_is_found_by_the_next_check(line):
    for day in range(FIRST - 5, FIRST):
        line.join("finance", day, busy_day(1, day))
    line.run(line.written())

    async def move():
        line.assignment.revoked()
        line.retention.restart()
        await line.writer.drop()
        line.scorer.forget()
        await line.restore()

    async def both():
        check = asyncio.create_task(line.check())
        for _ in range(7):
            await asyncio.sleep(0)
        await move()
        await check

    assert not line.run(both(), line.check())
    assert line.store.items() == {}
    assert done(line.amounts())["finance"] == {}


def sudden(line):
    line.join("finance", FIRST - 8, busy_day(3, FIRST - 8))
    line.join("finance", FIRST - 1, busy_day(2, FIRST - 1))
    line.join("finance", FIRST, busy_day(1, FIRST))
    line.run(line.written())


def test_an_unusual_removal_is_logged_before_it_happens(line, caplog):
    sudden(line)
    before = line.store.items()
    assert not line.run(line.check(), line.check(seconds=NOTICE_SECONDS - 1))
    assert line.store.items() == before
    assert line.retention.notice.waiting == len(before) - 1 == 4
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 1, "it is logged once"
    assert "4 pages of the ledger, from 2023-08-23 on, are of before 2023-08-31" in warnings[0]
    assert not line.run(line.check(seconds=NOTICE_SECONDS))
    assert days_of(line.store) == {FIRST}
    assert line.retention.notice.waiting == 0
    assert done(line.amounts())["finance"] == {"ticket.reopened": {FIRST: 1}}


def test_a_horizon_that_was_lowered_by_mistake_removes_nothing_when_it_is_corrected_in_time(line):
    line.retention.set_horizon(1600)
    sudden(line)
    before = line.store.items()
    line.run(line.check())
    line.retention.set_horizon(400)
    line.run(line.check(seconds=1), line.check(seconds=NOTICE_SECONDS))
    assert line.retention.notice.waiting
    line.retention.set_horizon(1600)
    line.run(line.check(seconds=2 * NOTICE_SECONDS), line.check(seconds=4 * NOTICE_SECONDS))
    assert line.store.items() == before
    assert line.retention.notice.waiting == 0


def test_a_notice_speaks_of_no_more_than_it_said(line):
    sudden(line)
    line.join("finance", TODAY, busy_day(1, TODAY))
    far = TODAY + 3000
    line.run(line.written(), line.check())
    line.add_arrivals(far - 2, far - 1, far)
    line.run(line.check(today=far, seconds=NOTICE_SECONDS))
    assert days_of(line.store) == {FIRST - 8, FIRST - 1, FIRST, TODAY}


@pytest.mark.parametrize("days", [(), (TODAY + 3000,), (TODAY + 2999, TODAY + 3000)])
def test_a_clock_that_is_years_ahead_removes_nothing(line, days):
    """Nor when those who publish have the same clock, for two days."""
    line.join("finance", FIRST, busy_day(3, FIRST))
    line.join("finance", TODAY, busy_day(3, TODAY))
    line.run(line.written())
    line.add_arrivals(*days)
    for hour in range(0, 100, 10):
        line.run(line.check(today=TODAY + 3000, seconds=hour * 3600))
    assert days_of(line.store) == {FIRST, TODAY}
    assert line.writer.pages_removed == 0


def test_records_that_say_they_are_of_the_future_speak_for_no_day(line):
    line.join("finance", FIRST, busy_day(3, FIRST))
    line.add_arrivals(*range(TODAY + 1, TODAY + 4))
    line.run(line.written(), line.check())
    assert days_of(line.store) == {FIRST}


def test_while_nothing_arrives_nothing_is_removed(line):
    line.scorer._arrival_days.clear()
    line.join("finance", FIRST - 1, busy_day(3, FIRST - 1))
    line.run(line.written(), line.check())
    assert FIRST - 1 in days_of(line.store)


def test_the_next_day_takes_the_next_day_s_pages(line):
    for day in (FIRST - 1, FIRST, FIRST + 1):
        line.join("finance", day, busy_day(1, day))
    line.run(line.written(), line.check(), line.check())
    assert days_of(line.store) == {FIRST, FIRST + 1}
    line.run(line.check(today=TODAY + 1))
    assert days_of(line.store) == {FIRST, FIRST + 1}, "no event has come that day yet"
    line.add_arrivals(TODAY + 1)
    line.run(line.check(today=TODAY + 1))
    assert days_of(line.store) == {FIRST + 1}


def group(page_day, day):
    made = EntryGroup("finance", page_day, has_moved_entries=day != page_day)
    made.entities.append(1)
    made.entries.append((1, day, REOPENED))
    made.offsets.append(5)
    made.seconds.append((TODAY - 2) * DAY_SECONDS)
    return made


def route(line, made, day=TODAY, horizon=HORIZON):
    batch = RoutingResult()
    desk = DeskStore(line.store)
    router = Router(line.pages, desk, line.directory, lambda _client: 0, horizon, horizon)
    router._route(made, 0, batch, router._period(day * DAY_SECONDS))
    return {offset: rejected.reason for offset, rejected in batch.dead.items()}


def test_an_event_of_a_day_that_is_removed_is_too_old_whatever_the_clock_says_since(line):
    line.join("finance", FIRST - 1, busy_day(3, FIRST - 1))
    line.run(line.written(), line.check())
    yesterday = TODAY - 1
    assert route(line, group(FIRST - 1, FIRST - 1), yesterday) == {5: "too-old"}
    assert route(line, group(FIRST, FIRST), yesterday) == {}
    # A purchase that was moved: its page is removed, though it counted later.
    assert route(line, group(FIRST - 1, TODAY)) == {5: "too-old"}
    line.retention.set_horizon(HORIZON + 1)
    assert route(line, group(FIRST - 1, FIRST - 1), horizon=HORIZON + 1) == {}


def test_events_of_removed_days_that_are_sent_again_count_when_the_horizon_is_raised(line):
    line.join("finance", FIRST - 1, busy_day(3, FIRST - 1))
    line.run(line.written(), line.check(), line.amounts())
    line.retention.set_horizon(1600)
    line.join("finance", FIRST - 1, busy_day(2, FIRST - 1))
    line.run(line.written(), line.check())
    assert done(line.amounts())["finance"] == {"ticket.reopened": {FIRST - 1: 2}}
    again = Line(line.store)
    done(again.restore())
    assert done(again.amounts())["finance"] == {"ticket.reopened": {FIRST - 1: 2}}


def test_what_a_clock_that_was_put_back_let_through_goes_with_its_page(line):
    line.join("finance", FIRST - 1, busy_day(1, FIRST - 1))
    survey = line.retention._survey

    async def surveyed(*begin):
        found = await survey(*begin)
        line.join("finance", FIRST - 1, busy_day(2, FIRST - 1))
        return found

    line.retention._survey = surveyed
    line.run(line.written(), line.check(), line.written())
    assert line.store.items() == {}
    assert done(line.amounts())["finance"] == {}


def test_what_another_worker_writes_of_a_removed_day_is_removed_again(line):
    line.run(line.check())
    key, kept = f"finance|{FIRST - 1}|1|1".encode(), f"finance|{FIRST}|0|0".encode()
    stale = encode(Page({1: (0, FIRST - 1, REOPENED)}), FIRST - 1)
    line.store.changelog[key] = stale
    line.pages.join_stored(0, key, stale)
    line.join("finance", FIRST, busy_day(1, FIRST))
    line.run(line.check(), line.written())
    assert line.store.changelog[key] is None
    assert line.store.changelog[kept] is not None
    assert done(line.amounts())["finance"] == {"ticket.reopened": {FIRST: 1}}


@pytest.mark.parametrize("count", [1, 40])
def test_what_another_worker_removes_of_a_day_that_stays_is_written_again(line, count):
    line.join("finance", FIRST, busy_day(count, FIRST))
    line.run(line.written())
    before = dict(line.store.changelog)
    line.pages.forget()
    for key in before:
        line.store.changelog[key] = None
        line.pages.join_stored(0, key, None)
    line.pages.join_stored(0, b"finance|19999|0|0", None)
    line.writer.wake()
    line.run(line.written())
    assert line.store.changelog == before


def test_an_explanation_adds_up_when_pages_go_between_two_moments(line):
    facts = [
        (TODAY - 30, ("ticket.closed", "P1", False, "person", 0), 6),
        (TODAY, ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True), 6),
        (FIRST - 2, ("ticket.rated", 5, 1, 5), 3000),
        (FIRST - 2, ("touch", "workshop", ("cio",), ("crm",), ("goals",), True), 2000),
        (FIRST - 1, ("knowledge", "goals", "client"), 1),
    ]
    for number, (day, fact, times) in enumerate(facts):
        entities = range(number << 16, (number << 16) + times)
        line.join("finance", day, dict.fromkeys(entities, (0, day, encode_fact(fact))))
    line.run(line.written())
    asking = ScoreQueries(line.scorer, line.directory)
    before = explained(line, asking)
    line.run(line.check())
    after = explained(line, asking)
    changed = [name for name in before if before[name]["numerator"] != after[name]["numerator"]]
    assert {"trust", "engagement", "knowledge"} <= set(changed)
    for answer in (*before.values(), *after.values()):
        change = answer["change"]
        assert sum(int(row["units"]) for row in change["rows"]) == int(change["units"])
        parts = sum(int(part["units"]) for part in answer["parts"])
        assert int(answer["baseline"]) + parts == int(answer["numerator"])


def explained(line, asking):
    async def ask():
        await line.scorer.evaluate(TODAY)
        return await asking.explanation("finance", "7d", "en")

    return {score["name"]: score for score in done(ask())["scores"]}


@pytest.mark.parametrize(
    ("notice", "seconds", "waits"),
    [
        (None, 0.0, False),
        (DeletionNotice(FIRST, 100.0), 100.0, True),
        (DeletionNotice(FIRST, 100.0), 100.0 + 71_999.0, True),
        (DeletionNotice(FIRST, 100.0), 100.0 + 72_000.0, False),
        (DeletionNotice(FIRST - 8, 100.0), 100.0, False),
    ],
    ids=["none", "new", "a second early", "20 hours old", "of less than would go now"],
)
def test_what_a_notice_was_given_of_waits_for_20_hours(line, notice, seconds, waits):
    if notice is not None:
        line.retention.notice.give(*notice, count=1)
    assert line.retention.notice.waits(FIRST, seconds) is waits


class Clock:
    """a clock that advances by a step at each reading."""

    def __init__(self, step):
        self.now, self.step = 1_000.0, step

    def perf_counter(self):
        self.now += self.step
        return self.now


@pytest.mark.parametrize(
    ("step", "checks"), [(0.0, 1), (0.004, 2), (0.006, 4)], ids=["none", "half", "a slice"]
)
def test_pages_are_surveyed_for_a_slice_of_time_and_then_from_there_on(
    line, monkeypatch, step, checks
):
    for day in range(FIRST - 130, FIRST):
        line.join("finance", day, busy_day(1, day))
    line.run(line.written())
    monkeypatch.setattr(retention_module, "time", Clock(step))
    found, first, checked = retention_module._Expired(oldest_day=FIRST), b"", 0
    while first is not None:
        first = line.retention._survey_slice(0, first, FIRST, found)
        checked += 1
    # Of 130 keys 64 are examined between two readings of the clock.
    assert checked == checks
    assert (found.count, found.oldest_day, len(found.page_ids)) == (130, FIRST - 130, 130)
