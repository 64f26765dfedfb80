"""The demo: Kafka, topics, a worker, real data and Prometheus on this machine."""

import asyncio
import secrets
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rapport.devkit.accounts import write_accounts
from rapport.devkit.data import POLICY
from rapport.devkit.kafka.broker import Broker, next_free_port
from rapport.devkit.prometheus import HISTORY_DAYS, load_history, start_prometheus
from rapport.devkit.publish import publish_demo
from rapport.devkit.running_demo import DemoAddresses, published_addresses
from rapport.devkit.testing import WorkerProcess
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

MADE_UP_SENTENCE = (
    "The purchases are a city's real ones; the clients' names, their tickets and surveys, and what "
    "IT did with them, are made up."
)
SCORES_SECONDS_MAX = 600.0
POLL_SECONDS = 0.2


class Ports(NamedTuple):
    """The ports that a demo prefers; 0 for any free one."""

    kafka: int = 0
    pages: int = 0
    prometheus: int = 0


USER = "demo"


class Demo:
    """A context that starts everything on entry, and stops it on exit."""

    def __init__(
        self, console: Console, *, data: Path | None, state: Path | None, ports: Ports
    ) -> None:
        self.prometheus_url = ""
        self.password = secrets.token_urlsafe(9)
        """The password of the user `demo`, who may record for every client."""
        self._console = console
        self._data = data
        self._state = state
        self._ports = ports
        self._stack = ExitStack()
        self._state_directory = Path()
        self._kafka = Kafka()
        self._worker: WorkerProcess

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fleet(self) -> list[dict[str, Any]]:
        """Return the fleet as the worker shows it now."""
        fleet: list[dict[str, Any]] = fetch_json(f"{self.url}/clients")
        return fleet

    def with_prometheus(self) -> None:
        """Load the past days into Prometheus, and start it."""
        directory = self._state_directory / "prometheus"
        with self._progress() as progress:
            task = progress.add_task("history", total=HISTORY_DAYS)
            load_history(self._kafka, directory, POLICY, each=lambda: progress.advance(task))
            task = progress.add_task("Prometheus", total=1)
            port = self._free("Prometheus", self._ports.prometheus)
            child, self.prometheus_url = start_prometheus(directory, self.url, port=port)
            self._stack.callback(child.stop)
            progress.advance(task)

    def wait(self) -> None:
        """Wait for the worker, which runs until it is stopped; raises `RapportError` if it ends."""
        while self._worker.child.exit_code is None:
            time.sleep(POLL_SECONDS)
        raise RapportError(f"the worker ended; the end of its log:\n{self._worker.tail()}")

    @property
    def kafka(self) -> str:
        """Kafka's address."""
        return self._kafka.bootstrap

    @property
    def url(self) -> str:
        """The address of the worker's pages."""
        return self._worker.url

    def _start(self) -> None:
        state = self._state_directory = self._directory()
        with self._progress() as progress:
            bootstrap = self._start_broker(progress, state)
            self._kafka = Kafka(bootstrap)
            self._start_worker(progress, state, bootstrap)
            count = publish_demo(progress, bootstrap, self._data)
            self._await_scores(progress, count)
        self._stack.enter_context(published_addresses(DemoAddresses(self.kafka, self.url)))

    def _directory(self) -> Path:
        if self._state is not None:
            return self._state.absolute()
        directory = Path(tempfile.mkdtemp(prefix="rapport-demo-"))
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)
        return directory

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(*columns, TimeElapsedColumn(), console=self._console)

    def _start_broker(self, progress: Progress, state: Path) -> str:
        task = progress.add_task("Kafka", total=2)
        port = self._free("Kafka", self._ports.kafka)
        broker = self._stack.enter_context(Broker(state / "kafka", port))
        progress.advance(task)
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        progress.advance(task)
        return str(broker.bootstrap)

    def _start_worker(self, progress: Progress, state: Path, bootstrap: str) -> None:
        task = progress.add_task("worker", total=1)
        port = self._free("the pages", self._ports.pages)
        accounts = write_accounts(state, USER, self.password)
        options = (
            *("--http-port", str(port), "--policy", str(POLICY), "--accounts", str(accounts)),
        )
        self._worker = WorkerProcess(
            bootstrap, state, *options, wait_seconds_max=SCORES_SECONDS_MAX
        )
        self._stack.callback(self._worker.stop)
        self._worker.start()
        progress.advance(task)

    def _free(self, name: str, port: int) -> int:
        """Return the port, or the next free one and print it; 0 stays 0: any free one."""
        free = next_free_port(port) if port else 0
        if free != port:
            self._console.print(f"port {port} is taken; {name} uses {free}")
        return free

    def _await_scores(self, progress: Progress, count: int) -> None:
        task = progress.add_task("process", total=count)

        def scored() -> bool:
            status = self._worker.status()
            progress.update(task, completed=min(status["events"], count))
            return bool(min(status["events"], status["evaluated_events"]) >= count)

        self._worker.until(scored)
