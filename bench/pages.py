"""How fast the client pages are at 1,000 clients: the first byte, and the whole page.

A web server and a loop that owns the scores, as in a worker, asked over HTTP. Only the page of
reasons waits for the loop. `make bench-pages` runs it; `python bench/pages.py --json` prints the
numbers for a script.
"""

import argparse
import asyncio
import http.client
import json
import random
import statistics
import sys
import threading
import time
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from scores import TODAY, facts

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.runtime.gc_tuning import tune_gc
from rapport.runtime.policy_file import load_policy
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport.worker.assignment import Assignment
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.latest_snapshot import LatestSnapshot
from rapport.worker.scoring.scorer import Scorer

GOAL_MS = 100
EVALUATE_SECONDS_MAX = 600


class Took(NamedTuple):
    first_byte_ms: float
    whole_ms: float
    processor_ms: float
    """Of this process, the worker's part and the reader's: what else runs here does not show."""
    size: int


class Site:
    """A worker's reading end: scores on a loop of their own, pages on another."""

    def __init__(self, clients: int) -> None:
        self.directory, policy = Directory(), load_policy(None)
        self.scorer = Scorer(self.directory, policy)
        for number in range(clients):
            name = f"client-{number:04}"
            self.directory.register(Client(name, f"Business unit {number}", f"rm-{number % 20}"))
            for entry, (day, fact) in enumerate(facts(random.Random(number))):
                self.scorer.add(name, [CountChange(((entry, day, encode_fact(fact)),), 1)])
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        assignment = Assignment(1)
        assignment.ready = True
        self.snapshots = LatestSnapshot(assignment, self.scorer, self.directory)
        queries = ScoreQueries(self.scorer, self.directory)
        asyncio.run_coroutine_threadsafe(queries.attach(), self.loop).result()
        self.server = WebServer("127.0.0.1", 0, self.view, queries)
        self.server.start()

    def view(self) -> WorkerView:
        return WorkerView({"ready": True}, (), self.snapshots.fleet)

    def publish(self) -> None:
        asked = asyncio.run_coroutine_threadsafe(self.scorer.evaluate(TODAY), self.loop)
        asked.result(EVALUATE_SECONDS_MAX)
        self.snapshots.take()

    def get(self, path: str) -> Took:
        host, port = self.server.address
        connection = http.client.HTTPConnection(host, port, timeout=60)
        started, worked = time.perf_counter(), time.process_time()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read(1)
        first = time.perf_counter()
        size = 1 + len(answer.read())
        whole, working = time.perf_counter(), time.process_time()
        connection.close()
        assert answer.status == 200, (path, answer.status)
        took = (first - started, whole - started, working - worked)
        return Took(*(seconds * 1e3 for seconds in took), size)


def measure(clients: int, asked: int) -> dict[str, dict[str, float]]:
    site = Site(clients)
    site.publish()
    chance = random.Random(1)
    names = [f"client-{chance.randrange(clients):04}" for _ in range(asked)]
    found = {
        "fleet, the first time": [site.get("/")],
        "client, the first time": [site.get(f"/pages/{names[0]}")],
        "fleet": [site.get("/?sort=trust") for _ in names],
        "fleet, searched": [site.get(f"/?q={name[-3:]}&lang=nl") for name in names],
        "client": [site.get(f"/pages/{name}") for name in names],
        "client, all scores": [site.get(f"/pages/{name}/scores") for name in names],
        "reasons, the first time": [site.get(f"/pages/{names[0]}/reasons")],
        "reasons": [site.get(f"/pages/{name}/reasons") for name in names],
        "reasons, another day": [site.get(f"/pages/{names[0]}/reasons?since=91")],
    }
    site.server.stop()
    return {name: numbers(took) for name, took in found.items()}


def numbers(took: list[Took]) -> dict[str, float]:
    first = sorted(one.first_byte_ms for one in took)
    whole = sorted(one.whole_ms for one in took)
    last = int(len(took) * 0.95)
    return {
        "first_byte_ms_median": statistics.median(first),
        "first_byte_ms_p95": first[last],
        "whole_ms_median": statistics.median(whole),
        "whole_ms_p95": whole[last],
        "processor_ms_median": statistics.median(one.processor_ms for one in took),
        "bytes_gzip": max(one.size for one in took),
        "asked": len(took),
    }


def table(found: dict[str, dict[str, float]], clients: int) -> Table:
    made = Table(title=f"Pages at {clients} clients (goal: first byte within {GOAL_MS} ms)")
    for column in (
        "page",
        "asked",
        "first byte, median",
        "p95",
        "whole, median",
        "p95",
        "processor",
        "gzip",
    ):
        made.add_column(column, justify="left" if column == "page" else "right")
    for page, of in found.items():
        made.add_row(
            page,
            str(of["asked"]),
            f"{of['first_byte_ms_median']:.0f} ms",
            f"{of['first_byte_ms_p95']:.0f} ms",
            f"{of['whole_ms_median']:.0f} ms",
            f"{of['whole_ms_p95']:.0f} ms",
            f"{of['processor_ms_median']:.0f} ms",
            f"{of['bytes_gzip'] / 1024:.0f} KiB",
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--asked", type=int, default=50, help="how often each page is asked for")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    asked = parser.parse_args()
    tune_gc()  # as the worker does
    found = measure(asked.clients, asked.asked)
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        Console().print(table(found, asked.clients))


if __name__ == "__main__":
    sys.exit(main())
