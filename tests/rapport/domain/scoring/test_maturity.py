"""The maturity stage: the worked example of the domain (section 1.5), and each criterion."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.policy.model import PolicyError, parse_policy
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.maturity import (
    ANTICIPATOR,
    PARTNER,
    SUPPLIER,
    Criterion,
    CriterionValues,
    StagesMet,
    criteria_counts,
    criterion_values,
    maturity,
    maturity_index,
    maturity_sum_weights,
    stage_after,
    stages_met,
)
from rapport.domain.scoring.score import Part, Score

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
POLICY = parse_policy(TEXT).maturity
GOOD = CriterionValues(
    trust=0.80,
    uncertainty=0.2,
    engagement=0.70,
    knowledge=0.85,
    gap=0.05,
    strategic_talks=2.0,
    proposals_accepted=3.0,
)
NO_EVIDENCE = CriterionValues(None, 1.0, None, None, None, 0.0, 0.0)
ALL, NONE = StagesMet(*(True,) * 4), StagesMet(*(False,) * 4)


class Purchases:
    """Outside purchases of a test: which weeks alert, and the ratio of all."""

    def __init__(self, alerting=(), ratio=0.0, *, has_feed=True):
        self.has_feed, self._alerting, self._ratio = has_feed, alerting, ratio

    def alerts(self, weeks_ago):
        return weeks_ago in self._alerting

    def ratio(self, _weeks_ago):
        return self._ratio


CALM = Purchases()


def bits(text):
    return [character == "1" for character in text if character != " "]


def folded(ups, stays):
    ups, stays = bits(ups), bits(stays)
    return [
        stage_after(tick, lambda week, _: ups[week], lambda week, _: stays[week], POLICY).stage
        for tick in range(1, len(ups) + 1)
    ]


def test_four_weeks_in_a_row_promote_and_not_three():
    stages = folded("1110 1111", "0" * 8)
    assert stages.index(PARTNER) == 7


def test_eight_bad_weeks_in_a_row_demote_and_not_seven():
    stages = folded("1111" + "0" * 16, "1111" + "0" * 7 + "1" + "0" * 8)
    assert stages[3] == PARTNER
    assert stages.index(SUPPLIER, 4) == 4 + 16 - 1


def test_one_step_at_a_time_and_the_counters_start_again():
    stages = folded("1" * 12, "1" * 12)
    assert (stages.index(PARTNER), stages.index(ANTICIPATOR), stages[-1]) == (3, 7, ANTICIPATOR)


def steps(ups, stays):
    ups, stays = bits(ups), bits(stays)
    return [
        stage_after(tick, lambda week, _: ups[week], lambda week, _: stays[week], POLICY).step
        for tick in range(1, len(ups) + 1)
    ]


def test_a_step_is_news_for_four_closed_weeks():
    won = steps("1111" + "0" * 6, "1" * 10)
    assert won == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    lost = steps("1111" + "0" * 14, "1111" + "0" * 14)
    assert lost[11:] == [-1, -1, -1, -1, 0, 0, 0]
    assert lost[:11] == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_the_fold_equals_an_oracle_that_looks_back_from_every_week(weeks):
    stage, since = SUPPLIER, 0
    for tick in range(1, len(weeks) + 1):
        earlier = weeks[since:tick]
        if stage < ANTICIPATOR and len(earlier) >= 4 and all(up for up, _ in earlier[-4:]):
            stage, since = stage + 1, tick
        elif stage > SUPPLIER and len(earlier) >= 8 and not any(stay for _, stay in earlier[-8:]):
            stage, since = stage - 1, tick
    found = stage_after(len(weeks), lambda w, _: weeks[w][0], lambda w, _: weeks[w][1], POLICY)
    assert found.stage == stage


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"trust": 0.649}, "trust"),
        ({"uncertainty": 0.401}, "uncertainty"),
        ({"engagement": 0.499}, "engagement"),
        ({"knowledge": 0.599}, "knowledge"),
        ({"gap": 0.201}, "gap"),
        ({"gap": None}, "gap"),
        ({"strategic_talks": 0.99}, "strategic_talks"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_each_criterion_of_becoming_a_partner_is_asked(change, broken):
    at_bound = GOOD._replace(
        trust=0.65, uncertainty=0.40, engagement=0.50, knowledge=0.60, gap=0.20, strategic_talks=1.0
    )
    assert stages_met(at_bound, POLICY).to_partner
    now = at_bound._replace(**change)
    assert not stages_met(now, POLICY).to_partner
    found = maturity(now, [NONE] * 52, CALM, POLICY)
    assert [criterion.name for criterion in found.unmet_criteria] == [broken]
    assert found.score.ratio(found.score.numerator) == pytest.approx(1 + 6 / 7)


def test_a_partner_is_not_asked_more_to_stay_than_to_come():
    worn = GOOD._replace(trust=0.55, engagement=0.40, knowledge=0.45, gap=0.30, strategic_talks=0.5)
    assert stages_met(worn, POLICY).stay_partner
    assert not stages_met(worn, POLICY).to_partner


def test_an_alert_on_outside_purchases_holds_a_client_back_for_that_week():
    weeks = [NONE] * 48 + [ALL._replace(to_anticipator=False)] * 4
    assert maturity(GOOD, weeks, CALM, POLICY).stage == PARTNER
    held = maturity(GOOD, weeks, Purchases(alerting={2}), POLICY)
    assert (held.stage, held.weeks_to_next) == (SUPPLIER, 3)


def test_to_stay_a_partner_eight_weeks_must_have_been_quiet():
    weeks = [ALL] * 4 + [ALL._replace(to_anticipator=False, to_partner=False)] * 20
    assert maturity(GOOD, weeks, CALM, POLICY).stage == PARTNER
    # One alert makes eight weeks unquiet, and eight such weeks in a row demote.
    demoted = maturity(GOOD, weeks, Purchases(alerting={8}), POLICY)
    assert (demoted.stage, demoted.weeks_down) == (SUPPLIER, 0)


def test_without_a_feed_of_purchases_calm_proves_nothing():
    found = maturity(GOOD, [ALL] * 52, Purchases(has_feed=False), POLICY)
    assert found.stage == SUPPLIER
    assert [criterion.name for criterion in found.unmet_criteria] == ["alert_weeks"]
    assert "purchases" in found.score.missing


def test_an_anticipator_has_no_next_stage_and_must_keep_outside_purchases_low():
    found = maturity(GOOD, [ALL] * 52, CALM, POLICY)
    assert (found.stage, found.next_criteria, found.weeks_to_next) == (ANTICIPATOR, (), None)
    assert found.score.value == ANTICIPATOR
    assert maturity(GOOD, [ALL] * 52, Purchases(ratio=1.3), POLICY).stage == PARTNER


def test_the_shortest_way_names_the_nearest_criterion_first():
    now = GOOD._replace(trust=0.60, knowledge=0.30, gap=None)
    found = maturity(now, [NONE] * 52, CALM, POLICY)
    assert [criterion.name for criterion in found.unmet_criteria] == ["trust", "knowledge", "gap"]
    assert found.weeks_to_next == 4


def test_without_data_no_stage_is_shown():
    found = maturity(NO_EVIDENCE, [NONE] * 52, Purchases(has_feed=False), POLICY)
    assert found.score.shown is None
    assert found.score.confidence == 0
    assert len(found.score.missing) == 5


def test_staying_may_not_be_harder_than_coming():
    text = TEXT.replace("trust = 0.55", "trust = 0.70")
    with pytest.raises(PolicyError, match="stay_partner asks more than to_partner in trust"):
        parse_policy(text)


@pytest.mark.parametrize(("weeks_ago", "met"), [(0, True), (1, False), (2, True), (8, True)])
def test_the_criterion_of_quiet_weeks_covers_as_many_weeks_as_the_policy(weeks_ago, met):
    # To become a partner one week must have been quiet: the last closed one.
    found = maturity(GOOD, [NONE] * 52, Purchases(alerting={weeks_ago}), POLICY)
    criterion = found.next_criteria[-1]
    assert criterion == Criterion("alert_weeks", 0 if met else 1, 0, at_most=True, met=met, weeks=1)
    assert found.score.shown == pytest.approx(1 + (6 + met) / 7)


@pytest.mark.parametrize(("weeks_ago", "alerts"), [(1, 1), (8, 1), (9, 0)])
def test_the_criterion_of_staying_counts_the_alerts_of_eight_weeks(weeks_ago, alerts):
    # A partner for three weeks: with eight that were not quiet it would be one no more.
    weeks = [NONE] * 45 + [ALL._replace(to_anticipator=False)] * 7
    found = maturity(GOOD, weeks, Purchases(alerting={weeks_ago}), POLICY)
    assert found.stage == PARTNER
    assert found.stay_criteria[-1].value == alerts


def test_of_each_set_the_criteria_that_are_met_are_counted():
    assert criteria_counts(GOOD, POLICY) == (6, 6, 4)
    assert criteria_counts(GOOD._replace(trust=0.7, proposals_accepted=1.9), POLICY) == (6, 4, 4)
    assert criteria_counts(GOOD._replace(knowledge=None, strategic_talks=0.0), POLICY) == (4, 5, 3)


@pytest.mark.parametrize(
    ("unknown", "has_feed", "level"),
    [
        ((), True, "strong"),
        (("trust",), True, "strong"),
        (("trust",), False, "fair"),
        (("trust", "engagement"), True, "fair"),
        (("trust", "engagement", "gap"), True, "thin"),
        (("trust", "engagement", "gap"), False, "none"),
        (("trust", "engagement", "gap", "knowledge"), True, "none"),
    ],
)
def test_the_level_of_evidence_of_a_stage_is_the_share_of_its_inputs(unknown, has_feed, level):
    now = GOOD._replace(**dict.fromkeys(unknown))
    purchases = Purchases(has_feed=has_feed)
    found = maturity(now, [NONE] * 52, purchases, POLICY)
    assert found.score.evidence.level.key == level
    index = maturity_index(criteria_counts(now, POLICY), [NONE] * 52, purchases, POLICY)
    assert index == found.score.shown
    assert (index is None) is (level == "none")


@pytest.mark.parametrize(
    ("stage", "weeks"),
    [
        (SUPPLIER, [NONE] * 52),
        (PARTNER, [ALL._replace(to_anticipator=False)] * 52),
        (ANTICIPATOR, [ALL] * 52),
    ],
)
@pytest.mark.parametrize("purchases", [CALM, Purchases(alerting={1}), Purchases(ratio=1.3)])
def test_the_index_alone_is_the_index_of_the_whole(stage, weeks, purchases):
    now = GOOD._replace(trust=0.70, gap=0.15)
    found = maturity(now, weeks, purchases, POLICY)
    if purchases is CALM:
        assert found.stage == stage
    assert maturity_index(criteria_counts(now, POLICY), weeks, purchases, POLICY) == pytest.approx(
        found.score.shown
    )


def test_a_partner_s_index_is_its_stage_and_the_share_of_the_next_stage_s_criteria():
    weeks = [ALL._replace(to_anticipator=False)] * 52
    found = maturity(GOOD._replace(trust=0.70, gap=0.15), weeks, Purchases(ratio=1.2), POLICY)
    assert found.score.shown == pytest.approx(2 + 5 / 7)
    assert (found.score.name, found.score.denominator, found.score.baseline) == ("maturity", 7, 14)
    names = [criterion.name for criterion in found.next_criteria]
    assert names == [
        *("trust", "uncertainty", "engagement", "knowledge", "gap"),
        *("proposals_accepted", "purchase_ratio"),
    ]
    assert [criterion.name for criterion in found.stay_criteria][-2:] == [
        "strategic_talks",
        "alert_weeks",
    ]
    assert [part.possible for part in found.score.parts] == [1] * 7
    assert {part.component for part in found.score.parts if part.points == 0} == {"trust", "gap"}
    bounds = {c.name: (c.value, c.bound, c.at_most) for c in found.next_criteria}
    assert bounds["purchase_ratio"] == (1.2, 1.2, True)
    assert bounds["trust"] == (0.70, 0.75, False)
    assert bounds["gap"] == (0.15, 0.12, True)


@pytest.mark.parametrize(("ratio", "up"), [(1.2, True), (1.21, False)])
def test_an_anticipator_may_buy_outside_up_to_the_ratio(ratio, up):
    found = maturity(GOOD, [NONE] * 44 + [ALL] * 8, Purchases(ratio=ratio), POLICY)
    assert (found.stage == ANTICIPATOR) is up


def test_a_supplier_has_nothing_to_stay_for_and_each_stage_its_own_set():
    assert maturity(GOOD, [NONE] * 52, CALM, POLICY).stay_criteria == ()
    last = maturity(GOOD, [ALL] * 52, CALM, POLICY)
    assert [criterion.name for criterion in last.stay_criteria][-2:] == [
        "proposals_accepted",
        "purchase_ratio",
    ]
    assert (last.score.denominator, last.score.baseline, last.score.parts) == (1, 3, ())


@pytest.mark.parametrize(
    ("evidence", "has_feed", "missing"),
    [
        (GOOD, True, ()),
        (GOOD._replace(trust=None), True, ("trust",)),
        (GOOD._replace(gap=None), False, ("perception gap", "purchases")),
        (
            NO_EVIDENCE,
            False,
            ("trust", "engagement", "knowledge", "perception gap", "purchases"),
        ),
    ],
)
def test_the_confidence_is_the_share_of_the_inputs_that_are_known(evidence, has_feed, missing):
    score = maturity(evidence, [NONE] * 52, Purchases(has_feed=has_feed), POLICY).score
    assert score.missing == missing
    assert score.confidence == pytest.approx(1 - len(missing) / 5)


@pytest.mark.parametrize(
    ("value", "bound", "holds", "shortfall"),
    [
        (0.5, 0.5, True, 0.0),
        (0.3, 0.6, False, 0.5),
        (0.6, 0.3, False, 1.0),
        (0.9, 0.3, False, 1.0),
        (0.36, 0.3, False, 0.2),
        (None, 0.3, False, 1.0),
        (2, 0, False, 1.0),
        (1 / UNIT / 2, 0, False, 0.5),
    ],
)
def test_a_shortfall_is_a_fraction_of_the_bound(value, bound, holds, shortfall):
    criterion = Criterion("x", value, bound, at_most=True, met=holds)
    assert criterion.shortfall == pytest.approx(shortfall)


def test_of_two_that_lack_alike_the_name_decides():
    found = maturity(GOOD._replace(gap=None, engagement=None), [NONE] * 52, CALM, POLICY)
    assert [criterion.name for criterion in found.unmet_criteria] == ["engagement", "gap"]


@pytest.mark.parametrize(
    ("key", "sum_weights"),
    [
        ("touch.strategic", (SumWeight("maturity.strategic_talks", 180, UNIT),)),
        ("proposal|it|accepted", (SumWeight("maturity.proposals_accepted", 180, UNIT),)),
        ("proposal|client|accepted", ()),
        ("touch|workshop", ()),
    ],
)
def test_what_counts_as_proof(key, sum_weights):
    assert maturity_sum_weights(key, POLICY) == sum_weights


def one_score(value, confidence=0.9, *, sufficient=True):
    return Score(
        name="s",
        denominator=10,
        baseline=0,
        parts=(Part("a", value, 10),),
        confidence=confidence,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
    )


def test_a_stage_is_judged_on_the_scores_of_a_day():
    sums = {"maturity.strategic_talks": 3 * UNIT // 2, "maturity.proposals_accepted": UNIT // 4}
    views = one_score(8, 0.7), one_score(6), one_score(5), one_score(-3)
    assert criterion_values(DecayedSums(1, sums, {}), *views) == (
        *(0.8, pytest.approx(0.3), 0.6, 0.5, 0.3, 1.5, 0.25),
    )
    unknown = one_score(7, 0.0, sufficient=False)
    assert criterion_values(DecayedSums(1, {}, {}), *[unknown] * 4) == (
        *(None, 1.0, None, None, None, 0.0, 0.0),
    )


def test_weeks_up_and_down_are_counted_and_begin_again_with_a_step():
    def after(ups, stays):
        ups, stays = bits(ups), bits(stays)
        found = stage_after(
            len(ups), lambda week, _: ups[week], lambda week, _: stays[week], POLICY
        )
        return found.stage, found.weeks_up, found.weeks_down, found.step

    assert after("", "") == (1, 0, 0, 0)
    assert after("0111", "0000") == (1, 3, 0, 0)
    assert after("1111", "0000") == (2, 0, 0, 1)
    assert after("1111 101", "0000 000") == (2, 1, 3, 1)
    assert after("1111 0000 0000 111", "0" * 15) == (1, 3, 0, -1)
    assert after("1111 0000 0000 00", "0000 0000 0000 00") == (1, 0, 0, -1)
    assert after("1111 1111 11", "1111 1111 00") == (3, 0, 2, 1)
