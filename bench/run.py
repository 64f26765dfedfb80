"""Rapport beside its peers: the same events, one machine, one run. make bench ARGS="--events N"."""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from workload import publish

from rapport.devkit.kafka.broker import Broker
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch_json

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = HERE / ".venv" / "bin" / "python"
ENGINES = {
    "ceiling": "ceiling.py",
    "rapport": None,
    "bytewax": "bytewax_recovery.py",
    "quix": "quix.py",
    "faust": "faust_one.py",
}
SLOWEST = "Faust, one event at a time"
FAUST_EVENTS_MAX = 20_000
SECONDS_MAX = 600
console = Console(stderr=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3, help="the median counts")
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--profile", action="store_true", help="profile Rapport's worker")
    return parser.parse_args()


def set_up_peers() -> None:
    """Make the peers' environment from their own lock, once."""
    lock, stamp = HERE / "requirements.lock", HERE / ".venv" / ".ready"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    if sys.version_info >= (3, 13):
        sys.exit(
            "the peers need Python 3.11 or 3.12, because Bytewax has no packages for later ones: "
            "make clean, then make PYTHON=python3.12 bench"
        )
    console.print("setting up the peers (once)")
    uv = [sys.executable, "-m", "uv"]
    if not PEERS.exists():
        subprocess.run([*uv, "venv", "--quiet", str(HERE / ".venv")], check=True)
    sync = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PEERS), str(lock)]
    subprocess.run(sync, check=True)
    stamp.touch()


def peer(script: str, bootstrap: str, events: int, directory: Path) -> dict:
    event_count = min(events, FAUST_EVENTS_MAX) if script.startswith("faust") else events
    command = [
        str(PEERS),
        str(HERE / "engines" / script),
        bootstrap,
        str(event_count),
        str(directory),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "streams"), str(ROOT / "schemas"))),
    }
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    try:
        out, _ = process.communicate(timeout=SECONDS_MAX)
    finally:
        process.kill()
    for line in out.splitlines():
        if "RESULT " in line:
            return json.loads(line.partition("RESULT ")[2])
    raise SystemExit(f"{script} gave no result; run it alone to see why: {' '.join(command)}")


def worker(bootstrap: str, events: int, directory: Path, *, profile: bool) -> dict:
    address = directory / "address"
    directory.mkdir(parents=True)
    command = rapport_command(
        "worker",
        *("--bootstrap", bootstrap, "--data-dir", str(directory / "data")),
        *("--http-port", "0", "--address-file", str(address)),
    )
    if profile:
        command = [sys.executable, "-m", "cProfile", "-o", str(HERE / "profile.out"), *command[1:]]
    child = Child(command, directory / "log")
    try:
        while not address.exists():
            if child.exit_code is not None:
                raise SystemExit(child.tail())
            time.sleep(0.1)
        url, deadline = address.read_text(), time.monotonic() + SECONDS_MAX
        cpu_started = cpu_seconds(child.pid)
        status = {"events": 0}
        while status["events"] < events:
            if time.monotonic() > deadline or child.exit_code is not None:
                raise SystemExit(child.tail())
            time.sleep(0.2)
            with contextlib.suppress(Exception):
                status = fetch_json(f"{url}/status")
        if status["outcomes"] != {"applied": events}:
            raise SystemExit(f"not every event was applied: {status['outcomes']}")
        seconds = status["last_event_monotonic"] - status["first_event_monotonic"]
        cpu = cpu_seconds(child.pid) - cpu_started
        peak = Path(f"/proc/{child.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    finally:
        child.stop()
    return {
        "engine": "Rapport, everything on",
        "events": events,
        "seconds": round(seconds, 3),
        "events_per_second": round(events / seconds),
        "cpu_us_per_event": round(cpu / events * 1e6, 1),
        "peak_rss_mib": int(peak) // 1024,
        "state": "RocksDB + changelog",
    }


def cpu_seconds(pid: int) -> float:
    """Return what a process and its children have used of the processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


def one_run(options: argparse.Namespace, number: int) -> list[dict]:
    found = []
    for name in options.engines:
        # Each engine gets a broker and topics of its own, so that none meets another's groups.
        with tempfile.TemporaryDirectory(prefix="rapport-bench-") as made:
            directory = Path(made)
            with Broker(directory / "kafka") as broker:
                asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
                size = asyncio.run(publish(broker.bootstrap, options.events))
                console.print(f"run {number}: {name} ({size} bytes an event)")
                script, state = ENGINES[name], directory / "state"
                if script is None:
                    result = worker(
                        broker.bootstrap, options.events, state, profile=options.profile
                    )
                else:
                    result = peer(script, broker.bootstrap, options.events, state)
                console.print(f"  {result['events_per_second']:,} events/s")
                found.append(result)
    return found


def medians(runs: list[list[dict]]) -> list[dict]:
    results = []
    for same in zip(*runs, strict=True):
        rates = [result["events_per_second"] for result in same]
        middle = round(statistics.median(rates))
        results.append({**same[0], "events_per_second": middle, "runs": rates})
    return sorted(results, key=lambda result: -result["events_per_second"])


def table(results: list[dict]) -> Table:
    shown = Table(title="events per second, median of the runs", title_justify="left")
    columns = (
        "engine",
        "events/s",
        "x one-at-a-time",
        "runs",
        "CPU us",
        "peak MiB",
        "durable state",
    )
    for column in columns:
        shown.add_column(
            column, justify="left" if column in {"engine", "durable state"} else "right"
        )
    slowest = next((r["events_per_second"] for r in results if r["engine"] == SLOWEST), None)
    for result in results:
        ratio = f"{result['events_per_second'] / slowest:.1f}" if slowest else "-"
        shown.add_row(
            result["engine"],
            f"{result['events_per_second']:,}",
            ratio,
            " ".join(f"{rate:,}" for rate in result["runs"]),
            str(result["cpu_us_per_event"]),
            str(result["peak_rss_mib"]),
            result["state"],
        )
    return shown


def main() -> None:
    options = arguments()
    if set(options.engines) - {"rapport"}:
        set_up_peers()
    results = medians([one_run(options, number + 1) for number in range(options.runs)])
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        Console(width=140).print(table(results))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
