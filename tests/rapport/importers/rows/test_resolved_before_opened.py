"""A ticket that was resolved before it was opened is rejected, with both times."""

import pytest

from rapport.importers.mapping.presets import preset
from rapport.importers.rows.row import Rejection
from rapport.importers.run import with_options

HEADER = "Number,Opened,Resolved,Priority,Department,Made SLA"


@pytest.fixture
def outcome(csv_file, outcomes_of):
    """The outcome of a ticket by the clocks of Amsterdam."""

    def read(opened, resolved):
        path = csv_file(HEADER, f"INC1,{opened},{resolved},3,Fin,true")
        (found,) = outcomes_of(path, with_options(preset("servicenow"), zone="Europe/Amsterdam"))
        return found

    return read


@pytest.mark.parametrize(
    ("opened", "resolved", "shown"),
    [
        ("2026-06-15 10:00:00", "2026-06-15 09:59:00", "2026-06-15 07:59:00 UTC"),
        ("2026-06-15 10:00:00", "2026-06-14", "2026-06-14"),
        ("2026-06-15 10:00:00", "2025-06-16 11:00:00", "2025-06-16 09:00:00 UTC"),
        ("2026-06-15 10:00:00", "2026-06-14 00:00:00", "2026-06-13 22:00:00 UTC"),
        ("2026-06-16", "2026-06-15 23:00:00", "2026-06-15 21:00:00 UTC"),
        ("2026-10-25 02:50:00", "2026-10-25 01:10:00", "2026-10-24 23:10:00 UTC"),
    ],
)
def test_it_is_rejected_with_both_times(outcome, opened, resolved, shown):
    found = outcome(opened, resolved)
    assert isinstance(found, Rejection)
    assert found.path == "ticket.resolved_at"
    assert f"resolved at {shown}, before it was opened at {opened[:10]}" in found.reason


@pytest.mark.parametrize(
    ("opened", "resolved", "expected"),
    [
        ("2026-06-15 10:00:00", "2026-06-15 10:00:00", "2026-06-15T08:00:00"),
        ("2026-06-15 10:00:00", "2026-06-15", "2026-06-15T08:00:00"),
        ("2026-06-15 10:00:00", "2026-06-15 00:00:00", "2026-06-15T08:00:00"),
        ("2026-06-15 10:00:30", "15/06/2026 10:00", "2026-06-15T08:00:30"),
        ("2026-06-15", "2026-06-15 01:00:00", "2026-06-15T00:00:00"),
        ("2026-10-25 02:50:00", "2026-10-25 02:10:00", "2026-10-25T01:10:00"),
    ],
    ids=["the same time", "a day", "a day at 00:00", "a minute", "opened on a day", "twice"],
)
def test_a_time_with_less_detail_is_no_contradiction(outcome, opened, resolved, expected):
    _, event = outcome(opened, resolved).events
    assert event.slot == "resolved"
    assert event.at.isoformat() == f"{expected}+00:00"


def test_a_time_that_occurs_twice_is_not_moved_without_need(outcome):
    _, event = outcome("2026-10-25 01:50:00", "2026-10-25 02:10:00").events
    assert event.at.isoformat() == "2026-10-25T00:10:00+00:00"
