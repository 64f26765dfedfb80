"""A published view is of one moment; what is made of it is made when a reader asks."""

import asyncio
import urllib.error
from types import SimpleNamespace

import pytest

from rapport.streams.core.clients import Client, Directory
from rapport.streams.shell.fetch import fetch_json
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.policy_file import PolicyFile, load_policy
from rapport.streams.shell.status import Status
from rapport.streams.shell.views import Views
from rapport.streams.shell.web import WebServer

DAY = 20_600


@pytest.fixture
def worker():
    directory, policy = Directory(), load_policy(None)
    directory.register(Client("finance", "Finance", "team-a"))
    return SimpleNamespace(
        status=Status(ready=True),
        monitor=Monitor(directory, policy),
        policy_file=PolicyFile(None, policy, lambda _policy: None),
        reader=SimpleNamespace(directory=directory),
    )


@pytest.fixture
def shown(worker):
    """What was published of the worker after one evaluation, and a function to publish more."""
    views = []
    publisher = Views(views.append)
    asyncio.run(worker.monitor.evaluate(DAY))
    publisher.publish(worker)
    return SimpleNamespace(views=views, publish=lambda: publisher.publish(worker))


@pytest.fixture
def server():
    one = WebServer("127.0.0.1", 0)
    one.start()
    yield one
    one.stop()


def exposed(view):
    return b"".join(view.metrics.render("", gzip=False).pieces).decode()


def test_a_view_stays_as_it_was_whatever_the_worker_learns_before_somebody_reads_it(worker, shown):
    worker.status.pages_written = 7
    worker.reader.directory.register(Client("law", "Law", "team-b"))
    asyncio.run(worker.monitor.evaluate(DAY + 1))
    shown.publish()
    before, after = shown.views
    assert ('client="law"' in exposed(before), 'client="law"' in exposed(after)) == (False, True)
    assert [one["day"] for one in before.picture.listing] == [DAY]
    assert [one["day"] for one in after.picture.listing] == [DAY + 1] * 2
    assert [view.status["pages_written"] for view in shown.views] == [0, 7]
    assert "rapport_ledger_pages_written_total 0" in exposed(before)
    assert "rapport_ledger_pages_written_total 7" in exposed(after)


def test_what_is_made_of_the_fleet_serves_until_the_next_evaluation(worker, shown):
    shown.publish()
    asyncio.run(worker.monitor.evaluate(DAY + 1))
    shown.publish()
    one, same, other = (view.picture for view in shown.views)
    assert one is same
    assert one is not other
    assert one.samples is one.samples
    assert shown.views[0].metrics is shown.views[0].metrics


def test_while_the_ledger_is_recovered_nothing_is_said_of_the_fleet(worker, shown):
    worker.status.ready = False
    shown.publish()
    assert shown.views[-1].picture is None
    text = exposed(shown.views[-1])
    assert "rapport_ready 0" in text
    assert "finance" not in text


def test_an_error_in_what_a_reader_asks_for_is_the_readers_and_the_rest_is_served(worker, server):
    worker.monitor.health["finance"] = None
    worker.monitor.evaluations = 1
    Views(server.show).publish(worker)
    address = "http://{}:{}".format(*server.address)
    for path in ("/metrics", "/clients", "/"):
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(address + path)  # noqa: S310 # a server of our own
    assert fetch_json(f"{address}/status")["ready"] is True
