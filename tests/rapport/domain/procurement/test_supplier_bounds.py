"""New suppliers and suppliers that spread: each bound, on both sides of it."""

from pathlib import Path

import pytest

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport.domain.procurement.suppliers import (
    NewSupplier,
    Reach,
    SupplierPurchases,
    new_suppliers,
    outside_days,
    reach,
    spreading_suppliers,
)
from rapport_schemas.currencies import DECIMALS

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
POLICY = parse_policy(TEXT)
DAY = 20_000
NEW = POLICY.purchases.new_supplier.model_copy(
    update={"window_days": 28, "history_days": 182, "factor": 5, "minimum": 1000}
)
LIMITS = POLICY.model_copy(
    update={"purchases": POLICY.purchases.model_copy(update={"new_supplier": NEW})}
)
FIRST = DAY - 700


def line(supplier, days, *, currency="EUR", sanction="outside", first_day=None):
    """What a client bought from a supplier, in whole units of the currency."""
    minor = {day: units * 10 ** DECIMALS[currency] for day, units in days.items()}
    return SupplierPurchases(
        sanction, supplier, min(days) if first_day is None else first_day, {currency: minor}
    )


def judged(*lines, first_day=FIRST):
    return new_suppliers(lines, outside_days(lines), first_day, LIMITS, DAY)


USUAL = line("usual", dict.fromkeys(range(FIRST, DAY - 40, 20), 100))


@pytest.mark.parametrize(
    ("first_day", "is_judged"),
    [(None, False), (DAY - 181, False), (DAY - 182, True), (FIRST, True)],
)
def test_a_client_is_judged_from_so_many_days_of_history_on(first_day, is_judged):
    assert judged(line("acme", {DAY: 5000}), first_day=first_day).judged is is_judged


@pytest.mark.parametrize(
    ("days", "minor"),
    [
        ({DAY: 1000}, 100_000),
        ({DAY: 999}, None),
        ({DAY - 27: 1000}, 100_000),
        ({DAY - 28: 1000}, None),
        ({DAY: 600, DAY - 27: 500}, 110_000),
        ({DAY: 1000, DAY + 1: 7}, 100_000),
    ],
    ids=["the minimum", "less", "first day", "before", "together", "tomorrow"],
)
def test_a_supplier_is_new_in_its_first_days_from_the_minimum_on(days, minor):
    found = judged(USUAL, line("acme", days))
    assert [new.minor for new in found.named] == ([] if minor is None else [minor])


def test_a_new_supplier_says_what_was_spent_and_what_is_typical():
    found = judged(USUAL, line("acme", {DAY - 9: 700, DAY: 800}))
    assert (found.judged, found.count) == (True, 1)
    assert found.named == (NewSupplier("acme", DAY - 9, "EUR", 150_000, 10_000),)


def test_a_large_new_supplier_does_not_raise_its_own_bar():
    # Typical is 100 a day until 28 days ago, so 5 times that is the bar; new purchases are large.
    few = line("usual", {DAY - 100: 300})
    new = line("acme", {DAY - at: 1000 for at in range(5)})
    assert judged(few, new).named[0].typical_minor == 30_000
    assert judged(few, new).count == 1


@pytest.mark.parametrize(
    ("ago", "typical"),
    [(27, None), (28, 10_000), (391, 10_000), (392, None)],
    ids=["in the window", "before it", "a year before it", "longer ago"],
)
def test_typical_is_of_the_year_before_the_window(ago, typical):
    found = judged(line("usual", {FIRST: 1, DAY - ago: 100}), line("acme", {DAY: 1000}))
    (new,) = [one for one in found.named if one.supplier == "acme"]
    assert new.typical_minor == typical


def test_typical_is_the_lower_median_of_that_currency():
    usual = line("usual", {DAY - 30 - at: 10 * (at + 1) for at in range(4)})
    other = line("dollars", {DAY - 99: 9000}, currency="USD")
    assert judged(usual, other, line("acme", {DAY: 1000})).named[0].typical_minor == 2000


@pytest.mark.parametrize(
    ("units", "currency", "usual", "found"),
    [
        (1000, "EUR", [], True),
        (1000, "EUR", ["EUR 200"], True),
        (1000, "EUR", ["EUR 201"], False),
        (1000, "USD", [], False),
        (1000, "USD", ["EUR 1"], False),
        (5, "USD", ["USD 1"], True),
        (4, "USD", ["USD 1"], False),
    ],
)
def test_of_size_is_a_multiple_of_what_is_typical_and_in_our_currency_a_minimum(
    units, currency, usual, found
):
    lines = [line("acme", {DAY: units}, currency=currency)]
    for amount_text in usual:
        money, amount = amount_text.split()
        lines.append(line("usual", {DAY - 99: int(amount)}, currency=money))
    assert bool(judged(*lines).count) is found


