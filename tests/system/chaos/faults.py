"""The parts of a run and the faults that are injected in them, on real processes."""

import os
import random
import shutil
import signal
import time
import urllib.request
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from service import OVER

from rapport.devkit.kafka.broker import Broker
from rapport.devkit.testing import WorkerProcess
from rapport.runtime.child_process import Child
from rapport_schemas.wire.registry import GROUP, TOPICS

SECONDS_MAX = 180
POLL_SECONDS = 0.1
COMMIT_POLL_SECONDS = 0.5
"""Each look makes two clients of Kafka."""
JOINING_SECONDS_MAX = 4.0
FROZEN_SECONDS = (11.0, 15.0)
"""Longer than a session of the group, which is 10 s."""
AWAKE_SECONDS_MAX = 2.0


class WorkerSlot(WorkerProcess):
    """A worker that the faults kill, stop for a while, and start again."""

    def __init__(self, name: str, bootstrap: str, directory: Path) -> None:
        super().__init__(bootstrap, directory, "--decoders", "0", name=name, wait_seconds_max=90)

    def freeze(self, seconds: float) -> None:
        """Suspend the process (SIGSTOP), so that its session in the group ends."""
        os.kill(self.child.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.child.pid, signal.SIGCONT)

    @property
    def ready(self) -> bool:
        """Whether `/ready` answers 200; raises when the process has ended by itself."""
        if self._child is None:
            return False
        if self._child.exit_code is not None:
            raise RuntimeError(f"{self.name} ended by itself:\n{self.tail()}")
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False


def uncommitted(bootstrap: str) -> int:
    """Return how many records of the input topics the workers have not committed."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        ledger_topics = [name for name, topic in TOPICS.items() if topic.feeds_ledger]
        partitions = [
            TopicPartition(name, number)
            for name in ledger_topics
            for number in consumer.partitions_for_topic(name) or ()
        ]
        committed = admin.list_group_offsets([GROUP])[GROUP]
        ends = consumer.end_offsets(partitions)
        return sum(
            end - (committed[tp].offset if tp in committed else 0) for tp, end in ends.items()
        )
    finally:
        consumer.close()
        admin.close()


class Stage:
    """The broker, the workers and the publishing service of one run."""

    def __init__(self, broker: Broker, service: list[str], directory: Path) -> None:
        self.broker, self.directory = broker, directory
        self.main = WorkerSlot("worker-a", broker.bootstrap, directory)
        self.other = WorkerSlot("worker-b", broker.bootstrap, directory)
        self._service = service
        self.service = self._publishing()

    def _publishing(self) -> Child:
        return Child(self._service, self.directory / "service.log")

    def worker(self, _drawn: random.Random) -> None:
        """SIGKILL the worker; it comes back with its disk."""
        self.main.kill()
        self.main.launch()

    def disk(self, _drawn: random.Random) -> None:
        """SIGKILL the worker, and make its disk vanish."""
        self.main.kill()
        shutil.rmtree(self.main.data_dir)
        self.main.launch()

    def publisher(self, _drawn: random.Random) -> None:
        """SIGKILL the publishing service; it goes on from its receipts."""
        self.service.kill()
        self.service = self._publishing()

    def kafka(self, drawn: random.Random) -> None:
        """SIGKILL the broker; it comes back with its disk."""
        self.broker.kill()
        time.sleep(drawn.uniform(0, 2))
        self.broker.start()

    def rebalance(self, drawn: random.Random) -> None:
        """Let a second worker join, and SIGKILL one of the two while partitions move."""
        self.other.launch()
        time.sleep(drawn.uniform(0, JOINING_SECONDS_MAX))
        if drawn.random() < 0.5:
            self.main, self.other = self.other, self.main
        self.other.kill()

    def frozen(self, drawn: random.Random) -> None:
        """Freeze one of two workers until the other has its part; SIGKILL one when it wakes."""
        self.other.launch()
        self._until_ready(self.other)
        self.main.freeze(drawn.uniform(*FROZEN_SECONDS))
        time.sleep(drawn.uniform(0, AWAKE_SECONDS_MAX))
        if drawn.random() < 0.5:
            self.main, self.other = self.other, self.main
        self.other.kill()

    def recover(self) -> None:
        """Wait until the worker is ready."""
        self._until_ready(self.main)

    def _until_ready(self, worker: WorkerSlot) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while not worker.ready:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not ready after {SECONDS_MAX} s:\n{self._tail()}")
            time.sleep(POLL_SECONDS)

    def end_publishing(self) -> None:
        """Let the service publish no more than it has."""
        (self.directory / OVER).touch()

    def settle(self) -> None:
        """Wait until the service has published everything and the worker has processed it."""
        while self.service.exit_code is None:
            time.sleep(POLL_SECONDS)
        if self.service.exit_code:
            raise RuntimeError(f"the service failed:\n{self.service.tail(40)}")
        self._until_committed()

    def _until_committed(self) -> None:
        """Wait until the group has committed every offset: Kafka's word, not the worker's."""
        deadline = time.monotonic() + SECONDS_MAX
        while waiting := uncommitted(self.broker.bootstrap):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{waiting} records wait after {SECONDS_MAX} s:\n{self._tail()}")
            time.sleep(COMMIT_POLL_SECONDS)

    def end(self) -> None:
        """Stop everything."""
        self.main.stop()
        self.other.stop()
        self.service.stop()
        self.broker.stop()

    def _tail(self) -> str:
        return self.main.tail()
