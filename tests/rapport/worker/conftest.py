"""A worker on an empty broker, for tests that count what becomes of events."""

import pytest
from kafka import KafkaAdminClient

from rapport.devkit.testing import WorkerProcess, records_of
from rapport.publish.publisher import Publisher
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, GROUP


class Running:
    """A broker with nothing else on it, and one worker at a time."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory = bootstrap, directory
        self.worker = None
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def start(self, name="worker", *options):
        """Start a worker; without processes for decoding, which only large chunks go to."""
        options = ("--decoders", "0", *options)
        self.worker = WorkerProcess(self.bootstrap, self.directory, *options, name=name)
        self.worker.start()

    @property
    def url(self):
        return self.worker.url

    def until(self, condition):
        return self.worker.until(condition)

    def status(self):
        return self.worker.status()

    def committed(self, topic):
        """Return how many records of a topic the workers have committed."""
        offsets = self._admin.list_group_offsets([GROUP])[GROUP]
        return sum(found.offset for tp, found in offsets.items() if tp.topic == topic)

    def newest_records(self):
        """Return key -> the newest record of the changelog, as a recovery now would read it."""
        return {one.key: one for one in records_of(self.bootstrap, CHANGELOG_TOPIC)}

    def until_handled(self, count):
        self.worker.until_evaluated(count)

    def stop(self):
        self._admin.close()
        if self.worker is not None:
            self.worker.stop()


@pytest.fixture
def running(empty_kafka, tmp_path):
    with Publisher(empty_kafka, source="urn:test") as publisher:
        for name in ("finance", "law"):
            publisher.publish(
                ClientRegistered(
                    client=name, name=name.title(), owner="team-a", aliases=[name.upper()]
                )
            )
    one = Running(empty_kafka, tmp_path)
    yield one
    one.stop()
