"""What a client's ledger says of its purchases: every field, and days at the edges."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.procurement.purchases import Paid, Spent, is_it, purchases_of

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
GBP = '[{ currency = "GBP", from_date = 2000-01-01, rate = 2 }]'
POLICY = parse_policy(TEXT)
CONVERTING = parse_policy(TEXT.replace("rates = []", f"rates = {GBP}"))
DAY = 20_000
END = DAY - 5
"""The Sunday before that Friday, on which the window ends."""
WEEK = (DAY + 3) // 7


def counted(days, sanction="outside", category="software"):
    return {f"buy.count|{sanction}|{category}": days}


def paid(days, supplier="acme", currency="EUR", sanction="outside", category="software"):
    return {f"buy.supplier|{sanction}|{category}|{supplier}|{currency}": days}


def of(*measures, policy=POLICY):
    together = {}
    for one in measures:
        together |= one
    return purchases_of(together, policy, DAY)


def test_without_purchases_all_values_are_empty():
    found = of({"ticket.reopened": {DAY: 1}})
    assert (found.weekly, found.first_day, found.spent, found.top_paid) == ({}, None, (), ())
    assert found.counts == (("joint", 0), ("outside", 0), ("sanctioned", 0), ("unclassified", 0))
    assert (found.unclassified_ratio, found.outside, found.volume) == (0.0, 0, 0)
    assert not found.new_suppliers.judged


def test_only_outside_purchases_of_it_until_today_are_counted_per_week():
    found = of(
        counted({DAY: 1, DAY - 5: 2, DAY - 7: 4, DAY + 1: 8}),
        counted({DAY: 16}, "joint"),
        counted({DAY: 32}, category="fuel"),
        counted({DAY - 7: 64}, category="cloud-software"),
    )
    # The day is a Friday: five days before it is of the week before.
    assert DAY - 5 < 7 * WEEK - 3 <= DAY
    assert found.weekly == {WEEK: 1, WEEK - 1: 2 + 4 + 64}


@pytest.mark.parametrize(("ago", "in_window"), [(0, 0), (4, 0), (5, 1), (32, 1), (33, 0)])
def test_the_window_is_the_last_four_closed_weeks(ago, in_window):
    # The day is a Friday: the last closed week ended five days before it.
    found = of(counted({DAY - ago: 1}), paid({DAY - ago: 50}))
    assert dict(found.counts)["outside"] == in_window
    assert sum(spent.minor for spent in found.spent) == 50 * in_window


@pytest.mark.parametrize(("ago", "in_year"), [(0, 1), (363, 1), (364, 0), (-1, 0)])
def test_which_days_count_in_the_year(ago, in_year):
    found = of(
        counted({DAY - ago: 1}, "unclassified"),
        counted({DAY - 100: 3}, "joint"),
        counted({DAY - ago: 1}),
        counted({DAY - ago: 2}, category="fuel"),
    )
    assert found.unclassified_ratio == in_year / (3 + 2 * in_year)
    assert found.outside == in_year
    assert found.volume == 3 + 4 * in_year


LEAST = parse_policy(
    TEXT.replace("least_amounts = []", 'least_amounts = [{ currency = "EUR", amount = 5 }]')
)
AMOUNTS = [
    (169, "EUR"),
    (499, "EUR"),
    (500, "EUR"),
    (12_000, "EUR"),
    (169, "GBP"),
    (300_000, "EUR"),
]


def bought(*amounts):
    client = ClientMeasures()
    for number, (minor, currency) in enumerate(amounts):
        client.add(END - number, ("buy", "outside", "software", "acme", currency, minor), 1)
    return client.amounts


def test_a_purchase_below_the_least_amount_of_its_currency_does_not_count():
    found = purchases_of(bought(*AMOUNTS), LEAST, DAY)
    assert (sum(found.weekly.values()), dict(found.counts)["outside"]) == (4, 4)
    assert (found.outside, found.volume) == (4, 4)
    assert found.spent == (Spent("outside", "EUR", 312_500), Spent("outside", "GBP", 169))
    rows = purchase_rows(bought(*AMOUNTS), LEAST.purchases, DAY)
    assert [row.day for row in rows] == [END - 2, END - 3, END - 4, END - 5]
    assert purchases_of(bought(AMOUNTS[0]), LEAST, DAY).first_day is None


@given(st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from(["EUR", "GBP"])), max_size=20))
def test_with_a_least_amount_all_is_as_if_the_smaller_purchases_were_not_there(amounts):
    kept = [(m, currency) if currency != "EUR" or m >= 500 else None for m, currency in amounts]
    expected = ClientMeasures()
    for number, one in enumerate(kept):
        if one:
            expected.add(END - number, ("buy", "outside", "software", "acme", one[1], one[0]), 1)
    assert purchases_of(bought(*amounts), LEAST, DAY) == purchases_of(expected.amounts, POLICY, DAY)
    rows = purchase_rows(bought(*amounts), LEAST.purchases, DAY)
    assert rows == purchase_rows(expected.amounts, POLICY.purchases, DAY)


def test_by_default_every_purchase_counts():
    assert dict(purchases_of(bought(*AMOUNTS), POLICY, DAY).counts)["outside"] == 6


def test_the_first_day_is_that_of_any_purchase_whatever_its_category():
    assert of(counted({DAY: 1}), counted({DAY - 9: 1, DAY - 3: 1}, "joint", "fuel")).first_day == (
        DAY - 9
    )


def test_spend_is_converted_where_there_is_a_rate_and_kept_apart_where_there_is_none():
    measures = [paid({END: 100}), paid({END: 100}, currency="GBP"), paid({END: 7}, currency="USD")]
    assert of(*measures).spent == (
        Spent("outside", "EUR", 100),
        Spent("outside", "GBP", 100),
        Spent("outside", "USD", 7),
    )
    assert of(*measures).without_rate == ("GBP", "USD")
    found = of(*measures, policy=CONVERTING)
    assert found.spent == (Spent("outside", "EUR", 300), Spent("outside", "USD", 7))
    assert found.without_rate == ("USD",)


def test_a_currency_of_which_nothing_was_spent_in_the_window_needs_no_rate():
    assert of(paid({END - 28: 100}, currency="GBP")).without_rate == ()


def test_of_other_categories_and_of_tomorrow_nothing_is_spent():
    assert of(paid({END: 100}, category="fuel"), paid({DAY + 1: 5}, "late")).spent == ()


@pytest.mark.parametrize(
    ("first_ago", "is_known"), [(195, False), (196, True)], ids=["6 windows", "7 windows"]
)
def test_the_highest_spend_before_needs_half_a_year_and_these_weeks(first_ago, is_known):
    found = of(counted({END - first_ago: 1}), paid({END - 28: 9, END - 55: 1, END: 99}))
    assert found.highest_before == ((Spent("outside", "EUR", 10),) if is_known else ())


@pytest.mark.parametrize(
    ("days", "highest"),
    [
        ({0: 9, 27: 9}, 0),
        ({28: 9, 55: 9, 56: 4}, 18),
        ({28: 3, 56: 4, 84: 5}, 5),
        ({363: 9}, 9),
        ({364: 9}, 0),
    ],
    ids=["these days", "one window", "several", "the twelfth", "the thirteenth"],
)
def test_the_highest_spend_is_of_one_of_the_twelve_windows_before(days, highest):
    found = of(counted({END - 700: 1}), paid({END - ago: minor for ago, minor in days.items()}))
    assert found.highest_before == (Spent("outside", "EUR", highest),)


def test_the_highest_spend_is_shown_per_currency():
    found = of(
        counted({END - 700: 1}),
        paid({END - 30: 5}, currency="USD"),
        paid({END - 30: 2}, "b", currency="EUR"),
        paid({END - 60: 2}, "c", sanction="joint"),
    )
    assert found.highest_before == (Spent("outside", "EUR", 2), Spent("outside", "USD", 5))


def test_those_paid_most_are_named_with_all_their_currencies_ours_first():
    found = of(
        paid({END: 10}, "small"),
        paid({END: 30}, "large-1"),
        paid({END - 27: 30}, "large-2"),
        paid({END: 20}, "mid"),
        paid({END: 900}, "abroad", "USD"),
        paid({END: 5}, "mid", "USD"),
        paid({END: 990}, "partner", sanction="joint"),
        paid({END - 28: 990}, "gone"),
    )
    assert found.top_paid == (
        Paid("large", "EUR", 60),
        Paid("mid", "EUR", 20),
        Paid("small", "EUR", 10),
        Paid("mid", "USD", 5),
    )
    assert found.top_suppliers == ("large", "mid", "small")


def test_of_two_that_were_paid_alike_the_name_decides():
    found = of(*(paid({END: 10}, name) for name in "dbca"))
    assert found.top_suppliers == ("a", "b", "c")


@pytest.mark.parametrize(
    ("category", "patterns", "found"),
    [
        ("software", ("*soft*",), True),
        ("fuel", ("*soft*", "fuel"), True),
        ("Fuel", ("fuel",), False),
        ("fuel", (), False),
    ],
)
def test_a_category_is_it_s_when_one_of_the_patterns_fits(category, patterns, found):
    assert is_it(category, patterns) is found
