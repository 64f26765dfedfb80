"""A snapshot of the scores is consistent; its views are made on request."""

import asyncio
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.runtime.policy_file import load_policy
from rapport.web.client import fetch_json
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer

DAY = 20_600


@pytest.fixture
def worker():
    """A worker that is ready, after its first evaluation."""
    directory = Directory()
    directory.register(Client("finance", "Finance", "team-a"))
    scorer, assignment = Scorer(directory, load_policy(None)), Assignment(1)
    assignment.ready = True
    snapshots = LatestSnapshot(assignment, scorer, directory)
    one = SimpleNamespace(
        directory=directory, scorer=scorer, assignment=assignment, snapshots=snapshots
    )
    one.evaluate = lambda day: asyncio.run(scorer.evaluate(day))
    one.view = lambda: WorkerView({"ready": assignment.ready}, (), snapshots.fleet)
    one.evaluate(DAY)
    snapshots.take()
    return one


def exposed(view):
    return b"".join(view.metrics.render("", gzip=False).pieces).decode()


def test_a_view_does_not_change_between_its_making_and_its_reading(worker):
    before = worker.view()
    worker.directory.register(Client("law", "Law", "team-b"))
    worker.evaluate(DAY + 1)
    worker.snapshots.take()
    after = worker.view()
    assert ('client="law"' in exposed(before), 'client="law"' in exposed(after)) == (False, True)
    assert [one["day"] for one in before.fleet.clients_json] == [DAY]
    assert [one["day"] for one in after.fleet.clients_json] == [DAY + 1] * 2


def test_what_is_made_of_the_fleet_serves_until_the_next_evaluation(worker):
    one = worker.snapshots.fleet
    worker.snapshots.take()
    same = worker.snapshots.fleet
    worker.evaluate(DAY + 1)
    worker.snapshots.take()
    assert one is same
    assert one is not worker.snapshots.fleet
    assert one.samples is one.samples


def test_while_the_ledger_is_recovered_no_scores_are_shown(worker):
    worker.assignment.revoked()
    assert worker.view().fleet is None
    assert "finance" not in exposed(worker.view())


def test_the_scores_of_revoked_partitions_are_not_shown_again_when_others_are_recovered(worker):
    worker.assignment.assigned()
    worker.assignment.revoked()
    worker.scorer.forget()
    worker.snapshots.retake()
    worker.assignment.recovered()
    assert list(worker.view().fleet.clients) == []


def test_an_error_in_what_a_reader_asks_for_is_the_readers_and_the_rest_is_served(worker):
    worker.scorer.health["finance"] = None
    worker.snapshots.retake()
    server = WebServer("127.0.0.1", 0, worker.view, None)
    server.start()
    address = "http://{}:{}".format(*server.address)
    try:
        for path in ("/metrics", "/clients", "/"):
            with pytest.raises(urllib.error.HTTPError, match="500"):
                urllib.request.urlopen(address + path)  # noqa: S310 # a server of our own
        assert fetch_json(f"{address}/status")["ready"] is True
    finally:
        server.stop()
