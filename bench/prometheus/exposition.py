"""One scrape of many series: seconds, ratio to the client library, and how long a loop waits.

Seconds are the best of the runs, as other programs only make them longer; the longest wait is the
worst of all runs, of two loops: the one that serves the scrape, and one in another thread, as the
worker's is.
"""

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from rich.console import Console
from rich.table import Table

from rapport.monitoring.metrics import purchases, scores
from rapport.monitoring.metrics.catalogue import group_by_metric
from rapport.monitoring.metrics.model import Sample
from rapport.runtime.gc_tuning import tune_gc
from rapport.web.exposition import Exposition
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer

SERIES_PER_CLIENT = 20
FORMATS = {"text": "", "OpenMetrics": "application/openmetrics-text; version=1.0.0"}
TICK_SECONDS = 0.001
FETCH = """
import http.client, sys, time
host, port, accept, encoding, times = sys.argv[1:]
for _ in range(int(times)):
    sys.stdin.readline()
    started = time.perf_counter()
    connection = http.client.HTTPConnection(host, int(port))
    connection.request("GET", "/metrics", headers={"Accept": accept, "Accept-Encoding": encoding})
    size = len(connection.getresponse().read())
    print(time.perf_counter() - started, size, flush=True)
"""


def fleet(series: int) -> list[Sample]:
    """Series as a worker has them: per client its name, scores, purchases and contributions."""
    drawn = random.Random(20)
    samples = []
    for number in range(series // SERIES_PER_CLIENT):
        client = f"client-{number:05d}"
        samples += [
            Sample(scores.CLIENT_INFO, (client, f"Client {number}", "team-a"), 1),
            Sample(scores.TRUST_SUFFICIENT, (client,), 1),
            Sample(scores.TRUST, (client,), drawn.random()),
            Sample(purchases.OBSERVED, (client,), drawn.randrange(100)),
            Sample(purchases.PROBABILITY, (client,), drawn.random() ** 4),
            Sample(
                purchases.SPEND_BY_SANCTION,
                (client, "outside", "EUR"),
                drawn.randrange(10**9) / 100,
            ),
        ]
        parts = range(SERIES_PER_CLIENT - 6)
        samples += [
            Sample(scores.TRUST_PART, (client, f"component-{part}"), drawn.uniform(-0.2, 0.2))
            for part in parts
        ]
    return samples


def library(samples: list[Sample]) -> SimpleNamespace:
    found = []
    for metric, of_metric in group_by_metric(samples).items():
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.help, labels=metric.labels)
        for sample in of_metric:
            family.add_metric(sample.labels, sample.value)
        found.append(family)
    return SimpleNamespace(collect=lambda: found)


def timed(work) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def rendering(samples: list[Sample], runs: int) -> list[dict]:
    """Both in one process, in turn; only the rendering counts, not what is made before it."""
    registry, results = library(samples), []
    for name, accept in FORMATS.items():
        ours, theirs = [], []
        for _ in range(runs):
            snapshot = Exposition(samples)
            seconds, body = timed(lambda: snapshot.render(accept, gzip=False))  # noqa: B023 # called at once
            ours.append(seconds)
            encoder, _ = choose_encoder(accept)
            seconds, expected = timed(lambda: encoder(registry))  # noqa: B023 # called at once
            theirs.append(seconds)
            assert b"".join(body.pieces) == expected, "the bytes are not the library's"
        results.append(
            {
                "format": name,
                "seconds": round(min(ours), 4),
                "library_seconds": round(min(theirs), 4),
                "ratio": round(min(theirs) / min(ours), 1),
            }
        )
    return results


class Ticker:
    """Measures how much later than asked a loop gives a task its turn."""

    def __init__(self) -> None:
        self.longest_seconds = 0.0

    async def run(self) -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            waited = time.perf_counter() - started - TICK_SECONDS
            self.longest_seconds = max(self.longest_seconds, waited)


async def scrapes(samples: list[Sample], accept: str, encoding: str, runs: int, ticker: Ticker):
    # A new view each time: nothing is built or rendered yet.
    server = WebServer("127.0.0.1", 0, lambda: WorkerView({"ready": True}, tuple(samples)), None)
    serving = asyncio.create_task(server.serve())
    while server.address is None:  # noqa: ASYNC110 # it starts once
        await asyncio.sleep(0.01)
    host, port = server.address
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", FETCH, host, str(port), accept, encoding, str(runs)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    found = []
    for _ in range(runs):
        ticking = asyncio.create_task(ticker.run())
        client.stdin.write(b"\n")
        seconds, size = (await client.stdout.readline()).split()
        ticking.cancel()
        found.append((float(seconds), int(size)))
    await client.wait()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return found


def scraping(samples: list[Sample], runs: int) -> list[dict]:
    results = []
    for name, accept in FORMATS.items():
        for encoding in ("identity", "gzip"):
            serving, other = Ticker(), Ticker()
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever)
            thread.start()
            elsewhere = asyncio.run_coroutine_threadsafe(other.run(), loop)
            found = asyncio.run(scrapes(samples, accept, encoding, runs, serving))
            elsewhere.cancel()
            loop.call_soon_threadsafe(loop.call_soon, loop.stop)
            thread.join()
            results.append(
                {
                    "format": f"{name}, {encoding}",
                    "scrape_seconds": round(min(seconds for seconds, _ in found), 4),
                    "bytes": found[-1][1],
                    "serving_loop_waits_ms": round(serving.longest_seconds * 1000, 1),
                    "other_loop_waits_ms": round(other.longest_seconds * 1000, 1),
                }
            )
    return results


def table(title: str, rows: list[dict]) -> Table:
    shown = Table(title=title, title_justify="left")
    for column in rows[0]:
        shown.add_column(
            column.replace("_", " "), justify="left" if column == "format" else "right"
        )
    for row in rows:
        shown.add_row(
            *(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values())
        )
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    options = parser.parse_args()
    tune_gc()  # as the worker does
    samples = fleet(options.series)
    rendered = rendering(samples, options.runs)
    scraped = scraping(samples, options.runs)
    if options.json:
        result = {"series": len(samples), "rendering": rendered, "scraping": scraped}
        print(json.dumps(result, indent=2))
        return
    console = Console(width=130)
    console.print(table(f"rendering {len(samples):,} series beside prometheus-client", rendered))
    console.print(table("the same over HTTP, from another process", scraped))


if __name__ == "__main__":
    sys.exit(main())
