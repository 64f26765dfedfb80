"""Trust: the worked numbers of the domain (section 1.1), and each kind of evidence in its table."""

from fractions import Fraction
from pathlib import Path

import pytest

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.trust import (
    SourceSums,
    capped_sums,
    evidence_of,
    trust,
    trust_coefficients,
    trust_sum_weights,
)

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
TEXT = TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1")  # nothing is withheld
COMPILED = CompiledPolicy(parse_policy(TEXT))
DAY = 20_000
WORKED = {
    "ticket.rated|5|1|5": {DAY: 1},
    "ticket.closed|P3|missed|person": {DAY - 90: 1},
    "answer|client|trust|3|1|5": {DAY - 180: 1},
}


def about(value):
    return pytest.approx(value, abs=1e-7)


def scored(measures, day=DAY, viewpoint="client", compiled=COMPILED):
    return trust(ClientMeasures(measures).sums_at(compiled, day), compiled.trust, viewpoint)


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
    compiled = CompiledPolicy(parse_policy(text))
    measures = {
        "ticket.closed|P2|met|person": {DAY: 90},
        "ticket.closed|P2|missed|person": {DAY: 10},
        "answer|client|trust|5|1|5": {DAY: 4},
        "answer|client|trust|1|1|5": {DAY: 20},
    }
    score = scored(measures, compiled=compiled)
    assert score.shown == about(0.7142857)
    assert points(score) == {"closed": about(0.2857143), "survey": about(-0.0714286)}


def test_no_evidence_is_insufficient_and_never_neutral():
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
    evidence = evidence_of(key, COMPILED.policy.trust)
    assert evidence[1:] == (source, Fraction(weight), Fraction(str(value)))


@pytest.mark.parametrize(
    "key",
    ["ticket.reassigned|2", "answer|client|clarity|1|1|5", "signal|raise_the_level|text"],
)
def test_what_is_no_evidence_counts_for_nothing(key):
    assert evidence_of(key, COMPILED.policy.trust) is None


def test_each_viewpoint_reads_its_own_answers_only():
    measures = {
        "answer|client|trust|1|1|5": {DAY: 5},
        "answer|own|trust|5|1|5": {DAY: 5},
        "answer|independent|trust|3|1|5": {DAY: 5},
    }
    seen = [scored(measures, viewpoint=v).shown for v in ("client", "own", "independent")]
    assert seen == [about(1 / 22), about(21 / 22), about(0.5)]


