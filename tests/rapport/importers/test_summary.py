"""The summary of an import says what was read, from which columns, and what was not."""

import pytest

from rapport.importers.coverage import coverage
from rapport.importers.mapping.columns import Header
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.row import Rejection
from rapport.importers.summary import Summary, report_lines


def lines(summary):
    return list(report_lines(summary, dry_run=False))


@pytest.mark.parametrize(
    ("counted", "read", "unread"), [(4, 4, 0), (4, 2, 2), (2, 4, 2), (None, 2, 0)]
)
def test_rows_that_were_counted_and_not_read_make_a_file_incomplete(counted, read, unread):
    summary = Summary("a.csv", "urn:a", rows_in_file=counted, rows_read=read)
    assert (summary.rows_unread, summary.is_complete) == (unread, not unread)
    assert any(line.startswith(f"not read: {unread} rows") for line in lines(summary)) == (
        unread > 0
    )


def test_the_summary_shows_the_first_lines_of_each_reason():
    summary = Summary("a.csv", "urn:a")
    for line in range(2, 7):
        summary.reject(Rejection(line, "amount", f"'{line},-' is wrong"))
    summary.reject(Rejection(9, "client", "no value"))
    assert lines(summary)[-2:] == [
        "rejected: 5: amount: … is wrong (line 2 '2,-', line 3 '3,-', line 4 '4,-', …)",
        "rejected: 1: client: no value (line 9)",
    ]
    assert summary.as_json()["examples"]["client: no value"] == ["line 9"]


def test_coverage_names_the_columns_taken_and_the_fields_without_one():
    header = Header(["number", "opened_at", "made_sla"], [])
    header.find(["number"], "id.columns")
    header.find(["opened_at"], "ticket.opened_at")
    header.find_any(["resolved_at"], "ticket.resolved_at")
    header.find(["made_sla"], "ticket.sla")
    covered = coverage(preset("servicenow"), header)
    assert covered.columns == {
        "id.columns": ["number"],
        "ticket.opened_at": ["opened_at"],
        "ticket.sla": ["made_sla"],
    }
    assert {"client", "ticket.resolved_at", "ticket.comment"} <= set(covered.not_found)
    assert not {"ticket.opened_at", "ticket.sla", "ticket.rows"} & set(covered.not_found)
