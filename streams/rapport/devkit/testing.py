"""Worker processes for the demo, tests and benchmarks; a broker that tests empty and read."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove

from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

WAIT_SECONDS_MAX: Final = 60.0
POLL_SECONDS: Final = 0.1
T = TypeVar("T")


class WorkerProcess:
    """One `rapport worker`, which can be started again on the same data directory."""

    def __init__(
        self,
        bootstrap: str,
        directory: Path,
        *options: str,
        name: str = "worker",
        wait_seconds_max: float = WAIT_SECONDS_MAX,
    ) -> None:
        self.name, self.bootstrap = name, bootstrap
        self.data_dir, self.log = directory / name, directory / f"{name}.log"
        self._address = directory / f"{name}.address"
        self._options, self._wait_seconds_max = options, wait_seconds_max
        self._child: Child | None = None

    def launch(self) -> None:
        """Start the process, and return at once."""
        self._address.unlink(missing_ok=True)
        command = rapport_command(
            *("worker", "--bootstrap", self.bootstrap, "--data-dir", str(self.data_dir)),
            *("--http-port", "0", "--address-file", str(self._address), *self._options),
        )
        self._child = Child(command, self.log)

    def start(self) -> None:
        """Start the process, and return when its HTTP server listens."""
        self.launch()
        self.until(lambda: self.url)

    @property
    def child(self) -> Child:
        """The process; raises `RapportError` when it does not run."""
        if self._child is None:
            raise RapportError(f"{self.name} does not run")
        return self._child

    @property
    def url(self) -> str:
        """The address of its HTTP server; empty until it listens."""
        return self._address.read_text().strip() if self._address.exists() else ""

    def until(self, condition: Callable[[], T]) -> T:
        """Wait for a true result of `condition`, and return it.

        Raises `RapportError`, with the end of the log, when the process ends or time runs out.
        """
        deadline = time.monotonic() + self._wait_seconds_max
        while not (result := condition()):
            if self.child.exit_code is not None:
                raise RapportError(f"{self.name} ended; the end of its log:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise RapportError(
                    f"{self.name} was waited for longer than {self._wait_seconds_max:g} s; its "
                    f"status is {self.status()}, and the end of its log:\n{self.tail()}"
                )
            time.sleep(POLL_SECONDS)
        return result

    def until_evaluated(self, events: int) -> None:
        """Wait until the scores cover this many events."""
        self.until(lambda: self.status()["evaluated_events"] >= events)

    def status(self) -> dict[str, Any]:
        """Return `/status`; with nothing counted while the worker does not answer."""
        status = {"ready": False, "events": 0, "evaluated_events": 0}
        with suppress(RapportError, OSError, ValueError):
            status = fetch_json(f"{self.url}/status")
        return {"outcomes": {}, "dead_letters": {}, **status}

    def tail(self, lines: int = 40) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def stop(self) -> None:
        """Ask the process to end, and return when it has ended."""
        if self._child is not None:
            self._child.stop()
            self._child = None


def records_of(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Return every record that is in a topic now; each partition is in order."""
    return asyncio.run(_read(bootstrap, topic))


async def _read(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=200)
            found += [record for batch in batches.values() for record in batch]
    return found


def reset_broker(bootstrap: str) -> None:
    """Empty a broker, and create Rapport's topics again."""
    empty_broker(bootstrap)
    asyncio.run(apply_topics(Kafka(bootstrap), PARTITIONS))


def empty_broker(bootstrap: str) -> None:
    """Delete every topic and every consumer group of a broker.

    Every client must have been stopped. A killed one is still a member of its group, and would hold
    the next rebalance up until its session ends, so members are removed too.
    """
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        groups = [group["group_id"] for group in admin.list_groups()]
        for name, group in (admin.describe_groups(groups) if groups else {}).items():
            members = [MemberToRemove(member_id=one["member_id"]) for one in group["members"]]
            if members:
                admin.remove_group_members(name, members)
        if groups:
            admin.delete_groups(groups)
        # A broker lists a topic for a while after the controller has deleted it.
        while topics := [name for name in admin.list_topics() if not name.startswith("__")]:
            admin.delete_topics(topics, raise_errors=False)
            time.sleep(POLL_SECONDS)
    finally:
        admin.close()
