"""Clients whose last week differs, and a web server that answers for them as a worker does."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.runtime.policy_file import load_policy
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.latest_snapshot import fleet_snapshot
from rapport.worker.scoring.scorer import Scorer

DAY = 19_998
"""2 October 2024."""


def answered(score, respondents=5):
    return ("survey.answered", "client", (("trust", score, 1, 5),), respondents)


BOUGHT = ("buy", "outside", "software", "acme", "EUR", 5_000)
FINE = [(7 * ago, answered(4), 3) for ago in range(2, 40)]
POOR = [(7 * ago, answered(1), 3) for ago in range(2, 40)]
EVENTS = {
    "arts": FINE,
    "libraries": [*FINE, *[(ago, answered(1), 6) for ago in (1, 2, 3)]],
    "parks": [*POOR, *[(ago, answered(5), 9) for ago in (1, 2, 3)]],
    "housing": [*FINE, *[(7 * ago, BOUGHT, 1) for ago in range(2, 70)], (9, BOUGHT, 12)],
    "quiet": [],
}
OWNERS = {"arts": "team-b", "housing": "team-b", "libraries": "team-a", "parks": "team-a"}


def filled_scorer(*owned, events=EVENTS, names=None):
    """Return a worker's scorer of the clients that it owns (of all without any), and the registry.

    `names` are other names for clients.
    """
    directory = Directory()
    for name in events:
        shown = (names or {}).get(name, name.title())
        directory.register(Client(name, shown, OWNERS.get(name, "team-c")))
    scorer = Scorer(directory, load_policy(None), owns=set(owned or events).__contains__)
    for name, found in events.items():
        for number, (ago, fact, times) in enumerate(found if scorer._owns(name) else ()):
            scorer.add(name, [CountChange(((number, DAY - ago, encode_fact(fact)),), times)])
    return scorer, directory


@pytest.fixture
def serve():
    """Serve a scorer's answers; return the address."""
    stops = []

    def served(scorer, directory):
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(scorer.evaluate(DAY), loop).result(30)
        queries = ScoreQueries(scorer, directory)
        asyncio.run_coroutine_threadsafe(queries.attach(), loop).result(10)
        view = WorkerView({"ready": True}, (), fleet_snapshot(scorer, directory))
        server = WebServer("127.0.0.1", 0, lambda: view, queries)
        host, port = server.start()
        stops.append(SimpleNamespace(server=server, loop=loop, thread=thread))
        return f"http://{host}:{port}"

    yield served
    for one in stops:
        one.server.stop()
        one.loop.call_soon_threadsafe(one.loop.stop)
        one.thread.join(10)
        one.loop.close()


@pytest.fixture
def world():
    return filled_scorer
