"""Engagement: the worked numbers of the domain (section 1.2)."""

from pathlib import Path

import pytest

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.engagement import (
    ANSWERED,
    ASKED,
    BREADTH,
    CONTACT,
    FREQUENCY,
    INVITED,
    STRATEGIC,
    TOUCHPOINTS,
    contact_mark,
    engagement,
    engagement_sum_weights,
)

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
PRIVATE = CompiledPolicy(parse_policy(TEXT))
TEXT = TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1")  # nothing is withheld
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000


def about(value):
    return pytest.approx(value, abs=1e-7)


def scored(measures):
    return engagement(ClientMeasures(measures).sums_at(COMPILED, DAY), COMPILED.engagement)


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
    score = engagement(DecayedSums(DAY, sums, {CONTACT: DAY - 15}), COMPILED.engagement)
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
    score = engagement(client.sums_at(COMPILED, DAY), COMPILED.engagement)
    assert points(score)["response"] == about(0.15 * 0.3)


def people(*named):
    """The weights that count one person each, in a half-life of 180 days and half of that."""
    return tuple(
        SumWeight(f"people.{name}{squared}", days, UNIT)
        for name in named
        for squared, days in (("", 180), (".squared", 90))
    )


@pytest.mark.parametrize(
    ("measure", "sum_weights"),
    [
        (
            "touch|workshop",
            (
                SumWeight("engagement.frequency", 60, 2 * UNIT),
                SumWeight("engagement.touchpoints", 60, UNIT),
            ),
        ),
        (
            "ticket.opened|request|P3",
            (
                SumWeight("engagement.frequency", 60, round(0.3 * UNIT)),
                SumWeight("engagement.breadth.it_team", 90, round(0.3 * UNIT)),
            ),
        ),
        ("touch.role|roadmap_talk|cio", (SumWeight("engagement.breadth.cio", 90, 3 * UNIT),)),
        ("touch.strategic", (SumWeight("engagement.strategic", 120, UNIT),)),
        ("survey.invited", (SumWeight("engagement.invited", 180, UNIT), *people("invited"))),
        ("survey.answered", (SumWeight("engagement.answered", 180, UNIT), *people("answered"))),
        ("promise|kept", ()),
    ],
)
def test_what_a_measure_counts_for(measure, sum_weights):
    assert engagement_sum_weights(measure, COMPILED.policy.engagement) == sum_weights


@pytest.mark.parametrize(
    ("measure", "mark"),
    [
        ("touch|workshop", "contact"),
        ("ticket.opened|incident|P3", "contact"),
        ("touch.role|workshop|cio", None),
        ("survey.answered", None),
    ],
)
def test_touchpoints_and_opened_tickets_are_contact(measure, mark):
    assert contact_mark(measure) == mark


def test_each_component_could_give_its_weight():
    score = engagement(DecayedSums(DAY, {}, {}), COMPILED.engagement)
    assert {part.component: score.ratio(part.possible) for part in score.parts} == {
        "breadth.cio": 0.0625,
        "breadth.it_management": 0.0625,
        "breadth.it_team": 0.0625,
        "breadth.project_managers": 0.0625,
        "frequency": 0.2,
        "recency": 0.2,
        "response": 0.15,
        "strategic": 0.2,
    }
    assert (score.baseline, points(score)["recency"]) == (0, 0)


ALL = ("contact", "touchpoints", "survey invitations", "strategic conversations")


@pytest.mark.parametrize(
    ("sums", "newest", "missing", "sufficient"),
    [
        ({}, {}, ALL, False),
        ({}, {CONTACT: DAY}, ALL[1:], True),
        ({INVITED: 9}, {}, (*ALL[:2], ALL[3]), False),
        ({ANSWERED: 9}, {}, ALL, True),
        ({ANSWERED: 2**-40}, {}, ALL, True),
        ({TOUCHPOINTS: 1, INVITED: 1, STRATEGIC: 1}, {CONTACT: DAY}, (), True),
    ],
    ids=["nothing", "contact", "invitations", "answers", "the least", "all"],
)
def test_confidence_is_the_share_of_inputs_that_are_known(sums, newest, missing, sufficient):
    asked = {name: 9 * UNIT for counted in ASKED for name in counted}
    sums = {name: round(count * UNIT) for name, count in sums.items()}
    decayed = DecayedSums(DAY, asked | sums, newest)
    score = engagement(decayed, COMPILED.engagement)
    assert (score.missing, score.sufficient) == (missing, sufficient)
    assert score.confidence == 1 - len(missing) / 4


@pytest.mark.parametrize(
    ("invited", "answered", "withheld"),
    [(0, 3, True), (3, 0, True), (3, 3, True), (0, 5, False), (5, 0, False), (5, 3, False)],
)
@pytest.mark.parametrize("touches", [0, 6])
def test_the_response_of_a_small_group_is_withheld_invited_or_not(
    invited, answered, withheld, touches
):
    client = ClientMeasures()
    for times, fact in (
        (invited, ("survey.invited",)),
        (answered, ("survey.answered", "client", (), 0)),
        (touches, ("touch", "workshop", ("cio",), (), (), None)),
    ):
        if times:
            client.add(DAY, fact, times)
    score = engagement(client.sums_at(PRIVATE, DAY), PRIVATE.engagement)
    assert (score.withheld is not None) is withheld
    assert ("response" in points(score)) is not withheld
    if withheld:
        assert (score.withheld.inputs, score.withheld.minimum) == (("response",), 5)
    if withheld and not touches:
        assert (score.parts, score.sufficient) == ((), False)


@pytest.mark.parametrize(
    ("invited", "answered", "response"),
    [(4, 2, 2.6 / 6), (0, 2, 2.6 / 4), (2, 4, 4.6 / 6), (4, 0, 0.6 / 6)],
    ids=["as asked", "not invited", "more answers than invitations", "nobody answered"],
)
def test_the_response_is_answers_over_invitations_with_a_prior_of_two(invited, answered, response):
    sums = {INVITED: invited * UNIT, ANSWERED: answered * UNIT}
    sums |= {name: 9 * UNIT for counted in ASKED for name in counted}
    score = engagement(DecayedSums(DAY, sums, {}), COMPILED.engagement)
    assert points(score)["response"] == about(0.15 * response)
