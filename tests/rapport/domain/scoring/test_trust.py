"""Trust: the worked numbers of the domain (section 1.1), and each kind of evidence in its table."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.newest_evidence import EvidenceTotals
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evidence import EvidenceLevel
from rapport.domain.scoring.trust import (
    CLOSED_SUMS,
    capped_evidence,
    closed_sum_weights,
    evidence_of,
    trust,
    trust_coefficients,
    trust_evidence_weights,
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


def about(value, within=1e-7):
    return pytest.approx(value, abs=within)


def scored(measures, day=DAY, viewpoint="client", compiled=COMPILED):
    return trust(ClientMeasures(measures).sums_at(compiled, day), compiled.trust, viewpoint)


def points(score):
    return {part.component: score.ratio(part.points) for part in score.parts}


def test_trust_of_the_worked_example():
    score = scored(WORKED)
    assert float(score.value) == about(0.6315789)
    assert 1 - score.confidence == about(0.4210526)
    assert score.shown is None
    expected = {"rating": about(0.1578947), "closed": about(-0.0263158), "survey": about(0)}
    assert points(score) == expected


def test_ninety_days_later_with_nothing_new_less_is_known():
    later = scored(WORKED, DAY + 90)
    assert float(later.value) == about(0.5925926)
    assert 1 - later.confidence == about(0.5925926)
    assert later.shown is None


HUNDRED = {"answer|client|trust|4|1|5": {DAY: 100}}
"""A hundred answers of weight 4 and value 0.75 on one day."""


@pytest.mark.parametrize(
    ("age", "value", "uncertainty"),
    [
        (0, 0.7380952, 0.0476190),
        (90, 0.7272727, 0.0909091),
        (270, 0.6785714, 0.2857143),
    ],
)
def test_old_evidence_fades_although_there_was_plenty_of_it(age, value, uncertainty):
    score = scored(HUNDRED, DAY + age)
    assert (float(score.value), 1 - score.confidence) == (about(value), about(uncertainty))


def test_new_answers_count_before_old_ones_and_do_not_restore_what_those_said():
    measures = {**HUNDRED, "answer|client|trust|2|1|5": {DAY + 90: 6}}
    sums = ClientMeasures(measures).sums_at(COMPILED, DAY + 90)
    newest = sums.evidence["trust.client.survey"]
    units = [number / UNIT for number in (newest.amount, newest.positive, newest.negative)]
    assert units == [32, 27, 25]
    score = trust(sums, COMPILED.trust)
    assert (float(score.value), 1 - score.confidence) == (about(0.5180995), about(0.0588235))
    assert points(score) == {"survey": about(0.0180995)}


ANSWERS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 5), st.integers(1, 12)), max_size=12
)
"""(age in days, score from 1 to 5, number of answers)"""


def answers(given_answers, viewpoint="own"):
    measures = {}
    for age, score, times in given_answers:
        days = measures.setdefault(f"answer|{viewpoint}|trust|{score}|1|5", {})
        days[DAY - age] = days.get(DAY - age, 0) + times
    return measures


@given(ANSWERS, st.integers(1, 12))
def test_an_answer_of_0_never_raises_trust_and_one_of_1_never_lowers_it(earlier, times):
    before, low, high = (
        scored(answers([*earlier, *more]), viewpoint="own").value
        for more in ([], [(0, 1, times)], [(0, 5, times)])
    )
    # Decay is rounded to units of 2^-40.
    assert low <= before + Fraction(1, 2**38)
    assert high >= before - Fraction(1, 2**38)


OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "promise|broken": st.integers(1, 9),
        "promise|kept": st.integers(1, 9),
        "ticket.closed|P1|missed|person": st.integers(1, 9),
        "ticket.closed|P1|met|person": st.integers(1, 9),
        "ticket.reopened": st.integers(1, 9),
        "signal|options_open|heard": st.integers(1, 9),
    },
)


@given(ANSWERS, st.integers(1, 12), OTHERS)
def test_beside_bad_evidence_of_other_sources_it_raises_trust_by_less_than_two_points(
    earlier, times, others
):
    rest = {key: {DAY: count} for key, count in others.items()}
    before, low, high = (
        scored(answers([*earlier, *more], "client") | rest).value
        for more in ([], [(0, 1, times)], [(0, 5, times)])
    )
    assert low <= before + Fraction(2, 100)
    assert high >= before - Fraction(2, 100)


def test_a_worked_example_of_an_answer_of_0_that_raises_trust():
    # Ten old answers of 1 count for 40 / 16 units. One of 0 renews 4 of the 40 units of the source.
    others = {"promise|broken": {DAY: 20}, "signal|options_open|heard": {DAY: 7}}
    old = {"answer|client|trust|5|1|5": {DAY - 360: 20}, **others}
    new = {"answer|client|trust|1|1|5": {DAY: 1}, **old}
    assert float(scored(old).value) == about(3.5 / 31.5)
    assert float(scored(new).value) == about((6.25 * 4.75 / 8.75 + 1) / 35.25)
    assert scored(new).value - scored(old).value == about(Fraction(135, 10_000), 1e-4)


@given(ANSWERS)
def test_uncertainty_never_falls_with_nothing_new(earlier):
    client = ClientMeasures(answers(earlier))
    doubts = [
        1 - trust(client.sums_at(COMPILED, DAY + days), COMPILED.trust, "own").confidence
        for days in range(0, 700, 50)
    ]
    assert doubts == sorted(doubts)


@given(ANSWERS)
def test_trust_equals_the_capped_sums_where_all_evidence_is_of_today(earlier):
    assume(earlier)
    today = [(0, score, times) for _, score, times in earlier]
    r = sum(Fraction(4 * times * (score - 1), 4) for _, score, times in today)
    whole = sum(4 * times for _, _, times in today)
    share = min(Fraction(1), Fraction(40) / whole)
    expected = (r * share + 1) / (whole * share + 2)
    assert scored(answers(today), viewpoint="own").value == about(expected, 1e-11)


@pytest.mark.parametrize(
    ("promises", "level"),
    [
        (0, EvidenceLevel.NONE),
        (2, EvidenceLevel.NONE),
        (3, EvidenceLevel.THIN),
        (7, EvidenceLevel.THIN),
        (8, EvidenceLevel.FAIR),
    ],
)
def test_the_level_of_evidence_of_promises_that_weigh_2_each(promises, level):
    score = scored({"promise|kept": {DAY: promises}} if promises else {})
    assert score.evidence.level is level
    assert (score.shown is None) is (level is EvidenceLevel.NONE)


@pytest.mark.parametrize(("answered", "level"), [(7, "fair"), (8, "strong")])
def test_eight_answers_are_strong_evidence(answered, level):
    assert scored({"answer|client|trust|4|1|5": {DAY: answered}}).evidence.level.key == level


def test_the_age_of_evidence_is_of_its_newest_and_of_its_weight():
    # 24 units are of today, and 16 of the 40 of the source are 91 days old.
    measures = {"answer|client|trust|2|1|5": {DAY: 6}, "answer|client|trust|4|1|5": {DAY - 91: 100}}
    old = 16 * 2 ** (-91 / 90)
    evidence = scored(measures).evidence
    assert (evidence.newest_days, evidence.old_ratio) == (0, about(old / (24 + old)))
    assert not evidence.mostly_old
    later = scored(measures, DAY + 91).evidence
    assert (later.newest_days, later.old_ratio, later.mostly_old) == (91, 1.0, True)
    assert scored(measures, DAY + 90).evidence.mostly_old is False


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
    assert terms.minimum_people == 1
    assert list(terms.sources["own"]) == ["survey"]
    assert list(terms.sources["independent"]) == ["independent"]
    assert {name: source.cap // UNIT for name, source in terms.sources["client"].items()} == {
        "closed": 20,
        "promise": 20,
        "rating": 20,
        "reassigned": 5,
        "reopened": 10,
        "signal": 10,
        "survey": 40,
    }
    assert terms.sources["own"]["survey"] == ("trust.own.survey", 90, 40 * UNIT)


@pytest.mark.parametrize(("evidence", "uncertainty"), [(0, 1.0), (2, 0.5), (6, 0.25)])
def test_uncertainty_is_the_share_of_the_prior(evidence, uncertainty):
    assert COMPILED.trust.uncertainty(evidence * UNIT) == uncertainty


@pytest.mark.parametrize(
    ("r", "s", "capped"),
    [(0, 7, (0, 7)), (12, 8, (12, 8)), (12, 9, (11, 9)), (30, 10, (15, 5)), (0, 50, (0, 20))],
)
def test_a_source_brings_no_more_than_its_cap_in_the_same_proportion(r, s, capped):
    kept = COMPILED.trust.sources["client"]["closed"]
    newest = EvidenceTotals(kept._replace(cap=20), [DAY], [r], [s], {}).newest_at(DAY)
    assert capped_evidence(newest) == capped


def test_evidence_that_decayed_to_nothing_is_missing():
    assert "promise" in scored({"promise|kept": {DAY - 90 * 45: 1}}).missing


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
    ("key", "source", "units", "question"),
    [
        ("promise|kept", "trust.client.promise", (2, 0), None),
        ("promise|broken", "trust.client.promise", (0, 2), None),
        ("ticket.rated|2|1|5", "trust.client.rating", (0.375, 1.125), "rated"),
        ("answer|own|trust|5|1|5", "trust.own.survey", (4, 0), "trust"),
        (
            "answer|independent|recommend|1|1|5",
            "trust.independent.independent",
            (0, 6),
            "recommend",
        ),
    ],
)
def test_what_a_measure_weighs_as_evidence_of_which_source(key, source, units, question):
    (weight,) = trust_evidence_weights(key, COMPILED.policy.trust)
    assert (weight.source.name, weight.source.half_life_days) == (source, 90)
    assert (weight.positive / UNIT, weight.negative / UNIT, weight.question) == (*units, question)


@pytest.mark.parametrize("key", ["answer|client|clarity|5|1|5", "touch|workshop"])
def test_a_measure_that_is_no_evidence_weighs_nothing(key):
    assert trust_evidence_weights(key, COMPILED.policy.trust) == ()


def test_closed_tickets_are_also_counted_by_whether_they_were_on_time():
    met, missed = CLOSED_SUMS
    policy = COMPILED.policy.trust
    assert closed_sum_weights("ticket.closed|P1|met|person", policy) == ((met, 90, 2 * UNIT),)
    assert closed_sum_weights("ticket.closed|P3|missed|auto", policy) == ((missed, 90, UNIT // 8),)
    assert closed_sum_weights("promise|kept", policy) == ()


WITHHOLDING = CompiledPolicy(
    parse_policy(TEXT.replace("minimum_respondents = 1", "minimum_respondents = 5"))
)


@pytest.mark.parametrize(
    ("answers", "other", "withheld", "shown"),
    [
        (5, {}, None, True),
        (4, {}, ("survey",), False),
        (4, {"promise|kept": {DAY: 3}}, ("survey",), True),
        (4, {"ticket.reopened": {DAY: 5}}, ("survey",), False),
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
