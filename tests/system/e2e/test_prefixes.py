"""Installations with prefixes of their own share one broker, and each has only what is its own."""

import json
import os
import subprocess
import sys

import pytest
from fork_server import ForkServer
from kafka import KafkaAdminClient
from prometheus_client.parser import text_string_to_metric_families

from rapport.devkit.testing import WorkerProcess, empty_broker, reset_broker
from rapport.kafka.access import EVERY_TOPIC
from rapport.runtime import child_process
from rapport.runtime.child_process import rapport_command
from rapport.web.client import fetch
from rapport_schemas.wire.topic_names import PREFIX_VARIABLE

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]
SECONDS_MAX = 300
APPLIED = {"source": "tickets", "outcome": "applied"}
PUBLISH = """
import sys
from datetime import UTC, datetime
from rapport.publish import Publisher
from rapport_schemas import TicketRated

bootstrap, client, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Publisher(bootstrap, source="urn:test") as publisher:
    for number in range(count):
        event = TicketRated(client=client, ticket_id=f"t-{number}", score=4)
        publisher.publish(event, id=f"event-{number}", time=datetime.now(UTC))
    unknown = TicketRated(client=f"unknown-to-{client}", ticket_id="t-lost", score=1)
    publisher.publish(unknown, id="lost", time=datetime.now(UTC))
"""


class Installation:
    """The commands and the worker of one installation, with or without a prefix.

    They are forks of a process that has its environment: modules read the prefix once.
    """

    def __init__(self, prefix, client, events, bootstrap, directory, forks):
        self.forks = forks
        self.prefix, self.client, self.events = prefix, client, events
        self.bootstrap = bootstrap
        self.unknown = f"unknown-to-{client}"
        self.worker = WorkerProcess(
            *(bootstrap, directory, "--partitions", "2", "--decoders", "0"),
            name=f"of-{client}",
            wait_seconds_max=SECONDS_MAX,
        )

    def name(self, name):
        return f"{self.prefix}.{name}" if self.prefix else name

    @property
    def environment(self):
        others = {key: text for key, text in os.environ.items() if key != PREFIX_VARIABLE}
        return others | ({PREFIX_VARIABLE: self.prefix} if self.prefix else {})

    def rapport(self, *arguments):
        command = rapport_command(*arguments, "--bootstrap", self.bootstrap)
        done = self.forks.run(command, self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish(self):
        subprocess.run(
            [sys.executable, "-c", PUBLISH, self.bootstrap, self.client, str(self.events)],
            env=self.environment,
            check=True,
        )

    def add(self, client):
        self.rapport(*("clients", "add", client, "--name", client, "--owner", "team-a"))

    def start(self):
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(PREFIX_VARIABLE, self.prefix)
            environment.setattr(child_process, "start_process", self.forks.start)
            self.worker.start()

    def outcomes(self):
        return self.worker.status()["outcomes"]

    def await_outcomes(self, **expected):
        self.worker.until(lambda: self.outcomes() == expected)

    def dead_letters(self):
        return json.loads(self.rapport("dead-letters", "list", "--json"))

    def samples(self):
        families = text_string_to_metric_families(fetch(f"{self.worker.url}/metrics").decode())
        return [(one.name, one.labels, one.value) for family in families for one in family.samples]

    def series_of(self, expected):
        return {name for name, labels, _ in self.samples() if labels == expected}

    def clients(self):
        return {labels["client"] for _, labels, _ in self.samples() if "client" in labels}


@pytest.fixture(scope="module")
def installations(kafka, tmp_path_factory):
    directory = tmp_path_factory.mktemp("prefixes")
    empty_broker(kafka)
    with ForkServer() as no_prefix, ForkServer() as prefix, ForkServer() as another:
        yield from started(
            kafka,
            Installation("", "finance", 3, kafka, directory, no_prefix),
            Installation("test", "logistics", 5, kafka, directory, prefix),
            Installation("test.b-2", "sales", 7, kafka, directory, another),
        )


def started(kafka, *three):
    try:
        for one in three:
            one.created = one.rapport("topics", "--partitions", "2")
            one.add(one.client)
        for one in three:
            one.start()
        for one in three:
            one.publish()
        for one in three:
            one.await_outcomes(applied=one.events, dead_lettered=1)
            one.worker.until_evaluated(one.events)
        yield three
    finally:
        for one in three:
            one.worker.stop()
        reset_broker(kafka)


def test_each_creates_topics_and_a_group_of_its_own(installations, kafka):
    for one in installations:
        created = one.created.strip().removeprefix("created: ").split(", ")
        assert sorted(created) == sorted(map(one.name, EVERY_TOPIC))
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    topics = {name for name in admin.list_topics() if not name.startswith("__")}
    groups = {group["group_id"] for group in admin.list_groups()}
    admin.close()
    assert topics == {one.name(name) for one in installations for name in EVERY_TOPIC}
    assert groups == {one.name("rapport") for one in installations}


def test_each_counts_only_its_own_events_of_the_same_ids(installations):
    for one in installations:
        assert one.outcomes() == {"applied": one.events, "dead_lettered": 1}
        fleet = one.rapport("clients", "list", "--json")
        assert [client["id"] for client in json.loads(fleet)] == [one.client]


def test_labels_of_metrics_have_no_prefix(installations):
    for one in installations:
        labels = [labels for _, labels, _ in one.samples()]
        sources = {each["source"] for each in labels if "source" in each}
        assert {"tickets"} <= sources <= {"tickets", "procurement", "surveys", "relationship"}
        assert [text for each in labels for text in each.values() if "test." in text] == []
        named = {name: value for name, labels, value in one.samples() if labels == APPLIED}
        assert named == {"rapport_events_total": one.events}
        assert "rapport_source_last_arrival_timestamp_seconds" in one.series_of(
            {"source": "tickets"}
        )


def test_each_prints_only_the_rights_on_its_own_names(installations):
    for one in installations:
        lines = one.rapport("access", "worker", "--print").splitlines()
        named = {line.split()[-1] for line in lines}
        assert {one.name("rapport"), one.name("tickets")} <= named
        assert named <= {one.name(name) for name in (*EVERY_TOPIC, "rapport")}


def test_each_lists_and_replays_only_its_own_dead_letters(installations):
    for one in installations:
        (letter,) = one.dead_letters()
        assert (letter["client"], letter["topic"]) == (one.unknown, one.name("tickets"))
        assert letter["replay_blocker"] is None
    _, one, _ = installations
    one.add(one.unknown)
    one.rapport("dead-letters", "replay", "--reason", "unknown-client", "--yes")
    one.await_outcomes(applied=one.events + 1, dead_lettered=1)
    assert one.dead_letters() == []
    for other in installations:
        if other is not one:
            assert other.outcomes() == {"applied": other.events, "dead_lettered": 1}
            assert len(other.dead_letters()) == 1


def test_the_store_of_another_installation_is_not_used(installations):
    _, one, other = installations
    one.worker.stop()
    other.worker.stop()
    one.worker.data_dir = other.worker.data_dir
    one.start()
    one.worker.until(lambda: one.worker.status()["ready"])
    log = one.worker.log.read_text()
    assert f"has another ledger (UTC 0 {other.prefix})" in log
    one.worker.until(lambda: one.client in one.clients())
    assert other.client not in one.clients()
