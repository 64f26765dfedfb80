"""Client knowledge: the worked numbers of the domain (section 1.4)."""

from pathlib import Path

import pytest

from rapport.streams.core.knowledge import knowledge
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))
DAY = 20_000


def known(observations):
    client = ClientMeasures()
    for facet, source, age_days in observations:
        client.add(DAY - age_days, ("knowledge", facet, source), 1)
    return knowledge(client.standing(PLAN, DAY), PLAN.knowledge)


def facet(found, name):
    return next(facet for facet in found.facets if facet.name == name)


def test_knowledge_of_the_worked_example():
    found = known(
        [
            ("strategic_plan", "client", 100),
            ("goals", "client", 360),
            ("business_strategy", "inferred", 365),
            ("pain_points", "client", 45),
        ]
    )
    assert found.score.shown == pytest.approx(0.6, abs=1e-9)
    assert found.stale == ("goals",)
    assert found.score.missing == ("mission",)
    assert facet(found, "goals").worth == 0.5
    assert facet(found, "business_strategy").source == "inferred"


def test_the_newest_word_counts_even_where_it_is_worth_less():
    found = known([("goals", "client", 30), ("goals", "inferred", 10)])
    assert facet(found, "goals").worth == 0.5
    assert facet(found, "goals").observed_day == DAY - 10


def test_of_one_day_the_client_s_own_word_counts():
    found = known([("goals", "inferred", 10), ("goals", "client", 10)])
    assert facet(found, "goals").source == "client"


def test_a_facet_is_fresh_until_its_last_valid_day():
    assert known([("pain_points", "client", 90)]).stale == ()
    assert known([("pain_points", "client", 91)]).stale == ("pain_points",)


def test_what_was_taken_back_is_unknown_again():
    client = ClientMeasures()
    client.add(DAY - 50, ("knowledge", "goals", "inferred"), 1)
    client.standing(PLAN, DAY)
    client.add(DAY - 5, ("knowledge", "goals", "client"), 1)
    client.add(DAY - 5, ("knowledge", "goals", "client"), -1)
    found = knowledge(client.standing(PLAN, DAY), PLAN.knowledge)
    assert facet(found, "goals").observed_day == DAY - 50
