"""The stage of the relation: the worked example of the domain (section 1.5), and each criterion."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.streams.core.maturity import (
    ANTICIPATOR,
    PARTNER,
    SUPPLIER,
    Evidence,
    Fits,
    fits,
    maturity,
    stage_after,
)
from rapport.streams.core.policy import PolicyError, parse_policy

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
POLICY = parse_policy(TEXT).maturity
GOOD = Evidence(
    trust=0.80,
    uncertainty=0.2,
    engagement=0.70,
    knowledge=0.85,
    gap=0.05,
    strategic_talks=2.0,
    proposals_accepted=3.0,
)
NOBODY = Evidence(None, 1.0, None, None, None, 0.0, 0.0)
ALL, NONE = Fits(*(True,) * 4), Fits(*(False,) * 4)


class Purchases:
    """Outside purchases of a test: which weeks alert, and the ratio of all."""

    def __init__(self, alerting=(), ratio=0.0, *, known=True):
        self.known, self._alerting, self._ratio = known, alerting, ratio

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
        past = weeks[since:tick]
        if stage < ANTICIPATOR and len(past) >= 4 and all(up for up, _ in past[-4:]):
            stage, since = stage + 1, tick
        elif stage > SUPPLIER and len(past) >= 8 and not any(stay for _, stay in past[-8:]):
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
    assert fits(at_bound, POLICY).to_partner
    now = at_bound._replace(**change)
    assert not fits(now, POLICY).to_partner
    found = maturity(now, [NONE] * 52, CALM, POLICY)
    assert [criterion.name for criterion in found.way] == [broken]
    assert found.score.ratio(found.score.numerator) == pytest.approx(1 + 6 / 7)


def test_a_partner_is_not_asked_more_to_stay_than_to_come():
    worn = GOOD._replace(trust=0.55, engagement=0.40, knowledge=0.45, gap=0.30, strategic_talks=0.5)
    assert fits(worn, POLICY).stay_partner
    assert not fits(worn, POLICY).to_partner


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
    found = maturity(GOOD, [ALL] * 52, Purchases(known=False), POLICY)
    assert found.stage == SUPPLIER
    assert [criterion.name for criterion in found.way] == ["alert_weeks"]
    assert "purchases" in found.score.missing


def test_an_anticipator_has_no_next_stage_and_must_keep_outside_purchases_low():
    found = maturity(GOOD, [ALL] * 52, CALM, POLICY)
    assert (found.stage, found.next_criteria, found.weeks_to_next) == (ANTICIPATOR, (), None)
    assert found.score.value == ANTICIPATOR
    assert maturity(GOOD, [ALL] * 52, Purchases(ratio=1.3), POLICY).stage == PARTNER


def test_the_shortest_way_names_the_nearest_criterion_first():
    now = GOOD._replace(trust=0.60, knowledge=0.30, gap=None)
    found = maturity(now, [NONE] * 52, CALM, POLICY)
    assert [criterion.name for criterion in found.way] == ["trust", "knowledge", "gap"]
    assert found.weeks_to_next == 4


def test_of_nobody_the_stage_is_not_shown():
    found = maturity(NOBODY, [NONE] * 52, Purchases(known=False), POLICY)
    assert found.score.shown is None
    assert found.score.confidence == 0
    assert len(found.score.missing) == 5


def test_staying_may_not_be_harder_than_coming():
    text = TEXT.replace("trust = 0.55", "trust = 0.70")
    with pytest.raises(PolicyError, match="stay_partner asks more than to_partner in trust"):
        parse_policy(text)
