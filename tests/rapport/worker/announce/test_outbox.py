"""Entries of the outbox: what version 0.1.0 wrote is read under the new names, and is followed."""

import asyncio
import json
from pathlib import Path

import pytest

from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.score import METHOD
from rapport.runtime.policy_file import load_policy
from rapport.worker.announce.announcer import Announcer
from rapport.worker.announce.outbox import last_baseline
from rapport.worker.assignment import Assignment

OLD = {
    key.encode(): value.encode()
    for key, value in json.loads((Path(__file__).parent / "entries-0.1.0.json").read_text()).items()
}
"""The table after version 0.1.0 announced the scores of `FACTS` on `DAY`."""
COMPILED = CompiledPolicy(load_policy(None))
DAY = 20_000
FACTS = [
    (DAY - 9, ("survey.answered", "client", (("trust", 4, 1, 5),), None), 2),
    (DAY - 9, ("ticket.closed", "P1", True, "person", 0), 9),
    (DAY - 5, ("ticket.reopened",), 2),
    (DAY - 8, ("touch", "roadmap_talk", ("cio",), (), ("goals",), True), 6),
    (DAY - 2, ("touch", "workshop", ("it_team",), (), (), True), 6),
]
MORE = [
    (DAY, ("ticket.reopened",), 6),
    (DAY, ("touch", "workshop", ("it_team",), (), (), False), 9),
]
SECONDS_MAX = 20


class MemoryTable:
    """The table of announcements, in memory."""

    def __init__(self, values=()):
        self.values = dict(values)

    def get(self, _partition, key):
        return self.values.get(key)

    async def write(self, _partition, values):
        self.values |= values


class MemoryTopic:
    """The topic of announcements, in memory; `away`: Kafka cannot be reached."""

    def __init__(self, *, away=False):
        self.records, self.away = [], away

    async def publish(self, records):
        if self.away:
            raise OSError("Kafka cannot be reached")
        self.records += records

    async def stop(self):
        pass


class OneClient:
    """The scores of one client."""

    policy, evaluations, names = COMPILED.policy, 1, {"finance": "Finance"}

    def __init__(self, facts):
        self._measures = ClientMeasures()
        for day, fact, times in facts:
            self._measures.add(day, fact, times)
        own = client_inputs(self._measures, COMPILED.policy, DAY)
        shared = fleet_context([own], COMPILED.policy, DAY, {})
        self.health = {"finance": evaluate("finance", self._measures, own, COMPILED, DAY, shared)}

    def current_snapshot(self, health):
        return take_client_snapshot(self._measures, COMPILED, health)

    async def yield_if_due(self, started):
        return started


async def run_until(announcer, holds):
    task = asyncio.create_task(announcer.run())
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while not holds():  # noqa: ASYNC110 # a counter has no event to wait for
                await asyncio.sleep(0.01)
    finally:
        task.cancel()


def announce(table, topic, facts, *, until=None):
    """Recover from a table and announce what changed; return the published events by score."""

    async def recovered_and_scanned():
        announcer = Announcer(table, OneClient(facts), lambda _: 0, topic, Assignment(1))
        await announcer.recovered(list(table.values.items()))
        await announcer.find_changes(busy=False)
        await run_until(announcer, until or (lambda: announcer.published))

    asyncio.run(recovered_and_scanned())
    events = [json.loads(value) for _, _, value, _ in topic.records]
    return {event["score"]: event for event in events}


def id_of(value):
    return json.loads(value.partition(b"\n")[0])["id"]


def test_the_old_entries_have_the_old_names():
    assert set(OLD) == {
        b"|done0",
        *(f"finance|{n}".encode() for n in ("along", "engagement", "maturity", "trust")),
    }
    assert b'["several", "few", null' in OLD[b"finance|trust"]


def test_what_did_not_change_since_the_version_before_is_not_announced_again():
    table, topic = MemoryTable(OLD), MemoryTopic()

    async def recovered_and_scanned():
        announcer = Announcer(table, OneClient(FACTS), lambda _: 0, topic, Assignment(1))
        await announcer.recovered(list(OLD.items()))
        await announcer.find_changes(busy=False)
        task = asyncio.create_task(announcer.run())
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(recovered_and_scanned())
    assert (topic.records, table.values) == ([], OLD)


