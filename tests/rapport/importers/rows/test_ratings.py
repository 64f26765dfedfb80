"""Ratings of tickets: one that is not understood costs the rating, not the ticket."""

import pytest

from rapport.importers.mapping.schema import parse_mapping
from rapport.importers.rows.reader import open_records

MAPPING = """
kind = "tickets"
title = "tickets"
source = "urn:test:tickets"
client = { constant = "finance" }
id = { columns = ["Number"] }
[ticket]
opened_at = "Opened"
priority = { constant = "P3" }
[ticket.rating]
column = "Rating"
"""


def only(tmp_path, text, keys=""):
    path = tmp_path / "tickets.csv"
    path.write_text(f'Number,Opened,Rating\n7,2026-03-02,"{text}"\n', encoding="utf-8")
    table, records = open_records(path, parse_mapping(MAPPING + keys, "test"))
    try:
        (record,) = records
    finally:
        table.close()
    return record


@pytest.mark.parametrize(
    ("text", "keys", "score"),
    [
        ("4", "", 4),
        ("4/5", "", 4),
        ("5 - Very satisfied", "", 5),
        ("\u2605\u2605\u2605", "", 3),
        ("Zeer ontevreden", "", 1),
        ("Good, with comment", 'lowest = 0\nhighest = 1\nvalues = { "good*" = 1, "bad*" = 0 }', 1),
        ("", "default = 3", 3),
    ],
)
def test_a_rating_is_read_on_its_scale(tmp_path, text, keys, score):
    record = only(tmp_path, text, keys)
    assert [event.slot for event in record.events] == ["opened", "rated"]
    assert record.events[1].data.score == score
    assert record.unread == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bananas", "'bananas' is not an answer on the scale of 1 to 5; add it to `values`"),
        ("9", "'9' is outside the scale of 1 to 5"),
        ("8/10", "'8/10' is not an answer on the scale of 1 to 5; add it to `values`"),
        ("1 - Very satisfied", "'1 - Very satisfied' says the opposite of its number"),
    ],
)
def test_a_rating_that_is_not_understood_is_reported_beside_its_ticket(tmp_path, text, reason):
    record = only(tmp_path, text)
    assert [event.slot for event in record.events] == ["opened"]
    ((line, path, why),) = record.unread
    assert (line, path) == (2, "ticket.rating")
    assert why.startswith(reason)


@pytest.mark.parametrize("text", ["", "N/A", "n.v.t."])
def test_a_ticket_without_a_rating_has_none(tmp_path, text):
    record = only(tmp_path, text)
    assert [event.slot for event in record.events] == ["opened"]
    assert record.unread == ()
