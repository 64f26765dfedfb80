"""Engagement: the worked numbers of the domain (section 1.2)."""

from pathlib import Path

import pytest

from rapport.streams.core.decay import UNIT
from rapport.streams.core.engagement import (
    ANSWERED,
    ASKED,
    BREADTH,
    CONTACT,
    FREQUENCY,
    INVITED,
    STRATEGIC,
    TOUCHPOINTS,
    engagement,
)
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.tallies import Standing

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
TEXT = TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1")  # nothing is withheld
PLAN = Plan(parse_policy(TEXT))
DAY = 20_000


def about(value):
    return pytest.approx(value, abs=1e-7)


def scored(measures):
    return engagement(ClientMeasures(measures).standing(PLAN, DAY), PLAN.engagement)


def points(score):
    return {part.component: score.ratio(part.points) for part in score.parts}


def test_engagement_of_the_worked_example():
    sums = {
        FREQUENCY: 4 * UNIT,
        TOUCHPOINTS: UNIT,
        BREADTH["it_team"]: 5 * UNIT,
        BREADTH["project_managers"]: UNIT,
        ANSWERED: 2 * UNIT,
        INVITED: 4 * UNIT,
        STRATEGIC: UNIT // 2,
        ASKED[0].weights: 4 * UNIT,
        ASKED[0].squares: 4 * UNIT,
    }
    score = engagement(Standing(DAY, sums, {CONTACT: DAY - 15}), PLAN.engagement)
    got = points(score)
    breadth = [got.pop(name) for name in list(got) if name.startswith("breadth.")]
    assert sum(breadth) == about(0.1015864)
    assert got == {
        "recency": about(0.1414214),
        "frequency": about(0.0666667),
        "response": about(0.0650000),
        "strategic": about(0.0666667),
    }
    assert score.shown == about(0.4413411)


def test_no_contact_is_no_number():
    score = scored({})
    assert float(score.value) == about(0.045)
    assert score.shown is None
    assert "contact" in score.missing


def test_the_role_that_never_comes_is_the_one_that_misses_points():
    score = scored({"touch|workshop": {DAY: 9}, "touch.role|workshop|it_team": {DAY: 9}})
    lacking = [part.component for part in score.lacking()]
    assert {"breadth.cio", "breadth.it_management", "breadth.project_managers"} <= set(lacking)
    present = next(part for part in score.parts if part.component == "breadth.it_team")
    assert present.points > 0.99 * present.possible


def test_an_incident_is_contact_and_hardly_engagement():
    incidents = points(scored({"ticket.opened|incident|P3": {DAY: 5}}))
    workshops = points(scored({"touch|workshop": {DAY: 5}}))
    assert incidents["recency"] == workshops["recency"] == about(0.2)
    assert incidents["frequency"] < 0.2 * workshops["frequency"]


def test_answers_of_it_itself_are_no_response_of_the_client():
    client = ClientMeasures()
    client.add(DAY, ("survey.invited", "own"), 4)
    client.add(DAY, ("survey.answered", "own", (("trust", 5, 1, 5),), 0), 4)
    score = engagement(client.standing(PLAN, DAY), PLAN.engagement)
    assert points(score)["response"] == about(0.15 * 0.3)
