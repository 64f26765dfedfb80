"""Writes the past scores of the demo for Prometheus, once the worker has read its events."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

STATUS_URL = "http://worker:9464/status"
FILE = Path("/var/lib/rapport/history/past.om")
WAIT_SECONDS_MAX = 300.0
POLL_SECONDS = 1.0
COMMAND = ["rapport", "history", "--bootstrap", "kafka:19092", "--instance", "worker:9464"]


def has_read_all(status: dict[str, int]) -> bool:
    """Return whether nothing waits in Kafka, and the scores are of everything that was read."""
    return 0 < status["events"] <= status["evaluated_events"] and status["lag_records"] == 0


def main() -> None:
    """Wait for the worker; then write the file."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        with urlopen(STATUS_URL, timeout=POLL_SECONDS * 10) as answer:
            status = json.load(answer)
        if has_read_all(status):
            break
        if time.monotonic() > deadline:
            sys.exit(f"the worker did not read every event in {WAIT_SECONDS_MAX:g} s: {status}")
        time.sleep(POLL_SECONDS)
    subprocess.run([*COMMAND, "--output", str(FILE)], check=True)


if __name__ == "__main__":
    main()
