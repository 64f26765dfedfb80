"""Runs everything on this machine: Kafka, topics, a worker, the real data, the fleet."""

import asyncio
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rapport.devkit.kafka.broker import Broker
from rapport.devkit.prometheus import HISTORY_DAYS, load_history, start_prometheus
from rapport.devkit.publish import publish_demo
from rapport.kafka.connection import Kafka
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import PARTITIONS

JOINED_SENTENCE = (
    "The data is real but joined: a city's card purchases, a company's incidents and health "
    "services' survey answers have nothing to do with each other; the clients' names, and "
    "what IT and its clients did together, are made up."
)
START_SECONDS_MAX = 60.0
FOLD_SECONDS_MAX = 600.0
POLL_SECONDS = 0.2


class Demo:
    """A context: everything is started on entry and stopped on exit."""

    def __init__(
        self, console: Console, *, data: Path | None, state: Path | None, http_port: int
    ) -> None:
        self.url = ""
        self.prometheus_url = ""
        self._console = console
        self._data = data
        self._state = state
        self._http_port = http_port
        self._stack = ExitStack()
        self._worker: Child | None = None
        self._state_directory = Path()
        self._kafka = Kafka()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def fleet(self) -> list[dict[str, Any]]:
        """Return the fleet as the worker sees it now."""
        fleet: list[dict[str, Any]] = fetch_json(f"{self.url}/clients")
        return fleet

    def with_prometheus(self) -> None:
        """Load the past into Prometheus, and start it beside the worker."""
        directory = self._state_directory / "prometheus"
        with self._progress() as progress:
            task = progress.add_task("history", total=HISTORY_DAYS)
            load_history(self._kafka, directory, each=lambda: progress.advance(task))
            task = progress.add_task("Prometheus", total=1)
            child, self.prometheus_url = start_prometheus(directory, self.url)
            self._stack.callback(child.stop)
            progress.advance(task)

    def wait(self) -> None:
        """Return when the worker has ended by itself, which it should not."""
        while self._worker is not None and self._worker.exit_code is None:
            time.sleep(POLL_SECONDS)
        self._explain("the worker ended")

    def _start(self) -> None:
        state = self._state_directory = self._directory()
        with self._progress() as progress:
            bootstrap = self._start_broker(progress, state)
            self._kafka = Kafka(bootstrap)
            self._start_worker(progress, state, bootstrap)
            count = publish_demo(progress, bootstrap, self._data)
            self._await_fold(progress, count)

    def _directory(self) -> Path:
        if self._state is not None:
            return self._state.absolute()
        made = Path(tempfile.mkdtemp(prefix="rapport-demo-"))
        self._stack.callback(shutil.rmtree, made, ignore_errors=True)
        return made

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(*columns, TimeElapsedColumn(), console=self._console)

    def _start_broker(self, progress: Progress, state: Path) -> str:
        task = progress.add_task("Kafka", total=2)
        broker = self._stack.enter_context(Broker(state / "kafka"))
        progress.advance(task)
        asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
        progress.advance(task)
        return str(broker.bootstrap)

    def _start_worker(self, progress: Progress, state: Path, bootstrap: str) -> None:
        task = progress.add_task("worker", total=1)
        address = state / "worker.address"
        address.unlink(missing_ok=True)
        arguments = ["--bootstrap", bootstrap, "--data-dir", str(state / "worker")]
        arguments += ["--http-port", str(self._http_port), "--address-file", str(address)]
        self._worker = Child(rapport("worker", *arguments), state / "worker.log")
        self._stack.callback(self._worker.stop)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not address.exists() or not address.read_text():
            if self._worker.exit_code is not None or time.monotonic() > deadline:
                self._explain("the worker did not start")
            time.sleep(POLL_SECONDS)
        self.url = address.read_text().strip()
        progress.advance(task)

    def _await_fold(self, progress: Progress, count: int) -> None:
        task = progress.add_task("fold", total=count)
        deadline = time.monotonic() + FOLD_SECONDS_MAX
        while True:
            if self._worker is None or self._worker.exit_code is not None:
                self._explain("the worker ended")
            if time.monotonic() > deadline:
                self._explain(f"the worker did not fold everything in {FOLD_SECONDS_MAX:.0f} s")
            status = self._status()
            progress.update(task, completed=min(status["events"], count))
            if status["events"] >= count and status["evaluated_events"] >= count:
                return
            time.sleep(POLL_SECONDS)

    def _status(self) -> dict[str, Any]:
        """Return what the worker says of itself; until it says anything, it has folded nothing."""
        try:
            status: dict[str, Any] = fetch_json(f"{self.url}/status")
        except RapportError:
            return {"events": 0, "evaluated_events": 0}
        return status

    def _explain(self, what: str) -> None:
        tail = self._worker.tail() if self._worker else ""
        raise RapportError(f"{what}; the end of its log:\n{tail}")
