"""A short cardinality bomb: invented clients add no series, and memory stays where it was."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rapport.domain.calendar import Calendar

BOMB = Path(__file__).parents[3] / "bench" / "bomb.py"
GROWTH_MIB_MAX = 150

pytestmark = pytest.mark.kafka


def test_20_000_events_for_2_000_invented_clients_add_no_series_and_no_memory():
    done = subprocess.run(
        [sys.executable, str(BOMB), "--events", "20000", "--clients", "2000", "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["series_after"] == found["series_before"] > 50
    assert found["series_of_invented_clients"] == 0
    assert found["mib_after"] - found["mib_before"] < GROWTH_MIB_MAX


def test_made_up_types_fill_no_cache():
    from rapport.domain.events import decoder

    before = decoder._decoder.cache_info().currsize
    for number in range(100):
        made_up = b"made-up-%d" % number
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"1"),
            ("ce_source", b"s"),
            ("ce_type", made_up),
            ("ce_time", b"2026-03-02T10:00:00Z"),
        ]
        assert decoder._fast(b"{}", headers, Calendar()) is None
    assert decoder._decoder.cache_info().currsize == before
