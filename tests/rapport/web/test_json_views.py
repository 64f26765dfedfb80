"""A client as JSON, with the names that programs read."""

from rapport.domain.clients.registry import Client
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.runtime.policy_file import load_policy
from rapport.web.json_views import client_json

COMPILED = CompiledPolicy(load_policy(None))
DAY = 20_000
FACTS = [
    (DAY - 5, ("buy", "outside", "software", "acme", "EUR", 1250), 2),
    (DAY - 5, ("buy", "sanctioned", "software", "acme", "EUR", 990), 1),
    (DAY - 2, ("touch", "workshop", ("it_team",), (), (), True), 6),
]


def client():
    measures = ClientMeasures()
    for day, fact, times in FACTS:
        measures.add(day, fact, times)
    own = client_inputs(measures, COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    health = evaluate("finance", measures, own, COMPILED, DAY, shared)
    return client_json(
        Client("finance", "Finance", "team-a", ()), health, COMPILED.policy.compare, {}
    )


def test_a_client_has_every_score_under_its_name():
    found = client()
    assert {"trust", "engagement", "perception", "knowledge", "participation", "maturity"} <= {
        name for name, value in found.items() if isinstance(value, dict) and "value" in value
    }
    assert found["participation"]["roles"][0].keys() == {
        "name",
        "touchpoints",
        "message",
        "takes_part",
    }
    assert found["trust"]["gains"] == {}
    assert found["engagement"]["gains"].keys() == {
        *(f"breadth.{role}" for role in ("cio", "it_management", "it_team", "project_managers")),
        *("frequency", "recency", "response", "strategic"),
    }
    assert found["impact"].keys() == {"trust", "engagement", "knowledge", "participation"}


def test_every_score_says_how_much_is_known_and_how_old_it_is():
    found = client()
    nothing = {"level": "none", "newest_days": None, "old_ratio": 0.0, "mostly_old": False}
    assert found["trust"]["evidence"] == found["perception"]["own"]["evidence"] == nothing
    assert found["engagement"]["evidence"] == nothing | {"level": "fair", "newest_days": 2}


def test_each_score_says_its_scale_and_the_divergence_its_signs():
    found = client()
    scales = {name: found[name]["scale"] for name in ("trust", "perception", "maturity")}
    assert scales == {"trust": [0, 1], "perception": [-1, 1], "maturity": [1, 3]}
    assert [sign["pattern"] for sign in found["divergence"]["signs"]] == [
        "green_while_buying",
        "trusted_while_silent",
    ]
    green, _ = found["divergence"]["signs"]
    assert green["sides"] == {"tickets_green": None, "buying_rises": None}
    assert green["strength"] is None


def test_purchases_are_counted_by_sanction():
    purchases = client()["purchases"]
    assert purchases["sanctions"] == {
        "joint": 0,
        "outside": 2,
        "sanctioned": 1,
        "unclassified": 0,
    }
    assert purchases["spend"] == {"EUR": "25.00"}
    # The same window for every figure: the four weeks to Sunday 29 September 2024.
    assert (purchases["first_day"], purchases["last_day"]) == (DAY - 32, DAY - 5)
    assert purchases["observed"] == purchases["sanctions"]["outside"]


def test_purchases_of_a_new_client_are_not_known_yet():
    purchases = client()["purchases"]
    assert (purchases["state"], purchases["history_weeks"]) == ("unknown", 1)
    assert purchases["history_weeks_minimum"] == 8
    assert purchases["least_amounts"] == {}
    assert purchases["false_alerts"]["clients"] == 1
