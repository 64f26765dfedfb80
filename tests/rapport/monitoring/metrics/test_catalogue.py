"""The series of the fleet, and those of a client's purchases, signals and feeds."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.clients.registry import Client
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import SourceState
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.monitoring.metrics.catalogue import client_samples, fleet_samples
from rapport.monitoring.metrics.feeds import client_feed_samples

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
DAY = 20_000
END = last_day_of(week_of(DAY) - 1)
"""The last day of the window of purchases."""


def series(samples):
    return {(one.metric.series, *one.labels): one.value for one in samples}


def clients(count, suppliers):
    """Clients with a year of purchases, all of which turn to the same new suppliers."""
    for _ in range(count):
        ledger = ClientMeasures()
        for day in range(DAY - 500, DAY - 10, 7):
            ledger.add(day, ("buy", "outside", "software", "usual", "EUR", 10_000), 1)
        for number in range(suppliers):
            fact = ("buy", "outside", "software", f"new{number}-x", "GBP", 700_000)
            ledger.add(DAY - 5, fact, 1)
        yield ledger


def test_spreading_suppliers_are_counted_and_only_five_are_named():
    every = [client_inputs(ledger, POLICY, DAY) for ledger in clients(30, 40)]
    shown = series(fleet_samples(fleet_context(every, POLICY, DAY, {})))
    assert shown["rapport_spreading_suppliers",] == 40
    named = [key for key in shown if key[0] == "rapport_spreading_supplier_clients"]
    assert len(named) == 5
    assert {shown[key] for key in named} == {30}


def test_the_limit_of_a_common_rise_is_the_policy_s():
    purchases = POLICY.purchases.model_copy(update={"guard_ratio": 2.5})
    policy = POLICY.model_copy(update={"purchases": purchases})
    shown = series(fleet_samples(fleet_context([], policy, DAY, {})))
    assert shown["rapport_population_common_rise_limit_ratio",] == 2.5


def test_each_feed_shows_one_state_and_what_its_rhythm_explains():
    every = [client_inputs(ledger, POLICY, DAY) for ledger in clients(3, 0)]
    shown = series(fleet_samples(fleet_context(every, POLICY, DAY, {})))
    states = {s: shown["rapport_source_state", "procurement", s] for s in ("flowing", "broken")}
    assert states == {"flowing": 1, "broken": 0}
    assert shown["rapport_source_state", "tickets", "unknown"] == 1
    assert ("rapport_source_silence_seconds", "tickets") not in shown
    assert shown["rapport_source_silence_seconds", "procurement"] % 86_400 == 0
    usual = shown["rapport_source_usual_silence_seconds", "procurement"]
    assert 14 * 86_400 <= usual <= 28 * 86_400


def test_a_client_shows_spend_apart_by_sanction_and_by_currency_without_a_rate():
    ledger = next(clients(1, 1))
    ledger.add(END - 2, ("buy", "joint", "software", "usual", "EUR", 12_345), 1)
    own = client_inputs(ledger, POLICY, DAY)
    shared = fleet_context([own], POLICY, DAY, {})
    health = evaluate("finance", ledger, own, CompiledPolicy(POLICY), DAY, shared)
    shown = series(client_samples(Client("finance", "Finance", "team-a", ()), health, POLICY))
    assert shown["rapport_client_purchase_spend", "finance", "joint", "EUR"] == 123.45
    assert shown["rapport_client_purchase_spend", "finance", "outside", "GBP"] == 7000
    assert shown["rapport_client_purchases", "finance", "joint"] == 1
    assert shown["rapport_client_new_suppliers", "finance"] == 0
    assert ("rapport_client_peer_outlier", "finance") not in shown
    assert 0 < shown["rapport_client_outside_purchases_confidence_ratio", "finance"] <= 1


def shown_of(ledger):
    own = client_inputs(ledger, POLICY, DAY)
    shared = fleet_context([own], POLICY, DAY, {})
    health = evaluate("finance", ledger, own, CompiledPolicy(POLICY), DAY, shared)
    return series(client_samples(Client("finance", "Finance", "team-a", ()), health, POLICY))


def test_the_highest_spend_is_of_any_28_days_of_48_weeks():
    def spent(days_ago, euros):
        fact = ("buy", "outside", "software", "usual", "EUR", euros * 100)
        ledger.add(END - days_ago, fact, 1)

    ledger = ClientMeasures()
    for days_ago, euros in ((400, 9000), (363, 300), (337, 300), (100, 200), (30, 250), (27, 8000)):
        spent(days_ago, euros)
    ledger.add(END - 60, ("buy", "joint", "software", "usual", "EUR", 999_900), 1)
    assert shown_of(ledger)["rapport_client_outside_spend_highest", "finance", "EUR"] == 600


def test_the_highest_spend_is_absent_while_half_of_that_time_is_unknown():
    ledger = ClientMeasures()
    ledger.add(END - 195, ("buy", "outside", "software", "usual", "EUR", 100), 1)
    assert ("rapport_client_outside_spend_highest", "finance", "EUR") not in shown_of(ledger)
    ledger.add(END - 196, ("buy", "outside", "software", "usual", "EUR", 100), 1)
    assert shown_of(ledger)["rapport_client_outside_spend_highest", "finance", "EUR"] == 1


def test_signals_are_counted_by_origin_and_one_that_was_not_recorded_is_0():
    ledger = ClientMeasures()
    ledger.add(DAY - 27, ("signal", "options_open", "heard"), 1)
    ledger.add(DAY - 28, ("signal", "options_open", "heard"), 5)
    inner = ("ticket.opened", "request", "P3")
    ledger.add(DAY, ("with-signals", inner, ("raise_the_level",)), 2)
    counts = {
        key[2:]: value
        for key, value in shown_of(ledger).items()
        if key[0] == "rapport_client_signals_heard"
    }
    assert len(counts) == 8
    assert {key for key, value in counts.items() if value} == {
        ("options_open", "person"),
        ("raise_the_level", "text"),
    }
    assert (counts["options_open", "person"], counts["raise_the_level", "text"]) == (1, 2)


def test_a_silent_client_shows_for_how_long_while_the_feed_flows():
    ledger = ClientMeasures()
    for day in range(DAY - 300, DAY - 60, 3):
        ledger.add(day, ("ticket.opened", "request", "P3"), 1)
    busy = ClientMeasures()
    for day in range(DAY - 300, DAY):
        busy.add(day, ("ticket.opened", "request", "P3"), 1)
    own, other = (client_inputs(one, POLICY, DAY) for one in (ledger, busy))
    shared = fleet_context([own, other], POLICY, DAY, {})
    health = evaluate("finance", ledger, own, CompiledPolicy(POLICY), DAY, shared)
    shown = series(client_samples(Client("finance", "Finance", "team-a", ()), health, POLICY))
    assert shown["rapport_client_source_silent", "finance", "tickets"] == 1
    days = shown["rapport_client_source_silence_seconds", "finance", "tickets"] / 86_400
    assert 60 <= days <= 63
    assert ("rapport_client_source_silence_seconds", "finance", "surveys") not in shown


@pytest.mark.parametrize(
    ("state", "days", "shown"),
    [
        ("flowing", 3, {"silent": 0}),
        ("silent", 3, {"silent": 1, "silence_seconds": 259_200}),
        ("silent", None, {"silent": 1}),
        ("broken", 3, {}),
        ("unknown", None, {}),
    ],
)
def test_a_source_of_a_client_shows_whether_it_is_silent_and_only_then_for_how_long(
    state, days, shown
):
    health = SimpleNamespace(client="finance", sources={"tickets": SourceState(state, days, 9)})
    found = series(client_feed_samples(health))
    assert found == {
        (f"rapport_client_source_{name}", "finance", "tickets"): value
        for name, value in shown.items()
    }
