"""New suppliers, suppliers that spread, outliers among peers, sanctions and currencies."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.exchange_rates import DatedRate, RateTable
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.health import purchase_health
from rapport.domain.procurement.missing_inputs import MissingRate, UnclassifiedPurchases
from rapport.domain.procurement.peers import PeerSums, compare_with_peers
from rapport.domain.procurement.suppliers import supplier_name
from rapport.domain.procurement.windows import Windows
from rapport.language.contract_text import purchase_notes
from rapport_schemas.currencies import DECIMALS

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
RATES = '[{ currency = "GBP", from_date = 2024-01-01, rate = 1.15 }]'
POLICY = parse_policy(TEXT)
DAY = 20_000


class Ledger:
    """A client's purchases, as its facts are counted."""

    def __init__(self):
        self.measures = ClientMeasures()

    def bought(
        self, day, supplier, euros, *, sanction="outside", currency="EUR", category="software"
    ):
        fact = ("buy", sanction, category, supplier, currency, euros * 10 ** DECIMALS[currency])
        self.measures.add(day, fact, 1)
        return self

    def inputs(self, policy=POLICY):
        return client_inputs(self.measures, policy, DAY)


def settled():
    """A client with two years of purchases of 100 euros each."""
    ledger = Ledger()
    for day in range(DAY - 700, DAY - 40, 20):
        ledger.bought(day, "usual", 100)
    return ledger


def health_of(*ledgers, policy=POLICY):
    every = [ledger.inputs(policy) for ledger in ledgers]
    shared = fleet_context(every, policy, DAY, {})
    windows = [
        Windows(each.weekly, each.first_day, policy.purchases, shared.baseline)
        for each in (one.purchases for one in every)
    ]
    return [
        purchase_health(each.purchases, seen, policy, shared)
        for each, seen in zip(every, windows, strict=True)
    ]


def new_names(ledger, policy=POLICY):
    found = health_of(ledger, policy=policy)[0].new_suppliers
    return [new.supplier for new in found.named] if found.judged else None


