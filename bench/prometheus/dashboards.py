"""How much the fleet's dashboard asks of Prometheus at 1,000 and 10,000 clients, for one refresh.

A real Prometheus with 90 days of scores, one point a day, answers every query of the page, the
variables first, with the step that Grafana takes. `make bench-dashboards` runs it; `--json` prints
the numbers for a script, `--queries` what each query costs.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from rapport.admin.openmetrics_file import load_into_prometheus
from rapport.devkit.prometheus import start_prometheus
from rapport.domain.concerns.kinds import KINDS
from rapport.monitoring.grafana.files import render_grafana

GOALS: Final = {1_000: (2e6, 10.0), 10_000: (5e6, 10.0)}
"""Clients -> bytes and seconds of one refresh, at most."""
DAYS: Final = 90
DAY: Final = 86_400
NOBODY: Final = "http://127.0.0.1:9"
STEPS: Final = {24: 3600, 12: 7200}
"""Grafana's step for 90 days, by the width of a panel."""
LEAST_STEPS: Final = {"1d": DAY}
GAUGES: Final = (
    ("client_trust_ratio", lambda chance: chance.random()),
    ("client_outside_purchases_alert", lambda chance: chance.choice((0, 0, 0, 0, 1, 2))),
)
NOW_ONLY: Final = (
    ("client_engagement_ratio", lambda chance: chance.random()),
    ("client_state", lambda chance: chance.randrange(4)),
    ("client_urgency_points", lambda chance: 100 * chance.random()),
)


class Asked(NamedTuple):
    """One query of the page, and what it took."""

    name: str
    size: int
    seconds: float
    processor_seconds: float


class Refresh(NamedTuple):
    """One refresh of the page."""

    clients: int
    queries: tuple[Asked, ...]

    @property
    def size(self) -> int:
        """Bytes of all answers."""
        return sum(one.size for one in self.queries)

    @property
    def seconds(self) -> float:
        """Time of all queries, one after the other."""
        return sum(one.seconds for one in self.queries)

    @property
    def processor_seconds(self) -> float:
        """Processor time of Prometheus: what else runs on the machine does not show."""
        return sum(one.processor_seconds for one in self.queries)

    @property
    def is_within(self) -> bool:
        """Whether it meets the goal."""
        size, seconds = GOALS[self.clients]
        return self.size <= size and self.seconds <= seconds


def series(clients: int, now: int) -> Iterator[tuple[str, list[str]]]:
    """Yield families: a name and the lines of its samples."""
    names = [f"client-{number:05}" for number in range(clients)]
    past = [now - day * DAY for day in range(DAYS, -1, -1)]
    for name, value in (*GAUGES, *NOW_ONLY):
        times = past if (name, value) in GAUGES else past[-3:]
        chance = random.Random(name)
        yield (
            name,
            [
                _line(name, f'client="{client}"', value(chance), at)
                for client in names
                for at in times
            ],
        )
    yield (
        "client_info",
        [
            _line("client_info", f'client="{one}",name="Business unit {one}",owner="team"', 1, at)
            for one in names
            for at in past[-3:]
        ],
    )
    chance = random.Random("concerns")
    concerns = [
        f'client="{one}",concern="{kind.name}"' for one in names for kind in chance.sample(KINDS, 3)
    ]
    for name, number in (
        ("client_concern_points", 10),
        ("client_concern_since_timestamp_seconds", now - 9 * DAY),
    ):
        yield name, [_line(name, labels, number, now) for labels in concerns]
    for name in ("client_impact", "score_target_ratio"):
        owners = ["", *names] if name == "client_impact" else [""]
        yield (
            name,
            [
                _line(name, f'score="{score}"' + (f',client="{one}"' if one else ""), 0.7, now)
                for one in owners
                for score in ("trust", "engagement", "knowledge", "participation")
            ],
        )


def _line(name: str, labels: str, value: float, at: int) -> str:
    return f'rapport_{name}{{{labels},job="rapport",instance="demo"}} {value} {at}\n'


def write(clients: int, file: Path, now: int) -> None:
    """Write the scores as OpenMetrics."""
    with file.open("w") as out:
        for name, lines in series(clients, now):
            out.write(f"# TYPE rapport_{name} gauge\n")
            out.writelines(lines)
        out.write("# EOF\n")


