"""Engagement: the worked numbers of the domain, and what a silence costs."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    TOUCHED,
    TOUCHPOINTS,
    contact_mark,
    engagement,
    engagement_sum_weights,
    silence_factor,
    touched_days,
    usual_silence_days,
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
        "silence": 0,
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
        "silence": 0,
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
        ({INVITED: 9, ANSWERED: 9}, {}, (*ALL[:2], ALL[3]), True),
        ({INVITED: 9, ANSWERED: 2**-40}, {}, (*ALL[:2], ALL[3]), True),
        ({ANSWERED: 9}, {}, ALL, False),
        ({TOUCHPOINTS: 1, INVITED: 1, STRATEGIC: 1}, {CONTACT: DAY}, (), True),
    ],
    ids=["nothing", "contact", "invitations", "answers", "the least", "answers alone", "all"],
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


SILENCE = COMPILED.policy.engagement.silence
WEEKLY = range(DAY - 350, DAY + 1, 7)


def silent(days, day=DAY, kind="workshop"):
    """Engagement on a day, of touchpoints with all roles on the given days."""
    client = ClientMeasures()
    roles = ("cio", "it_management", "it_team", "project_managers")
    for at in days:
        client.add(at, ("touch", kind, roles, (), ("goals",), None), 1)
    return engagement(client.sums_at(COMPILED, day), COMPILED.engagement)


@pytest.mark.parametrize(
    ("days", "factor"),
    [(0, 1.0), (30, 1.0), (31, 2 ** (-1 / 60)), (90, 0.5), (150, 0.25)],
    ids=["today", "as usual", "a day longer", "three months", "five months"],
)
def test_weekly_contact_and_then_none_halves_engagement_every_sixty_days(days, factor):
    score = silent(WEEKLY, DAY + days)
    whole = sum(part.points for part in score.parts if part.component != "silence")
    assert score.numerator / whole == about(factor)
    assert points(score)["silence"] == about(-(1 - factor) * whole / score.denominator)


def test_ninety_days_of_silence_make_57_of_100_into_28_and_a_half():
    # .85 of .2 (frequency), all of .25 (roles), .3 of .15 (response), .525 of .2 (strategic).
    sums = {FREQUENCY: 8 * 0.85 / 0.15, STRATEGIC: 0.525 / 0.475}
    sums |= {BREADTH[role]: 40 for role in BREADTH}
    units = {name: round(amount * UNIT) for name, amount in sums.items()}
    for age, shown in ((90, 0.285), (30, 0.57)):
        days = {TOUCHED: [at - age for at in WEEKLY]}
        score = engagement(DecayedSums(DAY, units, {}, days), COMPILED.engagement)
        assert float(score.value) == about(shown)
        assert points(score)["silence"] == about(shown - 0.57)


@pytest.mark.parametrize(
    ("touched", "usual"),
    [
        ([], 30),
        ([100], 30),
        ([100, 120, 140], 30),
        ([100, 120, 140, 160], 60),
        ([100, 107, 114, 121], 30),
        ([100, 110, 120, 130, 140], 30),
        ([100, 110, 120, 131, 142], 31.5),
        ([100, 140, 180, 220], 120),
        ([100, 141, 182, 223], 120),
        ([100, 139, 178, 217], 117),
        ([100, 400, 420, 440, 465], 67.5),
        ([99, 400, 420, 440, 465], 60),
        ([99, 100, 101, 102, 467], 30),
    ],
    ids=[
        "never",
        "once",
        "two gaps",
        "three gaps",
        "weekly",
        "ten days",
        "ten and a half",
        "forty",
        "beyond the maximum",
        "just below it",
        "the oldest gap is just within a year",
        "the oldest gap is not within a year",
        "too few gaps within a year",
    ],
)
def test_the_usual_silence_is_three_median_gaps_within_bounds(touched, usual):
    assert usual_silence_days(touched, SILENCE) == usual


def usual_by_hand(touched):
    within = [at for at in touched if at >= touched[-1] - 365]
    gaps = [later - earlier for earlier, later in pairwise(within)]
    return 30 if len(gaps) < 3 else min(120, max(30, 3 * median(gaps)))


@given(st.sets(st.integers(0, 900), min_size=1, max_size=40), st.integers(0, 400))
def test_the_factor_of_any_touchpoints_is_that_of_the_formula(days, age):
    touched = sorted(days)
    factor = silence_factor(touched, touched[-1] + age, SILENCE)
    assert 0 < factor <= UNIT
    assert factor / UNIT == about(2 ** (-max(0, age - usual_by_hand(touched)) / 60))
    assert factor >= silence_factor(touched, touched[-1] + age + 1, SILENCE)


@given(st.sets(st.integers(0, 300), max_size=30), st.integers(0, 400))
def test_silence_costs_a_part_of_the_score_exactly(ages, later):
    score = silent((DAY - age for age in ages), DAY + later)
    others = sum(part.points for part in score.parts if part.component != "silence")
    touched = sorted(DAY - age for age in ages)
    factor = Fraction(silence_factor(touched, DAY + later, SILENCE), UNIT)
    assert 0 <= score.numerator - others * factor < 1
    assert score.numerator == score.baseline + sum(part.points for part in score.parts)


def test_a_ticket_does_not_end_a_silence_and_a_touchpoint_does():
    measures = {"touch|workshop": dict.fromkeys(WEEKLY, 1)}
    tickets = {"ticket.opened|incident|P3": {DAY + 90: 1}}
    asked = ClientMeasures(measures | tickets).sums_at(COMPILED, DAY + 90)
    assert points(engagement(asked, COMPILED.engagement))["silence"] < -0.1
    measures["touch|roadmap_talk"] = {DAY + 90: 1}
    met = ClientMeasures(measures).sums_at(COMPILED, DAY + 90)
    assert points(engagement(met, COMPILED.engagement))["silence"] == 0


def test_without_a_touchpoint_there_is_no_silence_to_pay_for():
    score = scored({"ticket.opened|incident|P3": {DAY - 300: 9}})
    assert points(score)["silence"] == 0


@pytest.mark.parametrize(
    ("measure", "day_set"),
    [
        ("touch|workshop", "touchpoints"),
        ("touch.role|workshop|cio", None),
        ("ticket.opened|incident|P3", None),
    ],
)
def test_the_days_that_are_kept_are_those_of_touchpoints(measure, day_set):
    assert touched_days(measure) == day_set
    assert COMPILED.rule(measure).day_set == day_set
