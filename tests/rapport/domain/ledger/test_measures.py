"""Measures of each fact, and the daily amounts of a client."""

import pytest

from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.measures import ClientMeasures, expand, measures_of, size_bucket
from rapport.domain.ledger.page import Page, encode
from rapport.domain.ledger.rollup import add_amounts, count_page

COUNTS = {
    "a ticket in time": (
        ("ticket.closed", "P1", True, "auto", 0),
        [("ticket.closed|P1|met|auto", 0, 1)],
    ),
    "a ticket late, handed on": (
        ("ticket.closed", "P2", False, "person", 3),
        [("ticket.closed|P2|missed|person", 0, 1), ("ticket.reassigned|3", 0, 1)],
    ),
    "a ticket handed on once": (
        ("ticket.closed", "P2", False, "person", 1),
        [("ticket.closed|P2|missed|person", 0, 1), ("ticket.reassigned|1", 0, 1)],
    ),
    "any other": (("promise", "kept"), [("promise|kept", 0, 1)]),
    "a client's answer": (
        ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 0, 0, 10)), 2),
        [
            ("survey.answered", -2, 1),
            ("answer|client|trust|4|1|5", 0, 1),
            ("answer|client|clarity|0|0|10", 0, 1),
        ],
    ),
    "an answer without an invitation": (
        ("survey.answered", "client", (("trust", 4, 1, 5),), None),
        [("answer|client|trust|4|1|5", 0, 1)],
    ),
    "an answer of IT itself": (
        ("survey.answered", "own", (("trust", 4, 1, 5),), 2),
        [("answer|own|trust|4|1|5", 0, 1)],
    ),
    "a touchpoint that says no more": (
        ("touch", "workshop", (), (), (), None),
        [("touch|workshop", 0, 1)],
    ),
    "a touchpoint that carried the message": (
        ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals", "plan"), True),
        [
            ("touch|workshop", 0, 1),
            ("message|carried", 0, 1),
            ("touch.role|workshop|cio", 0, 1),
            ("touch.message|cio|carried", 0, 1),
            ("touch.role|workshop|it_team", 0, 1),
            ("touch.message|it_team|carried", 0, 1),
            ("touch.team|crm", 0, 1),
            ("touch.strategic", 0, 1),
            ("touch.topic|goals", 0, 1),
            ("touch.topic|plan", 0, 1),
        ],
    ),
    "a touchpoint that did not": (
        ("touch", "request", ("cio",), (), (), False),
        [
            ("touch|request", 0, 1),
            ("message|missing", 0, 1),
            ("touch.role|request|cio", 0, 1),
            ("touch.message|cio|missing", 0, 1),
        ],
    ),
    "a touchpoint without attributes": (
        ("touch", "request", ("cio",), (), (), None),
        [("touch|request", 0, 1), ("touch.role|request|cio", 0, 1)],
    ),
    "a purchase": (
        ("buy", "outside", "software", "acme-1", "GBP", 1250),
        [
            ("buy.count|outside|software", 0, 1),
            ("buy.times|outside|software|acme-1", 0, 1),
            ("buy.minor|outside|software|GBP", 0, 1250),
            ("buy.supplier|outside|software|acme-1|GBP", 0, 1250),
            ("buy.size|outside|software|GBP|41", 0, 1),
        ],
    ),
    "a comment with signals": (
        ("with-signals", ("ticket.reopened",), ("external_supplier", "options_open")),
        [
            ("ticket.reopened", 0, 1),
            ("signal|external_supplier|text", 0, 1),
            ("signal|options_open|text", 0, 1),
        ],
    ),
    "what was cancelled": (("nothing",), []),
}


@pytest.mark.parametrize(("fact", "counts"), COUNTS.values(), ids=COUNTS)
def test_what_a_fact_counts_for(fact, counts):
    assert list(expand(fact)) == list(measures_of(fact)) == counts


@pytest.mark.parametrize(
    ("minor", "bucket"),
    [
        *((-5, 0), (0, 0), (1, 0), (2, 4), (3, 6), (4, 8), (15, 15), (16, 16), (1250, 41)),
        # A quarter of an octave is a factor of 2^(1/4): 2^10 times 1.189, 1.414 and 1.682.
        *((1023, 39), (1024, 40), (1217, 40), (1218, 41), (1448, 41), (1449, 42)),
        *((1722, 42), (1723, 43), (2047, 43), (2048, 44)),
    ],
)
def test_an_amount_is_in_a_quarter_of_an_octave(minor, bucket):
    assert size_bucket(minor) == bucket


def test_amounts_are_copied_and_restored_ones_are_shared():
    amounts = {"touch|call": {10: 1, 11: 0}}
    copied, taken = ClientMeasures(amounts), ClientMeasures.restored(amounts)
    copied.add(12, ("touch", "call", (), (), (), None), 1)
    assert amounts == {"touch|call": {10: 1, 11: 0}}
    assert taken.amounts == {"touch|call": {10: 1}}
    assert ClientMeasures().amounts == {}


def test_a_day_without_an_amount_is_removed_and_an_empty_measure_too():
    client = ClientMeasures()
    for count in (1, 2, -2, -1):
        client.add(10, ("ticket.reopened",), count)
        client.add(11, ("promise", "kept"), 1)
    assert client.amounts == {"promise|kept": {11: 4}}
    client.add(11, ("promise", "kept"), -3)
    client.add(12, ("promise", "kept"), 1)
    client.add(11, ("promise", "kept"), -1)
    assert client.amounts == {"promise|kept": {12: 1}}


def test_a_page_counts_each_fact_on_its_day_once_per_entity():
    bought = encode_fact(("buy", "outside", "software", "acme", "EUR", 200))
    answered = encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), 2))
    page = Page({1: (0, 10, bought), 2: (0, 10, bought), 3: (0, 12, answered)})
    amounts = {"buy.count|outside|software": {9: 4, 10: 1}}
    count_page(encode(page, 10), amounts)
    assert amounts == {
        "buy.count|outside|software": {9: 4, 10: 3},
        "buy.times|outside|software|acme": {10: 2},
        "buy.minor|outside|software|EUR": {10: 400},
        "buy.supplier|outside|software|acme|EUR": {10: 400},
        "buy.size|outside|software|EUR|30": {10: 2},
        "survey.answered": {10: 1},
        "answer|client|trust|4|1|5": {12: 1},
    }


@pytest.mark.parametrize(
    ("more", "sums"),
    [
        ({"a": {1: 5}}, {"a": {1: 7}, "b": {2: 3}}),
        ({"a": {2: 5}}, {"a": {1: 2, 2: 5}, "b": {2: 3}}),
        ({"a": {1: 5, 3: 1}}, {"a": {1: 7, 3: 1}, "b": {2: 3}}),
        ({"c": {1: 5}, "b": {2: -3}}, {"a": {1: 2}, "b": {2: 0}, "c": {1: 5}}),
    ],
    ids=["same day", "another day", "both", "new measure"],
)
def test_amounts_are_added_day_by_day(more, sums):
    amounts = {"a": {1: 2}, "b": {2: 3}}
    add_amounts(amounts, more)
    assert amounts == sums
