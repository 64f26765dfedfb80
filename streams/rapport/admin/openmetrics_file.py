"""Writes past scores as OpenMetrics with timestamps, which `promtool` makes blocks of."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from prometheus_client.utils import floatToGoString

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.clients.registry import Directory
from rapport.domain.comparison.backtest import DayEnd
from rapport.domain.policy.model import Policy
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.catalogue import METRICS, client_samples
from rapport.monitoring.metrics.model import Metric, Sample
from rapport.monitoring.metrics.purchases import fleet_purchase_samples
from rapport.monitoring.metrics.relationship import target_samples
from rapport_schemas.wire.errors import RapportError

BLOCK_DURATION: Final = "744h"
LOAD_SECONDS_MAX: Final = 600.0
SeriesKey = tuple[Metric, tuple[str, ...]]


@dataclass(slots=True)
class HistoryFile:
    """The series of many days, collected day by day."""

    directory: Directory
    policy: Policy
    target: dict[str, str]
    """The labels that a scrape adds, job and instance; equal labels continue the same series."""
    calendar: Calendar = UTC_CALENDAR
    _points: dict[SeriesKey, list[tuple[int, float]]] = field(default_factory=dict)

    def add(self, end: DayEnd) -> None:
        """Add the series of the end of a day, at its last second."""
        at = self.calendar.start_of(end.day + 1) - 1
        for sample in self._samples(end):
            self._points.setdefault((sample.metric, sample.labels), []).append((at, sample.value))

    def write(self, out: TextIO) -> int:
        """Write all series as OpenMetrics; return the number of samples."""
        count = 0
        for metric in METRICS:
            samples = {key: points for key, points in self._points.items() if key[0] is metric}
            if samples:
                out.write(f"# HELP {metric.name} {_escaped(metric.help)}\n")
                out.write(f"# TYPE {metric.name} {metric.kind}\n")
            for (_, values), points in sorted(samples.items(), key=lambda item: item[0][1]):
                out.writelines(self._lines(metric, values, points))
                count += len(points)
        out.write("# EOF\n")
        return count

    def _samples(self, end: DayEnd) -> Iterator[Sample]:
        for health in end.health:
            yield from client_samples(
                self.directory[health.client], health, self.policy, self.calendar
            )
        yield from target_samples(self.policy.compare)
        yield from fleet_purchase_samples(end.fleet)
        yield Sample(pipeline.CLIENTS, (), len(end.health))

    def _lines(
        self, metric: Metric, values: tuple[str, ...], points: Iterable[tuple[int, float]]
    ) -> Iterator[str]:
        labels = {**dict(zip(metric.labels, values, strict=True)), **self.target}
        written = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels.items()))
        for at, value in points:
            number = floatToGoString(value)  # type: ignore[no-untyped-call] # it has no types
            yield f"{metric.series}{{{written}}} {number} {at}\n"


def load_into_prometheus(file: Path, directory: Path) -> None:
    """Make blocks of an OpenMetrics file in the data directory of Prometheus.

    Raises `RapportError` when promtool is missing or rejects the file.
    """
    promtool = shutil.which("promtool")
    if promtool is None:
        raise RapportError(
            "promtool is missing; it comes with Prometheus (apt-get install prometheus)"
        )
    directory.mkdir(parents=True, exist_ok=True)
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet"]
    command += [f"--max-block-duration={BLOCK_DURATION}", str(file), str(directory)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=LOAD_SECONDS_MAX
    )
    if done.returncode:
        raise RapportError(f"promtool rejects {file}: {done.stderr.strip()}")


def write_history(history: HistoryFile, output: Path | None, prometheus: Path | None) -> int:
    """Write the file, load it into Prometheus, or both; return the number of samples."""
    if output is not None:
        with output.open("w", encoding="utf-8") as out:
            count = history.write(out)
        if prometheus is not None:
            load_into_prometheus(output, prometheus)
        return count
    with tempfile.TemporaryDirectory(prefix="rapport-history-") as directory:
        return write_history(history, Path(directory) / "history.om", prometheus)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