def test_the_policy_in_integers():
    policy = COMPILED.policy.trust
    terms = trust_coefficients(policy, COMPILED.policy.privacy)
    assert (terms.base, terms.base_denominator, terms.prior) == (1, 2, 2 * UNIT)
    assert (terms.sufficient_uncertainty, terms.minimum_people) == (0.5, 1)
    assert [pair.source for pair in terms.sources["client"]] == [
        *("closed", "promise", "rating", "reassigned", "reopened", "signal", "survey"),
    ]
    assert [pair.source for pair in terms.sources["own"]] == ["survey"]
    assert [pair.source for pair in terms.sources["independent"]] == ["independent"]
    caps = {pair.source: pair.cap // UNIT for pair in terms.sources["client"]}
    assert caps == {
        "closed": 20,
        "promise": 20,
        "rating": 20,
        "reassigned": 5,
        "reopened": 10,
        "signal": 10,
        "survey": 40,
    }
    who = {pair.source: [one.weights for one in pair.people] for pair in terms.sources["client"]}
    assert {source: asked for source, asked in who.items() if asked} == {
        "rating": ["people.client.rated"],
        "survey": [
            "people.client.recommend",
            "people.client.relationship",
            "people.client.trust",
        ],
    }
    assert terms.sources["own"][0].people[2].weights == "people.own.trust"


@pytest.mark.parametrize(("evidence", "uncertainty"), [(0, 1.0), (2, 0.5), (6, 0.25)])
def test_uncertainty_is_the_share_of_the_prior(evidence, uncertainty):
    assert COMPILED.trust.uncertainty(evidence * UNIT) == uncertainty


@pytest.mark.parametrize(("kept", "shown"), [(1, True), (0, False)])
def test_evidence_of_exactly_the_prior_s_weight_is_enough(kept, shown):
    # A promise weighs 2, as the prior does.
    measures = {"promise|kept": {DAY: kept}} if kept else {"ticket.reopened": {DAY: 1}}
    assert (scored(measures).shown is not None) is shown


@pytest.mark.parametrize(
    ("r", "s", "capped"),
    [(0, 0, (0, 0)), (12, 8, (12, 8)), (12, 9, (11, 8)), (30, 10, (15, 5)), (0, 50, (0, 20))],
)
def test_a_source_brings_no_more_than_its_cap_in_the_same_proportion(r, s, capped):
    sums = DecayedSums(DAY, {"for": r, "against": s}, {})
    assert capped_sums(sums, SourceSums("x", "for", "against", 20, ())) == capped


def test_the_distribution_of_trust_is_evidence_and_prior():
    text = TEXT.replace("base_rate = 0.5 ", "base_rate = 0.25")
    score = scored(
        {"promise|kept": {DAY: 2}, "promise|broken": {DAY: 1}},
        compiled=CompiledPolicy(parse_policy(text)),
    )
    # r = 4, s = 2, W = 2, a = 1/4: Beta(4.5, 3.5), and the mean is 4.5 / 8.
    assert score.shape == (4.5, 3.5)
    assert score.shown == about(4.5 / 8)
    assert score.parts == (("promise", (3 * 4 - 2) * UNIT, 3 * 6 * UNIT),)
    assert (score.denominator, score.baseline) == (4 * 8 * UNIT, 8 * UNIT)
    assert score.confidence == about(6 / 8)
    assert score.name == "trust"
    assert scored({}, viewpoint="own").name == "trust.own"


def test_half_a_source_is_not_missing():
    for outcome in ("kept", "broken"):
        assert "promise" not in scored({f"promise|{outcome}": {DAY: 1}}).missing
    assert "survey" in scored({"promise|kept": {DAY: 1}}).missing


@pytest.mark.parametrize(
    ("key", "sums"),
    [
        ("promise|kept", {"trust.client.promise.for": 2}),
        ("promise|broken", {"trust.client.promise.against": 2}),
        (
            "ticket.rated|2|1|5",
            {
                "trust.client.rating.for": 0.375,
                "trust.client.rating.against": 1.125,
                "people.client.rated": 1,
                "people.client.rated.squared": 1,
            },
        ),
        (
            "answer|own|trust|5|1|5",
            {
                "trust.own.survey.for": 4,
                "people.own.trust": 1,
                "people.own.trust.squared": 1,
            },
        ),
        ("answer|client|clarity|5|1|5", {}),
        ("touch|workshop", {}),
    ],
)
def test_what_a_measure_adds_to_which_sum(key, sums):
    sum_weights = trust_sum_weights(key, COMPILED.policy.trust)
    assert {sum_weight.sum_name: sum_weight.units / UNIT for sum_weight in sum_weights} == sums
    days = {
        sum_weight.half_life_days
        for sum_weight in sum_weights
        if sum_weight.sum_name.startswith("trust")
    }
    assert days <= {90}


WITHHOLDING = CompiledPolicy(
    parse_policy(TEXT.replace("minimum_respondents = 1", "minimum_respondents = 5"))
)


@pytest.mark.parametrize(
    ("answers", "other", "withheld", "shown"),
    [
        (5, {}, None, True),
        (4, {}, ("survey",), False),
        (4, {"promise|kept": {DAY: 1}}, ("survey",), True),
        (4, {"ticket.reopened": {DAY: 1}}, ("survey",), False),
    ],
    ids=["enough", "too few", "others are enough alone", "others are not"],
)
def test_the_answers_of_a_small_group_are_combined_with_other_evidence_or_withheld(
    answers, other, withheld, shown
):
    measures = {"answer|client|trust|4|1|5": {DAY: answers}, **other}
    score = scored(measures, compiled=WITHHOLDING)
    assert (score.shown is not None) is shown
    assert (score.withheld and score.withheld.inputs) == withheld
    if withheld and not shown:
        assert (score.parts, score.withheld.minimum, score.confidence) == ((), 5, 0.0)


def test_it_is_enough_when_one_of_the_questions_was_answered_by_enough():
    measures = {"answer|client|trust|4|1|5": {DAY: 5}, "answer|client|recommend|4|1|5": {DAY: 1}}
    assert scored(measures, compiled=WITHHOLDING).withheld is None
