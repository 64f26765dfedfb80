"""The series of the evidence behind the scores."""

from pathlib import Path

from rapport.domain.clients.registry import Client
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.monitoring.metrics import purchases, relationship, scores
from rapport.monitoring.metrics.catalogue import client_samples

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
DAY = 20_000
EVIDENCE = (*scores.INTERVALS, *purchases.EVIDENCE, *relationship.EVIDENCE, relationship.TRUST_VIEW)
TOUCH = ("touch", "workshop", ("cio",), ("crm",), (), True)


def health_of(*facts):
    client = ClientMeasures()
    for day, fact, times in facts:
        client.add(day, fact, times)
    own = client_inputs(client, POLICY, DAY)
    return evaluate(
        "finance", client, own, CompiledPolicy(POLICY), DAY, fleet_context([own], POLICY, DAY, {})
    )


def shown(*facts):
    client = Client("finance", "Finance", "team-a", ())
    every = client_samples(client, health_of(*facts), POLICY)
    samples = [one for one in every if one.metric in EVIDENCE]
    found = {
        (one.metric.series.removeprefix("rapport_client_"), *one.labels[1:]): one.value
        for one in samples
    }
    assert len(found) == len(samples)
    return found


def test_a_client_without_events_has_no_series_about_people():
    assert {key[0] for key in shown()} == {"outside_purchases_threshold"}


def test_the_threshold_is_the_first_count_that_would_be_an_alert():
    bought = [
        (day, ("buy", "outside", "software", "acme", "EUR", 10_000), 1)
        for day in range(DAY - 400, DAY, 9)
    ]
    rise, limits = health_of(*bought).purchases, POLICY.purchases
    threshold = shown(*bought)["outside_purchases_threshold",]
    assert threshold > rise.expected > 1
    at = [tail(n, rise.expected, rise.size) for n in (threshold - 1, threshold)]
    assert at[1] < limits.alert_probability <= at[0]


def test_a_role_below_the_minimum_group_has_no_series():
    below, at_minimum = shown((DAY, TOUCH, 4)), shown((DAY, TOUCH, 5))
    assert not [key for key in below if key[0].startswith("role_")]
    assert at_minimum["role_touchpoints", "cio"] == 5
    assert at_minimum["role_message_share_ratio", "cio"] == 1


def test_trust_lies_between_its_bounds_and_a_facet_has_the_day_it_was_learned():
    answers = (DAY, ("survey.answered", "client", (("trust", 4, 1, 5),), None), 9)
    health = health_of(answers)
    found = shown(answers, (DAY - 3, ("knowledge", "goals", "client"), 1))
    low, high = found["score_low_ratio", "trust"], found["score_high_ratio", "trust"]
    assert 0 < low < health.trust.shown < high < 1
    assert found["knowledge_facet_observed_timestamp_seconds", "goals"] == (DAY - 3) * 86_400


def test_trust_as_it_itself_believes_stands_apart_from_the_client_s():
    own = (DAY, ("survey.answered", "own", (("trust", 5, 1, 5),), None), 9)
    found = shown(own)
    assert found["trust_view_ratio", "own"] == health_of(own).perception.own.shown > 0.7
    assert ("trust_view_ratio", "independent") not in found


def test_at_most_three_suppliers_are_named_each_with_what_it_was_paid():
    found = shown(
        *(
            (DAY - 7, ("buy", "outside", "software", f"{name} co", "GBP", minor), 1)
            for name, minor in (("a", 100), ("b", 5_000), ("c", 4_000), ("d", 3_000))
        )
    )
    paid = {key[1:]: value for key, value in found.items() if key[0] == "supplier_spend"}
    assert paid == {("b co", "GBP"): 50, ("c co", "GBP"): 40, ("d co", "GBP"): 30}
