"""Trust: the worked numbers of the domain (section 1.1), and each kind of evidence in its table."""

from fractions import Fraction
from pathlib import Path

import pytest

from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.trust import evidence_of, trust

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
TEXT = TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1")  # nothing is withheld
PLAN = Plan(parse_policy(TEXT))
DAY = 20_000
WORKED = {
    "ticket.rated|5|1|5": {DAY: 1},
    "ticket.closed|P3|missed|person": {DAY - 90: 1},
    "answer|client|trust|3|1|5": {DAY - 180: 1},
}


def about(value):
    return pytest.approx(value, abs=1e-7)


def scored(measures, day=DAY, viewpoint="client", plan=PLAN):
    return trust(ClientMeasures(measures).standing(plan, day), plan.trust, viewpoint)


def points(score):
    return {part.component: score.ratio(part.points) for part in score.parts}


def test_trust_of_the_worked_example():
    score = scored(WORKED)
    assert score.shown == about(0.6315789)
    assert 1 - score.confidence == about(0.4210526)
    expected = {"rating": about(0.1578947), "closed": about(-0.0263158), "survey": about(0)}
    assert points(score) == expected


def test_ninety_days_later_with_nothing_new_there_is_too_little_to_say():
    later = scored(WORKED, DAY + 90)
    assert float(later.value) == about(0.5925926)
    assert 1 - later.confidence == about(0.5925926)
    assert later.shown is None


def test_a_cap_keeps_tickets_from_drowning_answers():
    # r=1, s=5 of a survey: 24 ratings of a weight of 0.25 give it to the unit.
    text = TEXT.replace("survey = 4\n", "survey = 0.25\n").replace(
        "closed_p2 = 1 ", "closed_p2 = 1"
    )
    plan = Plan(parse_policy(text))
    measures = {
        "ticket.closed|P2|met|person": {DAY: 90},
        "ticket.closed|P2|missed|person": {DAY: 10},
        "answer|client|trust|5|1|5": {DAY: 4},
        "answer|client|trust|1|1|5": {DAY: 20},
    }
    score = scored(measures, plan=plan)
    assert score.shown == about(0.7142857)
    assert points(score) == {"closed": about(0.2857143), "survey": about(-0.0714286)}


def test_nothing_known_is_insufficient_and_never_neutral():
    score = scored({})
    assert (score.value, score.confidence, score.sufficient) == (Fraction(1, 2), 0.0, False)
    assert score.shown is None
    assert score.missing == (
        "closed",
        "promise",
        "rating",
        "reassigned",
        "reopened",
        "signal",
        "survey",
    )


@pytest.mark.parametrize(
    ("key", "source", "weight", "value"),
    [
        ("answer|client|trust|4|1|5", "survey", 4, 0.75),
        ("answer|client|recommend|7|0|10", "survey", 4, 0.7),
        ("ticket.rated|2|1|5", "rating", 1.5, 0.25),
        ("ticket.closed|P1|met|person", "closed", 2, 1),
        ("ticket.closed|P2|missed|person", "closed", 1, 0),
        ("ticket.closed|P3|met|auto", "closed", 0.125, 1),
        ("ticket.closed|P4|met|person", "closed", 0.25, 1),
        ("ticket.reopened", "reopened", 1, 0),
        ("ticket.reassigned|3", "reassigned", 0.25, 0),
        ("promise|kept", "promise", 2, 1),
        ("promise|broken", "promise", 2, 0),
        ("signal|options_open|text", "signal", 1, 0),
        ("signal|external_supplier|heard", "signal", 2, 0),
        ("answer|independent|trust|2|1|5", "independent", 6, 0.25),
        ("answer|own|trust|5|1|5", "survey", 4, 1),
    ],
)
def test_every_kind_of_evidence_counts_as_the_table_says(key, source, weight, value):
    evidence = evidence_of(key, PLAN.policy.trust)
    assert evidence[1:] == (source, Fraction(weight), Fraction(str(value)))


@pytest.mark.parametrize(
    "key",
    ["ticket.reassigned|2", "answer|client|clarity|1|1|5", "signal|raise_the_level|text"],
)
def test_what_is_no_evidence_counts_for_nothing(key):
    assert evidence_of(key, PLAN.policy.trust) is None


def test_each_viewpoint_reads_its_own_answers_only():
    measures = {
        "answer|client|trust|1|1|5": {DAY: 5},
        "answer|own|trust|5|1|5": {DAY: 5},
        "answer|independent|trust|3|1|5": {DAY: 5},
    }
    seen = [scored(measures, viewpoint=v).shown for v in ("client", "own", "independent")]
    assert seen == [about(1 / 22), about(21 / 22), about(0.5)]
