"""Ratings of tickets: one that is not understood costs the rating, not the ticket."""

import pytest

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
[ticket.rating]
column = "Rating"
"""


@pytest.fixture
def rated(csv_file, outcomes_of):
    """The record of a ticket with a rating."""

    def read(text, keys=""):
        path = csv_file("Number,Opened,Rating", f'7,2026-03-02,"{text}"')
        (record,) = outcomes_of(path, parse_mapping(MAPPING + keys, "test"))
        return record

    return read


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
def test_a_rating_is_read_on_its_scale(rated, text, keys, score):
    record = rated(text, keys)
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
def test_a_rating_that_is_not_understood_is_reported_beside_its_ticket(rated, text, reason):
    record = rated(text)
    assert [event.slot for event in record.events] == ["opened"]
    ((line, path, why),) = record.unread
    assert (line, path) == (2, "ticket.rating")
    assert why.startswith(reason)


@pytest.mark.parametrize("text", ["", "N/A", "n.v.t."])
def test_a_ticket_without_a_rating_has_none(rated, text):
    record = rated(text)
    assert [event.slot for event in record.events] == ["opened"]
    assert record.unread == ()
