"""What people recorded, in the verdicts of a worker: read when it changed, and shown everywhere."""

import asyncio
from datetime import timedelta

import pytest
from rich.console import Console

from rapport.cli.terminal.fleet_table import FleetTable
from rapport.domain.calendar import dated
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.desk.entries import DeskEntry, desk_entry
from rapport.domain.desk.follow_up import Acknowledgement, Due, FollowUp
from rapport.language.concerns import describe_verdict
from rapport.language.language import find_language
from rapport.runtime.policy_file import load_policy
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.latest_snapshot import fleet_snapshot
from rapport.worker.scoring.recorded import RecordedReader
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.relationship import PromiseMade

DAY = 20_050
LATE = (Due(DAY - 3),)
KNOWN = Acknowledgement("promise_overdue", DAY, DAY + 5, 15)
SAID = {
    "en": "(since 21 Nov, acknowledged until 28 Nov{})",
    "nl": "(sinds 21 nov, in behandeling tot en met 28 nov{})",
}
TOLD = {"en": ", alert not silenced", "nl": ", waarschuwing niet gedempt"}


class Desk:
    """The entries of clients, and the order in which these are read."""

    def __init__(self):
        self.entries, self.reads, self._changed = {}, [], set()

    def record(self, client, entry):
        self.entries.setdefault(client, []).append(entry)
        self._changed.add(client)

    def take_changed(self):
        changed, self._changed = self._changed, set()
        return changed

    async def of_client(self, _partition, client):
        self.reads.append(client)
        return self.entries.get(client, [])


def promise(client, due):
    made = PromiseMade(
        client=client,
        promise_id="1",
        made_on=dated(due) - timedelta(days=9),
        due_on=dated(due),
        what="x",
    )
    return desk_entry("rapport.relationship.promise-made.v1", made, b"urn:a", b"1", 0, due - 9)


def test_a_client_is_read_once_and_again_when_something_of_it_was_written():
    desk, assignment = Desk(), Assignment(8)
    reader = RecordedReader(desk, assignment)

    def changed():
        desk.reads = []
        return asyncio.run(reader.changed(["arts", "parks"]))

    assert changed() == {"arts": FollowUp(), "parks": FollowUp()}
    assert (changed(), desk.reads) == ({}, [])
    entry = promise("arts", DAY)
    assert isinstance(entry, DeskEntry)
    desk.record("arts", entry)
    assert changed() == {"arts": FollowUp(promises=(Due(DAY),))}
    assert desk.reads == ["arts"]
    assignment.revoked()
    assert changed().keys() == {"arts", "parks"}


@pytest.fixture(scope="module")
def snapshot():
    """Three clients with an overdue promise: two acknowledged it, of which one is silenced."""
    found = {
        "arts": FollowUp((KNOWN,), LATE),
        "museums": FollowUp((KNOWN,), LATE),
        "parks": FollowUp((), (Due(DAY - 1),)),
        "zoo": FollowUp(),
    }

    async def read(_clients):
        return found

    directory = Directory()
    for name in found:
        directory.register(Client(name, name.title(), "rm"))
    scorer = Scorer(directory, load_policy(None), read)

    async def run():
        await scorer.evaluate(DAY)
        scorer.set_silenced({"museums": frozenset({"promise_overdue"})})
        await scorer.evaluate(DAY)

    asyncio.run(run())
    return fleet_snapshot(scorer, directory)


def test_acknowledged_clients_are_below_those_that_need_somebody(snapshot):
    assert list(snapshot.clients) == ["parks", "arts", "museums", "zoo"]
    states = [one["state"] for one in snapshot.clients_json]
    assert states == ["watch", "watch", "watch", "unknown"]
    assert [one["acknowledged"] for one in snapshot.clients_json] == [False, True, True, False]


def test_json_says_until_when_and_whether_the_alert_is_silenced(snapshot):
    said = {
        one["id"]: (concern["acknowledged_until"], concern["silenced"])
        for one in snapshot.clients_json
        for concern in one["concerns"]
    }
    last = dated(DAY + 5).isoformat()
    assert said == {"parks": (None, False), "arts": (last, False), "museums": (last, True)}


@pytest.mark.parametrize("code", ["en", "nl"])
def test_terminal_and_explanation_say_the_same(snapshot, code):
    language = find_language(code)
    fleet = list(snapshot.clients_json)
    console = Console(width=200, record=True)
    console.print(FleetTable(fleet, language))
    table = " ".join(console.export_text().split())
    for name, told in (("arts", TOLD[code]), ("museums", "")):
        health = snapshot.clients[name].health
        lines = describe_verdict(health.verdict, health.day, {}, language)
        assert any(SAID[code].format(told) in line for line in lines)
        assert SAID[code].format(told) in table
