"""Scores that workers publish for each other's lists: whole, of living workers, and of owners."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.kafka.partitioner import partition_of
from rapport.runtime.policy_file import load_policy
from rapport.web.client import WebAccess, fetch, fetch_json
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport.worker.assignment import Assignment
from rapport.worker.scoring import fleet_exchange
from rapport.worker.scoring.fleet_exchange import SILENCE_SECONDS_MAX, FleetExchange
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import FLEET_TOPIC

DAY = 20_000
PARTITIONS = 4
CLIENTS = [f"client-{number}" for number in range(8)]


def partition(client):
    return partition_of(client.encode(), PARTITIONS)


class Worker:
    """A worker with some partitions; what it sends, every worker of `topic` takes."""

    def __init__(self, topic, address, owned):
        self.assignment, self.topic = Assignment(PARTITIONS), topic
        self.assignment.restored(frozenset(owned))
        self.assignment.ready = True
        self.directory = Directory()
        for name in CLIENTS:
            self.directory.register(Client(name, name.title(), "team-a"))
        self.scorer = Scorer(self.directory, load_policy(None), owns=self.assignment.owns)
        for name in filter(self.assignment.owns, CLIENTS):
            fact = encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), 6))
            entries = tuple((number, DAY - 9, fact) for number in range(20))
            self.scorer.add(name, [CountChange(entries, 1)])
        self.exchange = FleetExchange({}, self.assignment, self.scorer, self.send)
        self.exchange.address = address
        self.exchange.caught_up.set()
        self.snapshots = LatestSnapshot(self.assignment, self.scorer, self.directory, self.exchange)
        topic.append(self)

    async def send(self, topic, key, value):
        assert topic == FLEET_TOPIC
        record = SimpleNamespace(key=key, value=value, offset=0, timestamp=time.time() * 1000)
        self.sent = [*getattr(self, "sent", []), record]
        for worker in self.topic:
            worker.exchange.take(record)

    def evaluate(self):
        asyncio.run(self.scorer.evaluate(DAY))

    def publish(self):
        asyncio.run(self.exchange._publish())

    @property
    def fleet(self):
        self.snapshots.take()
        return self.snapshots.fleet


@pytest.fixture
def pair():
    topic = []
    made = [Worker(topic, "http://a:1", {0, 1}), Worker(topic, "http://b:2", {2, 3})]
    for one in made:
        one.evaluate()
        one.publish()
    return made


def test_each_worker_lists_every_client_as_its_own_worker_evaluated_it(pair):
    one, other = pair
    whole = {**one.scorer.health, **other.scorer.health}
    assert set(whole) == set(CLIENTS)
    for worker in pair:
        assert worker.fleet.health == whole
        assert worker.fleet.workers == ("http://a:1", "http://b:2")
        assert worker.fleet.peers.rank("trust", 0.5).clients == len(CLIENTS)
    assert one.fleet.elsewhere == dict.fromkeys(other.scorer.health, "http://b:2")
    assert [c["id"] for c in one.fleet.clients_json] == [c["id"] for c in other.fleet.clients_json]
    names = {name for sample in one.fleet.samples for name in sample.labels}
    assert not names & set(other.scorer.health), "each has the series of its own clients"


def test_a_worker_that_is_silent_is_away_and_its_clients_are_missing(pair, monkeypatch):
    one, other = pair
    assert len(one.fleet.clients) == len(CLIENTS)
    began = time.monotonic()
    monkeypatch.setattr(fleet_exchange.time, "monotonic", lambda: began + SILENCE_SECONDS_MAX + 1)
    assert set(one.fleet.health) == set(one.scorer.health)
    assert one.fleet.workers == ("http://a:1",)
    assert len(one.fleet.directory) == len(CLIENTS)
    other.publish()
    assert len(one.fleet.clients) == len(CLIENTS)


def test_what_was_said_before_the_start_is_as_old_as_it_is(pair):
    one, other = pair
    new = Worker([], "http://c:3", set())
    new.exchange.caught_up.clear()
    for record in (*one.sent, *other.sent):
        if record in other.sent:
            record.timestamp -= 60_000
        new.exchange.take(record)
    assert set(new.fleet.health) == set(one.scorer.health)


def test_only_the_worker_that_has_the_partition_counts(pair):
    one, other = pair
    moved = next(iter(other.scorer.health))
    other.assignment.restored(other.assignment.owned - {partition(moved)})
    other.publish()
    assert moved not in one.fleet.health
    one.assignment.restored(one.assignment.owned | {partition(moved)})
    one.evaluate()
    one.publish()
    other.evaluate()
    assert moved in one.fleet.health
    assert moved not in one.fleet.elsewhere
    assert other.fleet.elsewhere[moved] == "http://a:1"


def test_only_scores_that_changed_are_published_again(pair):
    one, _ = pair
    before = len(one.sent)
    one.publish()
    assert len(one.sent) == before + 1, "only that it lives"
    client = next(iter(one.scorer.health))
    one.scorer.add(client, [CountChange(((99, DAY, encode_fact(("survey.invited",))),), 1)])
    one.evaluate()
    one.publish()
    changed = {record.key for record in one.sent[before + 1 :]}
    assert client.encode() in changed
    one.assignment.restored(frozenset(range(PARTITIONS)))
    assert one.exchange.elsewhere(CLIENTS) == {}, "a worker that has every client needs no other"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"\xff", b"{}"),
        (b"worker|http://c:3", b'{"partitions":"all"}'),
        (b"worker|http://c:3", None),
        (b"client-1", b"not compressed"),
        (b"client-1", None),
        (b"client-1", __import__("zlib").compress(b" " * (1 << 21))),
    ],
)
def test_a_record_that_cannot_be_read_changes_nothing(pair, key, value):
    one, _ = pair
    before = one.fleet.health
    one.exchange.take(SimpleNamespace(key=key, value=value, offset=7, timestamp=0))
    assert one.fleet.health == before
    assert one.fleet.workers == ("http://a:1", "http://b:2")


async def nothing_overdue(_clients):
    return []


@pytest.fixture
def served(pair):
    one, other = pair
    queries = SimpleNamespace(ask_overdue=nothing_overdue)
    servers = [WebServer("127.0.0.1", 0, None, queries) for _ in pair]
    for worker, server in zip(pair, servers, strict=True):
        server._view = lambda worker=worker: WorkerView({"ready": True}, (), worker.fleet)
        server._sight._newest = lambda worker=worker: worker.fleet
        host, port = server.start()
        worker.exchange.address = f"http://{host}:{port}"
    for worker in pair:
        worker.exchange._published = {}
        worker.publish()
    yield one, other
    for server in servers:
        server.stop()


def test_a_request_about_another_workers_client_is_led_there(served):
    one, other = served
    client = next(iter(other.scorer.health))
    assert fetch_json(f"{one.exchange.address}/clients/{client}")["id"] == client
    listed = fetch_json(f"{one.exchange.address}/clients")
    assert {each["id"] for each in listed} == set(CLIENTS)


def test_today_lists_every_client_and_says_of_how_many_it_cannot_tell_what_is_overdue(served):
    one, other = served
    found = fetch_json(f"{one.exchange.address}/today.json")
    assert found["clients"] == found["registered"] == len(CLIENTS)
    assert found["overdue_elsewhere"] == len(other.scorer.health)
    page = fetch(f"{one.exchange.address}/today?lang=en").decode()
    assert f"overdue of {len(other.scorer.health)} clients of other workers" in page
    fleet = fetch(f"{one.exchange.address}/?lang=en").decode()
    assert f"{len(CLIENTS)} of {len(CLIENTS)} clients" in fleet
    other.assignment.restored(frozenset())
    other.publish()
    fleet = fetch(f"{one.exchange.address}/?lang=en").decode()
    assert f"{len(one.scorer.health)} of {len(CLIENTS)} clients" in fleet
    assert f"{len(other.scorer.health)} clients are missing" in fleet


def test_a_worker_without_an_address_is_listed_and_led_to_by_nobody(served):
    one, other = served
    client = next(iter(other.scorer.health))
    other.exchange.address = FleetExchange({}, None, None, None).address
    other.exchange._published = {}
    other.publish()
    assert len(fetch_json(f"{one.exchange.address}/clients")) == len(CLIENTS)
    assert other.exchange.address in one.fleet.elsewhere.values()
    assert all(address.startswith("http") for address in one.fleet.workers)
    with pytest.raises(RapportError, match="at no known address: give it --public-url"):
        fetch_json(f"{one.exchange.address}/clients/{client}")


def test_a_password_follows_to_no_address_without_encryption(served):
    one, other = served
    client = next(iter(other.scorer.health))
    other.exchange.address = "http://rapport.example:9464"
    other.exchange._published = {}
    other.publish()
    access = WebAccess(user="anna", password="geheim")  # noqa: S106 # of this test
    with pytest.raises(RapportError, match=r"http://rapport\.example:9464/.* would carry"):
        fetch_json(f"{one.exchange.address}/clients/{client}", access)
