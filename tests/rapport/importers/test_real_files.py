"""The real files, whole: every row is read, and what is not an event is said to be none."""

import os
from collections import Counter
from pathlib import Path

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, Skipped, SourceRecord

PLACES = [folder / "shared" / "data" for folder in Path(__file__).parents[4:6]]
"""Beside the checkout, or beside the folder of its worktrees."""
WHOLE = {
    "servicenow-audit-log": (
        "incident_event_log.csv.gz",
        24_918,
        {"opened": 24_918, "resolved": 24_918},
        0,
    ),
    "purchase-card-ledger": ("birmingham_purchase_cards.csv.gz", 176_262, {"purchase": 176_262}, 0),
    "nhs-friends-and-family": ("nhs_fft_scores.csv.gz", 7_468, {"answered": 7_468}, 440),
}


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_real_file_is_read_whole(name):
    file, count, events, left_out = WHOLE[name]
    path = next((place / file for place in PLACES if (place / file).is_file()), None)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"{file} is missing beside the checkout, and CI must have it")
    if path is None:
        pytest.skip(f"{file} is not beside the checkout")
    table, records = open_records(path, preset(name))
    kinds, slots, ids = Counter(), Counter(), set()
    for outcome in records:
        kinds[type(outcome)] += 1
        if isinstance(outcome, SourceRecord):
            ids.add(outcome.id)
            slots.update(event.slot for event in outcome.events)
    table.close()
    assert kinds == Counter({SourceRecord: count, Skipped: left_out}) + Counter()
    assert kinds[Rejection] == 0
    assert len(ids) == count
    assert {slot: slots[slot] for slot in events} == events
    if name == "servicenow-audit-log":
        assert sum(times for slot, times in slots.items() if slot.startswith("reopened")) == 331
