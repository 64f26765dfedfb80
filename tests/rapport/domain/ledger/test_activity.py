"""Active days that are updated event by event equal those of the daily amounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.ledger.activity import SOURCES, Activity, day_set
from rapport.domain.ledger.measures import ClientMeasures

FACTS = (
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 5),
    ("survey.answered", "client", (("trust", 4, 1, 5),), 9),
    ("buy", "outside", "software", "acme", "EUR", 100),
    ("touch", "workshop", ("cio",), (), (), None),
)
CHANGES = st.lists(
    st.tuples(st.integers(900, 1_000), st.sampled_from(FACTS), st.sampled_from((1, 1, 1, -1)))
)


def oracle(amounts, day):
    """Per source the days with any amount, as ages seen from a day."""
    return {
        source: {
            day - at
            for measure, days in amounts.items()
            if measure.split("|")[0] in kinds
            for at in days
            if at <= day
        }
        for source, kinds in SOURCES.items()
    }


@given(changes=CHANGES, evaluate_after=st.integers(0, 20), day=st.integers(880, 1_020))
def test_active_days_after_any_changes_are_those_of_the_amounts(changes, evaluate_after, day):
    client = ClientMeasures()
    for number, (at, fact, times) in enumerate(changes):
        client.add(at, fact, times)
        if number >= evaluate_after:
            client.active_days(at)
    seen = client.active_days(day)
    ages = {
        source: {age for age in range(days.bit_length()) if days >> age & 1}
        for source, days in seen.items()
    }
    assert ages == oracle(client.amounts, day)


@pytest.mark.parametrize(
    ("measure", "source"),
    [
        ("ticket.opened|incident|P3", "tickets"),
        ("ticket.closed|P3|met|person", "tickets"),
        ("ticket.reopened", "tickets"),
        ("ticket.rated|3|1|5", "tickets"),
        ("buy.count|outside|it", "procurement"),
        ("survey.invited", "surveys"),
        ("survey.answered", "surveys"),
        ("answer|client|trust|3|1|5", "surveys"),
        ("touch|workshop", "relationship"),
        ("signal|options_open|text", "relationship"),
        ("promise|kept", "relationship"),
        ("proposal|it|accepted", "relationship"),
        ("knowledge|goals|client", "relationship"),
        ("touch.role|workshop|cio", None),
    ],
)
def test_each_measure_is_of_one_source(measure, source):
    made, added = Activity({measure: {100: 1}}), Activity({})
    added.add(measure, 100)
    days = dict.fromkeys(("tickets", "procurement", "surveys", "relationship"), 0)
    if source is not None:
        days[source] = 1 << 3
    assert made.active_days(103) == added.active_days(103) == days


def reopened(*days):
    activity = Activity({})
    for day in days:
        activity.add("ticket.reopened", day)
    return activity


@pytest.mark.parametrize(("age", "kept"), [(0, True), (1, True), (4199, True), (4200, False)])
def test_days_before_4200_days_ago_are_dropped(age, kept):
    day, bits = 9_000, (1 << age) * kept
    assert day_set([day - age], day) == bits
    assert reopened(day, day - age).active_days(day)["tickets"] == bits | 1
    assert reopened(day - age, day).active_days(day)["tickets"] == bits | 1
    assert reopened(day - age).active_days(day)["tickets"] == bits


@pytest.mark.parametrize(
    ("days", "seen"),
    [((7,), 0b1), ((5, 7), 0b101), ((7, 5), 0b101), ((7, 8), 0b1), ((9, 4), 0b1000), ((8, 7), 1)],
)
def test_days_count_backwards_and_later_ones_are_left_out(days, seen):
    assert reopened(*days).active_days(7)["tickets"] == day_set(days, 7) == seen
    made = Activity({"ticket.reopened": dict.fromkeys(days, 1)})
    assert made.active_days(7)["tickets"] == seen
