"""Measures of each fact, and the daily amounts of a client."""

import pytest

from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.measures import ClientMeasures, amount_step, expand, measures_of
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
            ("buy.supplier|outside|software|acme-1|GBP", 0, 1250),
            ("buy.small|outside|software|acme-1|GBP|20", 0, 1),
            ("buy.small.minor|outside|software|acme-1|GBP|20", 0, 1250),
        ],
    ),
    "a purchase of size": (
        ("buy", "outside", "software", "acme-1", "GBP", 100_000),
        [
            ("buy.count|outside|software", 0, 1),
            ("buy.times|outside|software|acme-1", 0, 1),
            ("buy.supplier|outside|software|acme-1|GBP", 0, 100_000),
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
    ("minor", "currency", "step"),
    [
        *((-5, "EUR", 1), (0, "EUR", 1), (99, "EUR", 1), (100, "EUR", 2), (199, "EUR", 2)),
        *((200, "EUR", 5), (499, "EUR", 5), (500, "EUR", 10), (99_999, "EUR", 1000)),
        *((100_000, "EUR", None), (4, "JPY", 5), (5, "JPY", 10), (999, "KWD", 1), (1000, "KWD", 2)),
    ],
)
def test_a_small_amount_is_below_a_step(minor, currency, step):
    assert amount_step(minor, currency) == step


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
        "buy.supplier|outside|software|acme|EUR": {10: 400},
        "buy.small|outside|software|acme|EUR|5": {10: 2},
        "buy.small.minor|outside|software|acme|EUR|5": {10: 400},
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
