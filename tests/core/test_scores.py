"""The worked numbers of the domain, and what must hold for any ledger."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.streams.core.engagement import engagement
from rapport.streams.core.figures import figures, market
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.scores import evaluate
from rapport.streams.core.trust import trust

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
POLICY = parse_policy(TEXT)
DAY = 20_000


def about(value):
    return pytest.approx(value, abs=1e-6)


def parts(score):
    return {part.component: float(part.points) for part in score.contributions}


def test_trust_of_the_worked_example_and_ninety_days_later():
    measures = {
        "ticket.rated|5|1|5": {DAY: 1},
        "ticket.closed|P3|missed|person": {DAY - 90: 1},
        "answer|client|trust|3|1|5": {DAY - 180: 1},
    }
    score = trust(measures, POLICY.trust, DAY)
    assert float(score.value) == about(0.6315789)
    assert 1 - score.confidence == about(0.4210526)
    assert parts(score) == {
        "rating": about(0.1578947),
        "closed": about(-0.0263158),
        "survey": about(0),
    }
    later = trust(measures, POLICY.trust, DAY + 90)
    assert (float(later.value), 1 - later.confidence) == (about(0.5925926), about(0.5925926))
    assert not later.sufficient


def test_a_cap_keeps_tickets_from_drowning_answers():
    measures = {
        "ticket.closed|P2|met|person": {DAY: 90},
        "ticket.closed|P2|missed|person": {DAY: 10},
        "answer|client|trust|1|1|5": {DAY: 1},
        "answer|client|relationship|3|1|5": {DAY: 1},
    }
    policy = parse_policy(TEXT.replace("survey = 4\n", "survey = 3\n")).trust
    # 1.5 of 6 units are positive here; the example of the domain has 1 and 5.
    score = trust(measures, policy, DAY)
    assert float(score.value) == about((18 + 1.5 + 1) / (20 + 6 + 2))


def test_nothing_is_insufficient_and_never_neutral():
    score = trust({}, POLICY.trust, DAY)
    assert (float(score.value), score.confidence, score.sufficient) == (0.5, 0.0, False)
    assert score.shown is None
    assert "survey" in score.missing
    contact = engagement({}, POLICY.engagement, DAY)
    assert float(contact.value) == about(0.045)
    assert contact.shown is None


def test_engagement_of_the_worked_example():
    # Ages of 0 days, so that each decayed weight is its count; recency alone is aged.
    measures = {
        "touch.role|project_meeting|it_team": {DAY: 5},
        "touch.role|project_meeting|project_managers": {DAY: 1},
        "touch|project_meeting": {DAY - 15: 1},
        "survey.invited": {DAY: 4},
        "survey.answered": {DAY: 2},
    }
    got = parts(engagement(measures, POLICY.engagement, DAY))
    assert got["recency"] == about(0.1414214)
    breadth = [points for name, points in got.items() if name.startswith("breadth")]
    assert sum(breadth) == about(0.1015864)
    assert got["response"] == about(0.0650000)


KEYS = st.sampled_from(
    [
        "ticket.closed|P1|missed|person",
        "ticket.closed|P4|met|auto",
        "ticket.rated|2|1|5",
        "ticket.reopened",
        "ticket.reassigned|4",
        "ticket.opened|incident|P3",
        "answer|client|trust|4|1|5",
        "answer|own|trust|5|1|5",
        "signal|external_supplier|text",
        "touch|workshop",
        "touch.role|workshop|cio",
        "touch.strategic",
        "survey.invited",
        "survey.answered",
        "promise|broken",
        "buy.count|outside|software",
    ]
)
LEDGERS = st.dictionaries(
    KEYS, st.dictionaries(st.integers(DAY - 800, DAY), st.integers(1, 30), min_size=1), max_size=8
)


@given(LEDGERS)
@settings(deadline=None)
def test_contributions_sum_to_the_score_exactly_and_the_score_is_bounded(measures):
    for score in (
        trust(measures, POLICY.trust, DAY),
        engagement(measures, POLICY.engagement, DAY),
    ):
        total = sum((part.points for part in score.contributions), Fraction(score.baseline))
        assert total == score.value
        assert 0 <= score.value <= 1
        for part, most in zip(score.contributions, score.possible, strict=True):
            assert part.points <= most.points


def evaluated(measures):
    own = figures(measures, POLICY, DAY)
    return evaluate("a", measures, own, POLICY, DAY, market([own], POLICY, DAY, {}))


@given(LEDGERS)
@settings(deadline=None)
def test_the_order_of_the_ledger_does_not_show(measures):
    turned = {key: dict(reversed(days.items())) for key, days in reversed(measures.items())}
    first, second = (evaluated(each) for each in (measures, turned))
    assert first == second