def test_a_new_supplier_of_size_is_named_with_what_was_spent_there():
    (health,) = health_of(settled().bought(DAY - 9, "acme-12", 800).bought(DAY - 2, "acme-77", 400))
    (new,) = health.new_suppliers.named
    assert (new.supplier, new.first_day, new.currency) == ("acme", DAY - 9, "EUR")
    assert (new.minor, new.typical_minor, health.new_suppliers.count) == (120_000, 10_000, 1)
    assert purchase_notes(health) == [
        "first purchases from acme: EUR 1,200.00; EUR 100.00 is typical for one supplier in a day"
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda ledger: ledger.bought(DAY - 9, "acme", 999), "below the minimum"),
        (lambda ledger: ledger.bought(DAY - 28, "acme", 5000), "no longer new"),
        (lambda ledger: ledger.bought(DAY - 9, "usual", 5000), "known"),
        (lambda ledger: ledger.bought(DAY - 9, "acme", 5000, sanction="joint"), "made with it"),
        (lambda ledger: ledger.bought(DAY - 9, "acme", 5000, category="fuel"), "no it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_new_supplier_of_size_is_not_called_so(change, why):
    assert new_names(change(settled())) == [], why


@pytest.mark.parametrize("sanction", ["outside", "sanctioned", "joint", "unclassified"])
@pytest.mark.parametrize("category", ["software", "fuel"])
def test_an_older_purchase_that_arrives_late_makes_a_supplier_known(sanction, category):
    ledger = settled().bought(DAY - 9, "acme-1", 5000)
    assert new_names(ledger) == ["acme"]
    ledger.bought(DAY - 300, "acme-2", 1, sanction=sanction, category=category)
    assert new_names(ledger) == []


def test_a_client_that_spends_much_has_a_larger_size():
    ledger = Ledger()
    for day in range(DAY - 700, DAY - 40, 20):
        ledger.bought(day, "usual", 1000)
    assert new_names(ledger.bought(DAY - 9, "acme", 4999)) == []
    assert new_names(ledger.bought(DAY - 9, "acme", 1)) == ["acme"]


def test_a_client_without_history_is_not_judged_and_says_so():
    (health,) = health_of(Ledger().bought(DAY - 100, "acme", 5000))
    assert not health.new_suppliers.judged
    assert "history of suppliers" in health.missing


def test_a_branch_is_no_supplier_of_its_own():
    names = {supplier_name(key) for key in ("shell-kings-587", "shell-kings-12", "shell-kings")}
    assert names == {"shell-kings"}
    assert supplier_name("o2") == "o2"
    assert supplier_name("3m-united-kingdom") == "3m-united-kingdom"


def spread_over(now, before, *, clients=20, days_before=364):
    """Clients of which `before` bought from acme then and `now` buy from it today."""
    ledgers = [settled() for _ in range(clients)]
    for ledger in ledgers[:before]:
        ledger.bought(DAY - days_before - 10, "acme", 10)
    for ledger in ledgers[:now]:
        ledger.bought(DAY - 10, "acme", 10)
    return fleet_context([ledger.inputs() for ledger in ledgers], POLICY, DAY, {}).spreads


def test_a_supplier_that_spreads_is_named_with_the_clients_and_what_was_expected():
    (spread,) = spread_over(12, 1)
    assert (spread.supplier, spread.clients, spread.compared_with) == (
        "acme",
        12,
        "the year before",
    )
    assert spread.expected == pytest.approx(1.5)
    assert spread.probability < 0.0036


@pytest.mark.parametrize(("now", "before"), [(4, 0), (9, 8), (6, 3), (8, 1)])
def test_few_clients_or_nearly_as_many_as_before_are_no_spread(now, before):
    assert spread_over(now, before) == ()


def test_a_feed_that_begins_is_no_spread():
    ledgers = [Ledger().bought(DAY - 5, "acme", 10) for _ in range(30)]
    assert fleet_context([ledger.inputs() for ledger in ledgers], POLICY, DAY, {}).spreads == ()


def test_a_young_ledger_is_held_against_the_time_just_before():
    ledgers = [Ledger().bought(DAY - 120, "usual", 10) for _ in range(20)]
    for ledger in ledgers[:9]:
        ledger.bought(DAY - 5, "acme", 10)
    for ledger in ledgers:
        ledger.bought(DAY - 6, "usual", 10)
    (spread,) = fleet_context([ledger.inputs() for ledger in ledgers], POLICY, DAY, {}).spreads
    assert (spread.supplier, spread.compared_with) == ("acme", "the time just before")


PEERS = [(5, 100), (3, 90), (8, 140), (2, 60), (6, 120), (4, 80), (7, 110), (1, 30), (0, 20)] * 3


@pytest.mark.parametrize(
    ("outside", "volume", "outlier"),
    [(40, 100, True), (9, 100, False), (2, 2, False), (400, 8000, False), (0, 100, False)],
    ids=["far", "a little more", "two of two", "large and usual", "none"],
)
def test_an_outlier_is_far_from_peers_and_small_counts_are_not(outside, volume, outlier):
    everyone = PeerSums.of([*PEERS, (outside, volume)])
    peers = compare_with_peers(outside, volume, everyone, POLICY.purchases.peers)
    assert peers.outlier is outlier
    assert peers.clients == len(PEERS)


def test_an_outlier_does_not_hide_itself_among_its_peers():
    limits = POLICY.purchases.peers
    alone = compare_with_peers(90, 100, PeerSums.of([*PEERS, (90, 100)]), limits)
    assert alone.expected == pytest.approx(
        100 * sum(y for y, _ in PEERS) / sum(v for _, v in PEERS)
    )


def test_no_client_is_compared_with_too_few_peers():
    limits = POLICY.purchases.peers
    assert compare_with_peers(5, 10, PeerSums.of([(5, 10)] * 10), limits) is None
    assert compare_with_peers(5, 10, PeerSums.of([(5, 10)] * 11), limits) is not None
    assert compare_with_peers(0, 0, PeerSums.of(PEERS), limits) is None


def test_sanctions_are_counted_and_summed_separately():
    ledger = settled().bought(DAY - 7, "a", 10).bought(DAY - 7, "a", 20, sanction="sanctioned")
    ledger.bought(DAY - 7, "a", 30, sanction="joint").bought(
        DAY - 7, "a", 40, sanction="unclassified"
    )
    (health,) = health_of(ledger)
    assert dict(health.by_sanction) == dict.fromkeys(
        ("outside", "sanctioned", "joint", "unclassified"), 1
    )
    assert {spent.sanction: spent.minor for spent in health.spent} == {
        "outside": 1000,
        "sanctioned": 2000,
        "joint": 3000,
        "unclassified": 4000,
    }


def test_unclassified_purchases_lower_the_confidence_and_are_named():
    ledger = Ledger()
    for day in range(DAY - 700, DAY, 7):
        ledger.bought(day, "a", 10).bought(day, "a", 10, sanction="unclassified")
    (health,) = health_of(ledger)
    assert health.confidence == pytest.approx(0.5)
    assert UnclassifiedPurchases(0.5) in health.missing


def test_a_client_of_which_no_purchase_is_known_has_no_confidence():
    (health,) = health_of(Ledger())
    assert (health.confidence, health.state) == (0.0, "unknown")
    assert "purchases" in health.missing


def test_half_a_year_of_history_is_half_the_confidence():
    ledger = Ledger()
    for day in range(DAY - 26 * 7, DAY, 7):
        ledger.bought(day, "a", 10)
    assert health_of(ledger)[0].confidence == pytest.approx(0.5)


def test_a_currency_without_a_rate_is_kept_apart_and_named():
    ledger = settled().bought(DAY - 7, "a", 10).bought(DAY - 7, "a", 20, currency="GBP")
    (health,) = health_of(ledger)
    assert dict(health.spend_minor) == {"EUR": 1000, "GBP": 2000}
    assert MissingRate("GBP") in health.missing
    (converted,) = health_of(
        ledger, policy=parse_policy(TEXT.replace("rates = []", f"rates = {RATES}"))
    )
    assert dict(converted.spend_minor) == {"EUR": 1000 + 2300}
    assert not any(isinstance(lack, MissingRate) for lack in converted.missing)


def test_a_new_supplier_in_a_currency_without_a_rate_is_judged_by_the_client_s_own_history():
    ledger = settled()
    assert new_names(ledger.bought(DAY - 9, "acme", 900_000, currency="GBP")) == []
    for day in range(DAY - 300, DAY - 40, 20):
        ledger.bought(day, "usual", 100, currency="GBP")
    assert new_names(ledger) == ["acme"]


def test_the_rate_in_force_on_the_day_converts_with_each_currency_s_decimals():
    table = RateTable(
        "EUR",
        [
            DatedRate("GBP", 200, Decimal("1.20")),
            DatedRate("GBP", 100, Decimal("1.15")),
            DatedRate("JPY", 0, Decimal("0.00625")),
            DatedRate("KWD", 0, Decimal("3.0")),
        ],
    )
    days = (99, 100, 199, 200, 10_000)
    assert [table.converted(100, "GBP", day) for day in days] == [None, 115, 115, 120, 120]
    assert table.converted(1000, "JPY", 0) == 625
    assert table.converted(1000, "KWD", 0) == 300
    assert [table.converted(minor, "JPY", 0) for minor in (4, 12, 20)] == [2, 8, 12]
    assert table.converted(7, "USD", 0) is None


@given(
    st.integers(0, 10**15),
    st.decimals(Decimal("0.000001"), Decimal(1_000_000), places=9),
    st.sampled_from(sorted(DECIMALS)),
    st.sampled_from(sorted(DECIMALS)),
)
def test_conversion_is_the_nearest_integer_to_the_exact_amount(minor, rate, of, to):
    if of == to:
        return
    converted = RateTable(to, [DatedRate(of, 0, rate)]).converted(minor, of, 0)
    exact = Fraction(minor, 10 ** DECIMALS[of]) * Fraction(rate) * 10 ** DECIMALS[to]
    assert abs(converted - exact) <= Fraction(1, 2)
    if abs(converted - exact) == Fraction(1, 2):
        assert converted % 2 == 0
