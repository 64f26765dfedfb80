"""A short run of every kind of fault; `make chaos` is the long one."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED = os.environ.get("RAPPORT_SEED", "4711")


@pytest.mark.kafka
@pytest.mark.timeout(400)
def test_after_every_kind_of_fault_no_event_is_lost_and_none_counts_twice():
    done = subprocess.run(
        [sys.executable, str(HERE / "run.py"), "--quick", "--json", "--seed", SEED],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    result = json.loads(done.stdout)
    assert (result["lost"], result["doubled"], result["pages_that_differ"]) == (0, 0, 0)
    assert result["events"] > 5_000
    assert set(result["faults"]) == {"worker", "kafka", "publisher", "rebalance", "disk", "frozen"}


def test_the_comparison_sees_what_is_lost_doubled_and_changed(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    from oracle import differences, expected_pages
    from plan import plan

    events = plan(1, 400, datetime(2026, 3, 2, 10, tzinfo=UTC))
    whole = expected_pages(events)
    assert differences(whole, dict(whole)) == (0, 0, [])
    some = expected_pages(events[:-100])
    lost, doubled, wrong = differences(whole, some)
    assert lost > 50
    assert (doubled, len(wrong) > 10) == (0, True)
    assert differences(some, whole)[1] > 50
