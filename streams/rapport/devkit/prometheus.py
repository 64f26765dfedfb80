"""The demo's Prometheus: a real one, with the rules and 90 days of history."""

import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml

from rapport.admin.backfill import collect_history, last_days, read_calendar
from rapport.admin.openmetrics_file import write_history
from rapport.devkit.kafka.broker import free_port
from rapport.kafka.connection import Kafka
from rapport.monitoring.render import render_rules
from rapport.runtime.child_process import Child
from rapport.runtime.policy_file import load_policy
from rapport_schemas.wire.errors import RapportError

HISTORY_DAYS: Final = 90
RETENTION: Final = "400d"
LOOKBACK: Final = "25h"
"""A day of history is one point; scraped series end with staleness markers."""
TARGET: Final = {"job": "rapport", "instance": "demo"}
SCRAPE: Final = "5s"
READY_SECONDS_MAX: Final = 30.0
POLL_SECONDS: Final = 0.2
HOW_TO_GET: Final = (
    "Prometheus is not installed; with it (apt-get install prometheus) the demo has rules and "
    "history"
)


def prometheus_installed() -> bool:
    """Return whether Prometheus and promtool are installed."""
    return all(shutil.which(name) for name in ("prometheus", "promtool"))


def load_history(
    kafka: Kafka,
    directory: Path,
    policy: Path | None,
    every: int = 1,
    each: Callable[[], None] = lambda: None,
) -> int:
    """Make blocks of the past days in `directory`, which is emptied; return the sample count.

    The scores are those of a policy file, or of the built-in policy.
    """
    shutil.rmtree(directory, ignore_errors=True)
    calendar = read_calendar(kafka)
    days = last_days(HISTORY_DAYS, every, calendar)
    history = collect_history(kafka, load_policy(policy), days, calendar, TARGET, each)
    return write_history(history, None, directory)


def start_prometheus(
    directory: Path, worker_url: str, scrape: str = SCRAPE, port: int = 0, rules: str = ""
) -> tuple[Child, str]:
    """Start Prometheus with the rules; return it and its address. Port 0 finds a free one.

    `rules` replaces the rules as they are delivered.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "rules.yml").write_text(rules or render_rules())
    config = directory / "prometheus.yml"
    config.write_text(yaml.safe_dump(_config(directory, worker_url, scrape)))
    address = f"127.0.0.1:{port or free_port()}"
    child = Child(
        [
            shutil.which("prometheus") or "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={directory}",
            f"--storage.tsdb.retention.time={RETENTION}",
            f"--query.lookback-delta={LOOKBACK}",
            f"--web.listen-address={address}",
        ],
        directory.with_suffix(".log"),
    )
    try:
        _await_ready(child, address)
    except BaseException:
        child.stop()
        raise
    return child, f"http://{address}"


def _config(directory: Path, worker_url: str, scrape: str) -> dict[str, object]:
    target = {
        "targets": [worker_url.removeprefix("http://")],
        "labels": {"instance": TARGET["instance"]},
    }
    return {
        "global": {"scrape_interval": scrape, "evaluation_interval": scrape},
        "rule_files": [str(directory / "rules.yml")],
        "scrape_configs": [{"job_name": TARGET["job"], "static_configs": [target]}],
    }


def _await_ready(child: Child, address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while True:
        if child.exit_code is not None or time.monotonic() > deadline:
            raise RapportError(f"Prometheus did not start; the end of its log:\n{child.tail()}")
        try:
            with urllib.request.urlopen(f"http://{address}/-/ready", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(POLL_SECONDS)
