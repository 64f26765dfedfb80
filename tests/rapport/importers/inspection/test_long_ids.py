"""Long ids that all end in zeros were shortened by a spreadsheet, and refuse the file."""

import pytest

from rapport.importers.inspection.inspect import inspect
from rapport.importers.mapping.schema import parse_mapping

MAPPING = """
kind = "tickets"
title = "tickets"
source = "urn:test:tickets"
client = { constant = "finance" }
id = { columns = ["Number"] }
[ticket]
opened_at = "Opened"
priority = { constant = "P3" }
"""


def doubts(folder, *ids, mapping=MAPPING):
    path = folder / "tickets.csv"
    path.write_text("\n".join(["Number,Opened", *(f"{one},2026-03-02" for one in ids)]))
    return inspect(path, parse_mapping(mapping, "test")).doubts


@pytest.mark.parametrize(
    "ids",
    [
        ["20260302100000100", "20260302100000200"],
        ["20260302100000100", "20260302100000100", "7"],
        ["1234567890123450", "1234567890123460", "1234567890123470", "1234567890123480"],
    ],
)
def test_ids_that_all_end_in_zeros_are_doubtful(tmp_path, ids):
    (doubt,) = doubts(tmp_path, *ids)
    assert doubt[:3] == (2, "Number", ids[0])
    assert "export the ids as text" in doubt.settle
    exact = MAPPING.replace('["Number"]', '["Number"], exact = true')
    assert doubts(tmp_path, *ids, mapping=exact) == []


@pytest.mark.parametrize(
    "ids",
    [
        ["20260302100000100"],
        ["20260302100000100", "20260302100000123", "20260302100000200"],
        ["100000", "200000", "300000000000000"],
        ["INC2026030210000000", "INC2026030220000000"],
        ["1234567890123450", "1234567890123460"],
    ],
)
def test_ids_of_which_some_do_not_are_whole(tmp_path, ids):
    assert doubts(tmp_path, *ids) == []


def test_the_rows_of_one_ticket_in_a_log_are_one_id(tmp_path):
    log = MAPPING.replace("[ticket]", '[ticket]\nrows = "audit-log"')
    assert doubts(tmp_path, *["20260302100000100"] * 9, mapping=log) == []