def test_five_new_suppliers_are_named_the_greatest_first_and_all_are_counted():
    thousands = {"a": 1, "b": 7, "c": 3, "d": 7, "e": 5, "f": 6, "g": 2}
    lines = [line(name, {DAY: 1000 * units}) for name, units in thousands.items()]
    found = judged(USUAL, *lines, line("b", {DAY: 6000}, currency="USD"))
    assert found.count == 7
    assert [new.supplier for new in found.named] == ["b", "d", "f", "e", "c"]


def test_a_supplier_in_two_currencies_is_one_and_both_are_named():
    dollars = line("usual", {DAY - 99: 1}, currency="USD")
    found = judged(
        USUAL, dollars, line("acme", {DAY: 5000}), line("acme", {DAY - 1: 900}, currency="USD")
    )
    assert found.count == 1
    assert [(new.currency, new.minor, new.first_day) for new in found.named] == [
        ("EUR", 500_000, DAY - 1),
        ("USD", 90_000, DAY - 1),
    ]


def test_what_was_bought_outside_is_summed_over_categories_and_the_rest_left_out():
    lines = [
        line("a", {1: 1, 2: 2}),
        line("a", {2: 3, 3: 4}),
        line("a", {1: 5}, currency="USD"),
        line("a", {1: 6}, sanction="joint"),
    ]
    assert outside_days(lines) == {("a", "EUR"): {1: 100, 2: 500, 3: 400}, ("a", "USD"): {1: 500}}


def test_from_whom_a_client_bought_in_three_windows():
    spread = POLICY.purchases.spread.model_copy(update={"window_days": 28})
    days = {
        "today": 0,
        "first": 27,
        "before": 28,
        "first before": 55,
        "neither": 56,
        "year": 364,
        "first of the year": 391,
        "older": 392,
        "after the year": 363,
        "tomorrow": -1,
    }
    spent = {(name, "EUR"): {DAY - ago: 1} for name, ago in days.items()}
    assert reach(spent, spread, DAY) == Reach(
        frozenset({"today", "first"}),
        frozenset({"before", "first before"}),
        frozenset({"year", "first of the year"}),
    )


def fleet(now, year_before=0, just_before=0, *, clients=20, buying=20, bought_before=20):
    """Reaches of clients: so many have acme in each window, and so many bought at all."""

    def names(acme, number, some):
        return frozenset({"acme"} if number < acme else ()) | frozenset(
            {f"own-{number}"} if number < some else ()
        )

    return [
        Reach(
            names(now, number, buying),
            names(just_before, number, bought_before),
            names(year_before, number, bought_before),
        )
        for number in range(clients)
    ]


def spreads(reaches, **limits):
    asked = POLICY.purchases.spread.model_copy(
        update={"clients_minimum": 5, "ratio": 2.0, "probability": 0.5, **limits}
    )
    return [one for one in spreading_suppliers(reaches, asked) if one.supplier == "acme"]


@pytest.mark.parametrize(
    ("now", "limits", "spreads_now"),
    [
        (5, {}, True),
        (4, {}, False),
        (5, {"ratio": 10.0}, True),
        (5, {"ratio": 10.1}, False),
        (5, {"clients_minimum": 6}, False),
        (5, {"probability": 1e-9}, False),
    ],
    ids=["the minimum", "one fewer", "the ratio", "below it", "another minimum", "not rare"],
)
def test_a_supplier_spreads_from_the_minimum_and_the_ratio_on(now, limits, spreads_now):
    # No client had it: half a client is expected.
    assert bool(spreads(fleet(now), **limits)) is spreads_now


def test_a_chance_of_exactly_the_bound_is_no_spread():
    (spread,) = spreads(fleet(9))
    assert spreads(fleet(9), probability=spread.probability) == []


def test_what_is_expected_grows_with_the_clients_that_buy_at_all():
    (spread,) = spreads(fleet(12, 2, bought_before=10))
    assert spread.expected == 2.5 * 20 / 10
    assert spread.probability == pytest.approx(tail(12, 5.0, 2.5))
    assert (spread.clients, spread.compared_with) == (12, "the year before")


def test_without_purchases_a_year_before_the_window_just_before_is_compared():
    reaches = [Reach(one.now, one.just_before, frozenset()) for one in fleet(12, just_before=3)]
    (spread,) = spreads(reaches)
    assert (spread.expected, spread.compared_with) == (3.5, "the time just before")
    assert spreads([Reach(one.now, frozenset(), frozenset()) for one in fleet(12)]) == []


def test_the_least_likely_spread_comes_first():
    reaches = [
        Reach(
            one.now | ({"more", "same"} if number < 15 else set()), one.just_before, one.year_before
        )
        for number, one in enumerate(fleet(12))
    ]
    asked = POLICY.purchases.spread.model_copy(update={"clients_minimum": 5, "probability": 0.5})
    assert [one.supplier for one in spreading_suppliers(reaches, asked)] == ["more", "same", "acme"]