def test_the_next_announcement_follows_the_one_of_the_old_name():
    table = MemoryTable(OLD)
    events = announce(table, MemoryTopic(), [*FACTS, *MORE])
    event = events["participation"]
    before = json.loads(OLD[b"finance|along"].split(b"\n")[1])
    assert event["follows"] == id_of(OLD[b"finance|along"])
    assert event["old"] == before["new"]
    assert events["trust"]["follows"] == id_of(OLD[b"finance|trust"])
    assert id_of(table.values[b"finance|participation"]) != id_of(OLD[b"finance|along"])


def test_a_third_announcement_follows_the_second_although_the_first_is_still_there():
    table = MemoryTable(OLD)
    announce(table, MemoryTopic(), [*FACTS, *MORE])
    second = id_of(table.values[b"finance|participation"])
    for order in (1, -1):  # the table gives its keys in any order
        again = MemoryTable(dict(list(table.values.items())[::order]))
        third = announce(again, MemoryTopic(), [*FACTS, *MORE, *MORE])["participation"]
        assert third["follows"] == second


def test_rows_of_merged_small_groups_are_compared_under_the_new_name():
    kept = last_baseline(OLD.get, "finance", "trust")
    assert {row.component for row in kept.rows} == {"base", "combined", "reopened"}
    change = announce(MemoryTable(OLD), MemoryTopic(), [*FACTS, *MORE])["trust"]
    components = {part["component"] for part in change["attribution"]}
    assert "combined" in components
    assert "several" not in components


def test_what_changed_since_an_older_version_of_the_formulas_is_announced_as_such_once():
    assert last_baseline(OLD.get, "finance", "trust").method == 1
    table = MemoryTable(OLD)
    first = announce(table, MemoryTopic(), [*FACTS, *MORE])
    kinds = {part["kind"] for event in first.values() for part in event.get("attribution", ())}
    assert "method" in kinds
    assert "decay" not in kinds
    assert last_baseline(table.values.get, "finance", "trust").method == METHOD
    second = announce(MemoryTable(table.values), MemoryTopic(), [*FACTS, *MORE, *MORE])["trust"]
    assert "method" not in {part["kind"] for part in second["attribution"]}


def test_an_entry_of_the_version_before_that_was_not_published_is_published_as_it_was():
    unpublished = OLD | {b"|done0": b"0"}
    table, topic = MemoryTable(unpublished), MemoryTopic()
    announce(table, topic, FACTS)
    by_id = {dict(headers)["ce_id"].decode(): value for _, _, value, headers in topic.records}
    assert by_id == {
        id_of(value): value.split(b"\n")[1] for key, value in OLD.items() if key != b"|done0"
    }
    assert table.values[b"|done0"] == b"1"


def test_an_unpublished_entry_under_both_names_is_published_once():
    table = MemoryTable(OLD | {b"|done0": b"0"})
    away = MemoryTopic(away=True)
    announce(table, away, FACTS, until=lambda: b"finance|participation" in table.values)
    topic = MemoryTopic()
    announce(table, topic, FACTS)
    assert len(topic.records) == 4


@pytest.mark.parametrize("newer", ["along", "participation"])
def test_of_two_names_the_newer_entry_counts(newer):
    """A worker of version 0.1.0 may own the partition once more, during a rolling update."""
    older = {"along": "participation", "participation": "along"}[newer]
    value = OLD[b"finance|along"]
    later = value.replace(b'"batch": 1', b'"batch": 2').replace(id_of(value).encode(), b"f" * 32)
    values = {f"finance|{newer}".encode(): later, f"finance|{older}".encode(): value}
    assert last_baseline(values.get, "finance", "participation").id == "f" * 32
    both = OLD | values | {b"|done0": b"2"}
    change = announce(MemoryTable(both), MemoryTopic(), [*FACTS, *MORE])["participation"]
    assert change["follows"] == "f" * 32