class Page:
    """The fleet's dashboard, as a browser asks for it."""

    def __init__(self, url: str, process: int, now: int) -> None:
        self._url, self._process, self._now = url, process, now
        self._board: dict[str, Any] = json.loads(render_grafana()["grafana/dashboards/fleet.json"])
        self._values = {"job": "rapport", "__range": f"{DAYS}d"}

    def refresh(self) -> Iterator[Asked]:
        """Ask every variable and every query once, one after the other."""
        for variable in self._board["templating"]["list"]:
            if variable.get("includeAll"):
                yield self._chosen(variable)
        for panel in self._board["panels"]:
            step = STEPS.get(panel["gridPos"]["w"], 0)
            for target in panel.get("targets", ()):
                name = f"{panel['title']}, {target['refId']}"
                yield self._asked(name, *self._parameters(target, step))[0]

    def _chosen(self, variable: dict[str, Any]) -> Asked:
        query = variable["query"]["query"].removeprefix("query_result(").removesuffix(")")
        asked, answer = self._asked(f"${variable['name']}", "query", self._at_end(query))
        clients = [one["metric"]["client"] for one in json.loads(answer)["data"]["result"]]
        self._values[variable["name"]] = f"({'|'.join(clients)})"
        return asked

    def _at_end(self, query: str) -> dict[str, Any]:
        return {"query": self._filled(query), "time": self._now}

    def _parameters(self, target: dict[str, Any], step: int) -> tuple[str, dict[str, Any]]:
        if target["instant"]:
            return "query", self._at_end(target["expr"])
        step = max(step, LEAST_STEPS.get(target["interval"], 0))
        start, end = ((self._now - DAYS * DAY) // step * step, self._now // step * step)
        query = self._filled(target["expr"])
        return "query_range", {"query": query, "start": start, "end": end, "step": step}

    def _filled(self, query: str) -> str:
        return re.sub(r"\$(\w+)", lambda name: self._values[name[1]], query)

    def _asked(self, name: str, path: str, parameters: dict[str, Any]) -> tuple[Asked, bytes]:
        used, began = processor_seconds(self._process), time.perf_counter()
        with urlopen(f"{self._url}/api/v1/{path}", urlencode(parameters).encode()) as answer:
            found: bytes = answer.read()
        seconds = time.perf_counter() - began
        used = processor_seconds(self._process) - used
        return Asked(name, len(found), seconds, used), found


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(clients: int) -> Refresh:
    """Load the scores of that many clients into a Prometheus, and refresh the page twice."""
    now = int(time.time()) // 60 * 60
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as directory:
        folder = Path(directory)
        write(clients, folder / "scores.om", now)
        load_into_prometheus(folder / "scores.om", folder / "prometheus")
        child, url = start_prometheus(folder / "prometheus", NOBODY)
        try:
            for _ in range(2):
                found = Refresh(clients, tuple(Page(url, child.pid, now).refresh()))
            return found
        finally:
            child.stop()


def page_table(found: list[Refresh]) -> Table:
    """Return a row for each size of the fleet."""
    table = Table("clients", "queries", "MB", "goal", "seconds", "goal", "processor, s")
    for one in found:
        size, seconds = GOALS[one.clients]
        cells = (one.clients, len(one.queries), one.size / 1e6, size / 1e6, one.seconds, seconds)
        cells = (*cells, one.processor_seconds)
        table.add_row(*(f"{cell:,.2f}".removesuffix(".00") for cell in cells))
    return table


def query_table(page: Refresh) -> Table:
    """Return a row for each query, the costliest first."""
    table = Table(f"{page.clients:,} clients: query", "kB", "seconds", "processor, s")
    for one in sorted(page.queries, key=lambda one: one.processor_seconds, reverse=True):
        table.add_row(
            one.name, f"{one.size / 1e3:.1f}", f"{one.seconds:.2f}", f"{one.processor_seconds:.2f}"
        )
    return table


def _document(page: Refresh) -> dict[str, Any]:
    return {
        "clients": page.clients,
        "size": page.size,
        "seconds": page.seconds,
        "processor_seconds": page.processor_seconds,
        "queries": [one._asdict() for one in page.queries],
    }


def main() -> None:
    """Print a table, or JSON; exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clients", type=int, nargs="*", default=list(GOALS), choices=GOALS)
    parser.add_argument("--queries", action="store_true", help="what each query costs, too")
    options = parser.parse_args()
    found = [measure(clients) for clients in options.clients]
    if options.json:
        json.dump([_document(one) for one in found], sys.stdout)
    else:
        tables = [page_table(found), *(query_table(one) for one in found if options.queries)]
        Console().print(*tables, sep="\n")
    sys.exit(not all(one.is_within for one in found))


if __name__ == "__main__":
    main()
