"""Rows that no worker keeps: those of the future, and those beyond every horizon of a policy."""

from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain.policy.model import HORIZON_DAYS_MAX
from rapport.importers.mapping.dates import zones
from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records
from rapport.importers.run import DryRunSink, with_options
from rapport.importers.summary import Summary, report_lines
from rapport.importers.sync.importer import Importer, ImportOptions
from rapport.importers.sync.journal import Journal
from rapport.importers.sync.rejected_rows import RejectedRows

MAPPING = parse_mapping(
    """
kind = "tickets"
title = "t"
source = "urn:test"
client = { constant = "law" }
id = { columns = ["id"] }
[ticket]
opened_at = "opened"
priority = { constant = "P3" }
""",
    "test",
)


def imported(folder, *times, mapping=MAPPING):
    path = folder / "tickets.csv"
    path.write_text("\n".join(["id,opened", *(f"{n},{at}" for n, at in enumerate(times))]))
    summary = Summary(str(path), mapping.source)
    table, records = open_records(path, mapping)
    journal = Journal(folder / "journal.sqlite", "part", keep=False)
    with journal, RejectedRows(folder / "rejected.csv") as rejected:
        Importer(mapping, journal, DryRunSink(), rejected, summary, ImportOptions()).run(
            records, lambda: None
        )
    table.close()
    return summary


def test_rows_beyond_every_horizon_are_counted_and_said(tmp_path):
    today = datetime.now(UTC)
    days = [HORIZON_DAYS_MAX + 5, HORIZON_DAYS_MAX + 400, HORIZON_DAYS_MAX - 5, 10]
    summary = imported(tmp_path, *(f"{today - timedelta(days=d):%Y-%m-%d %H:%M}" for d in days))
    assert summary.beyond_horizon == 2
    assert summary.as_json()["beyond_horizon"] == 2
    lines = "\n".join(report_lines(summary, dry_run=True))
    assert f"too old: 2 rows lie over {HORIZON_DAYS_MAX} days back" in lines


def test_nothing_is_said_when_every_row_is_within_the_horizon(tmp_path):
    summary = imported(tmp_path, f"{datetime.now(UTC):%Y-%m-%d}")
    assert summary.beyond_horizon == 0
    assert "too old" not in "\n".join(report_lines(summary, dry_run=True))


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", None])
def test_a_time_of_the_future_without_a_zone_is_refused_with_an_offer(tmp_path, monkeypatch, zone):
    monkeypatch.setattr(zones, "machine_zone", lambda: zone)
    soon = datetime.now(UTC) + timedelta(hours=1)
    summary = imported(tmp_path, f"{soon:%Y-%m-%d %H:%M}", f"{soon:%Y-%m-%dT%H:%M}-05:00")
    assert (summary.in_future, summary.rejected) == (2, 2)
    ((reason, _),) = summary.reasons.items()
    assert "in the future" in reason
    assert f"--zone {zone}" in reason if zone else "--zone says the zone" in reason


def test_the_zone_that_was_said_puts_it_in_the_past(tmp_path):
    local = datetime.now(UTC) + timedelta(minutes=50)
    mapping = with_options(MAPPING, zone="Europe/Amsterdam")
    summary = imported(tmp_path, f"{local:%Y-%m-%d %H:%M}", mapping=mapping)
    assert (summary.in_future, summary.new) == (0, 1)
    late = datetime.now(UTC) + timedelta(days=2)
    summary = imported(tmp_path, f"{late:%Y-%m-%d %H:%M}", mapping=mapping)
    assert summary.in_future == 1
    assert "--zone" not in next(iter(summary.reasons))
