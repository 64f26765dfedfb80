"""Health of purchases: every field that passes through, the confidence, and what is missing."""

from pathlib import Path

import pytest

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import SourceState
from rapport.domain.procurement.health import history_weeks, purchase_health
from rapport.domain.procurement.missing_inputs import BrokenFeed, MissingRate, UnclassifiedPurchases
from rapport.domain.procurement.purchases import Paid, Spent
from rapport.domain.procurement.windows import Windows

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
POLICY = parse_policy(TEXT)
DAY = 20_000


def client(first_week_ago, unclassified=0, currency="EUR"):
    """A client that buys every week, of which so many are not classified."""
    measures = ClientMeasures()
    for week in range(first_week_ago + 1):
        for number in range(4):
            sanction = "unclassified" if number < unclassified else "outside"
            fact = ("buy", sanction, "software", "acme", currency, 100)
            measures.add(DAY - 7 * week, fact, 1)
    return measures


def health(measures, peers=12, feeds=None):
    every = [client_inputs(one, POLICY, DAY) for one in (measures, *[client(60)] * peers)]
    shared = fleet_context(every, POLICY, DAY, {})
    if feeds is not None:
        shared = type(shared)(shared.baseline, shared.peers, shared.spreads, feeds)
    own = every[0].purchases
    windows = Windows(own.weekly, own.first_day, POLICY.purchases, shared.baseline)
    return purchase_health(own, windows, POLICY, shared), own, windows


def test_an_alert_keeps_the_window_that_made_it_when_the_last_one_is_quiet_already():
    fact = ("buy", "outside", "software", "acme", "EUR", 100)
    measures = ClientMeasures()
    for week in range(6, 70, 2):
        measures.add(DAY - 7 * week, fact, 1)
    measures.add(DAY - 7 * 5, fact, 16)
    found, _, windows = health(measures)
    assert (found.state, found.observed) == ("alert", 0)
    assert found.alarm_weeks == 2
    assert found.alarm == windows.closed(2)
    assert found.alarm.observed == 16 > 3 * found.alarm.expected
    assert found.alarm.probability < POLICY.purchases.alert_probability
    quiet, _, _ = health(client(60))
    assert (quiet.alarm, quiet.alarm_weeks) == (None, 0)


def test_what_is_seen_is_the_last_closed_window_and_passes_through():
    found, own, windows = health(client(60))
    now = windows.latest()
    assert (found.observed, found.expected) == (16, now.expected)
    # Friday 4 October 2024: the four weeks from Monday 2 to Sunday 29 September.
    assert (found.first_day, found.last_day) == (DAY - 32, DAY - 5)
    assert dict(found.by_sanction)["outside"] == found.observed
    assert (found.size, found.probability) == (now.size, now.probability)
    assert found.ratio == 16 / now.expected
    assert found.excess == 16 - now.expected
    assert (found.clients, found.false_alerts) == (13, pytest.approx(1.56))
    assert found.state == "clear"
    assert found.by_sanction == own.counts
    assert found.spent == own.spent == (Spent("outside", "EUR", 1600),)
    assert found.spend_minor == (("EUR", 1600),)
    assert found.highest_before == own.highest_before
    assert found.top_paid == (Paid("acme", "EUR", 1600),)
    assert found.top_suppliers == ("acme",)
    assert found.new_suppliers == own.new_suppliers
    assert found.peers.clients == 12
    assert (found.confidence, found.missing) == (1.0, ())


def test_spend_that_it_agreed_to_is_no_outside_spend():
    found, *_ = health(client(60, unclassified=1))
    assert found.spend_minor == (("EUR", 1200),)
    assert {one.sanction: one.minor for one in found.spent} == {
        "outside": 1200,
        "unclassified": 400,
    }


@pytest.mark.parametrize(
    ("weeks", "missing"),
    [(0, True), (7, True), (8, False)],
)
def test_less_than_eight_weeks_are_no_history_and_not_known_yet(weeks, missing):
    found, *_ = health(client(weeks))
    assert ("history" in found.missing) is missing
    assert (found.state == "unknown") is missing
    assert (found.history_weeks, found.history_weeks_minimum) == (weeks, 8)


def test_a_client_without_any_purchase_is_not_known():
    assert health(ClientMeasures())[0].state == "unknown"


def test_history_is_shown_up_to_the_ring_and_trusted_up_to_its_own_bound():
    limits = POLICY.purchases
    found, *_ = health(client(limits.ring_weeks + 9))
    assert (found.history_weeks, found.confidence) == (limits.ring_weeks, 1.0)
    weeks = limits.confident_history_weeks - 1
    found, *_ = health(client(weeks))
    assert found.confidence == pytest.approx(weeks / limits.confident_history_weeks)


def test_the_confidence_is_a_product_of_history_classification_and_feed():
    broken = {"procurement": SourceState("broken", 12, 3)}
    assert health(client(60, unclassified=1))[0].confidence == pytest.approx(0.75)
    assert health(client(26, unclassified=1))[0].confidence == pytest.approx(0.375)
    found = health(client(60), feeds=broken)[0]
    assert found.confidence == 0.0
    assert found.missing == (BrokenFeed("procurement", 12, 3),)


@pytest.mark.parametrize(
    ("measures", "peers", "missing"),
    [
        (ClientMeasures(), 12, ("purchases",)),
        (client(60), 0, ("peers",)),
        (client(2), 12, ("history", "history of suppliers")),
        (client(60, unclassified=1), 12, (UnclassifiedPurchases(0.25),)),
        (client(60, currency="GBP"), 12, (MissingRate("GBP"),)),
    ],
    ids=["nothing known", "alone", "young", "unclassified", "no rate"],
)
def test_what_is_missing_is_named(measures, peers, missing):
    found, *_ = health(measures, peers)
    assert found.missing == missing


def test_a_client_without_peers_gets_that_answer():
    assert health(client(60), peers=0)[0].peers is None
    assert health(ClientMeasures())[0].peers is None


@pytest.mark.parametrize(("newest", "weeks"), [(2857, 1), (2856, 0), (2855, 0)])
def test_history_is_counted_in_weeks_from_the_first_purchase(newest, weeks):
    own = client_inputs(client(0), POLICY, DAY).purchases
    assert history_weeks(own, newest + 1) == weeks
