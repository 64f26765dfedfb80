"""How much the fleet's dashboard asks of Prometheus at 1,000 and 10,000 clients, for one refresh.

A real Prometheus with 90 days of scores, one point a day, answers every query of the page with the
step that Grafana takes. `make bench-dashboards` runs it; `--json` prints the numbers for a script.
"""

import argparse
import json
import random
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


class Refresh(NamedTuple):
    """One refresh of the page."""

    clients: int
    queries: int
    size: int
    seconds: float

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
    yield (
        "client_concern_points",
        [
            _line("client_concern_points", f'client="{one}",concern="{kind.name}"', 10, now)
            for one in names
            for kind in chance.sample(KINDS, 3)
        ],
    )
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


def refresh(url: str, clients: int, now: int) -> Refresh:
    """Ask every query of the fleet's dashboard once, one after the other."""
    board: dict[str, Any] = json.loads(render_grafana()["grafana/dashboards/fleet.json"])
    asked = [
        (target, STEPS.get(panel["gridPos"]["w"], 0))
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]
    began, size = time.perf_counter(), 0
    for target, step in asked:
        size += len(_answer(url, target, step, now))
    return Refresh(clients, len(asked), size, time.perf_counter() - began)


def _answer(url: str, target: dict[str, Any], step: int, now: int) -> bytes:
    query = target["expr"].replace("$job", "rapport").replace("$__range", f"{DAYS}d")
    if target["instant"]:
        path, parameters = "query", {"query": query, "time": now}
    else:
        step = max(step, LEAST_STEPS.get(target["interval"], 0))
        start, end = ((now - DAYS * DAY) // step * step, now // step * step)
        path = "query_range"
        parameters = {"query": query, "start": start, "end": end, "step": step}
    with urlopen(f"{url}/api/v1/{path}?{urlencode(parameters)}") as answer:
        found: bytes = answer.read()
    return found


def measure(clients: int) -> Refresh:
    """Load the scores of that many clients into a Prometheus, and refresh the page."""
    now = int(time.time()) // 60 * 60
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as directory:
        folder = Path(directory)
        write(clients, folder / "scores.om", now)
        load_into_prometheus(folder / "scores.om", folder / "prometheus")
        child, url = start_prometheus(folder / "prometheus", NOBODY)
        try:
            refresh(url, clients, now)
            return refresh(url, clients, now)
        finally:
            child.stop()


def main() -> None:
    """Print a table, or JSON; exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clients", type=int, nargs="*", default=list(GOALS), choices=GOALS)
    options = parser.parse_args()
    found = [measure(clients) for clients in options.clients]
    if options.json:
        json.dump([one._asdict() for one in found], sys.stdout)
    else:
        table = Table("clients", "queries", "MB", "goal", "seconds", "goal")
        for one in found:
            size, seconds = GOALS[one.clients]
            cells = (one.clients, one.queries, one.size / 1e6, size / 1e6, one.seconds, seconds)
            table.add_row(*(f"{cell:,.2f}".removesuffix(".00") for cell in cells))
        Console().print(table)
    sys.exit(not all(one.is_within for one in found))


if __name__ == "__main__":
    main()
