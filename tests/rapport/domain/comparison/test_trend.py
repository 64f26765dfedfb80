"""When a score falls against the client's own past."""

from pathlib import Path
from statistics import median
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.comparison.trend import trend
from rapport.domain.policy.model import parse_policy

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
POLICY = parse_policy(TEXT).compare
HIGH = [0.70] * 13


def falling(*scores, earlier=HIGH):
    """Return for each score, the last one being today, whether it is a fall."""
    series = [*earlier, *scores]
    return [
        trend(series[:end], series[end], POLICY).falling for end in range(len(earlier), len(series))
    ]


def test_one_low_score_is_no_fall_and_two_in_a_row_are():
    assert falling(0.59, 0.59) == [False, True]
    assert falling(0.59, 0.69, 0.59) == [False, False, False]


def test_the_nearest_miss_is_just_less_than_the_bound():
    assert falling(0.601, 0.601, 0.601) == [False] * 3


def test_a_score_that_wavers_around_the_bound_does_not_flap():
    scores = falling(0.59, 0.59, 0.61, 0.60, 0.61, 0.62, 0.59)
    assert scores == [False, True, True, True, True, True, True]


def test_a_fall_ends_after_two_scores_above_half_of_the_distance():
    assert falling(0.58, 0.58, 0.66, 0.66) == [False, True, True, False]
    assert falling(0.58, 0.58, 0.66, 0.60, 0.66) == [False, True, True, True, True]


def test_a_score_at_its_median_again_has_not_fallen():
    assert falling(0.58, 0.58, 0.70, 0.58) == [False, True, False, True]
    assert falling(0.58, 0.58, 0.699) == [False, True, True]


def test_a_fall_that_became_the_level_is_news_no_more():
    assert falling(*[0.50] * 20)[-1] is False


@pytest.mark.parametrize(
    ("weeks", "now"), [([0.7] * 3, 0.1), ([None] * 52, 0.1), ([0.7] * 20, None), ([], 0.5)]
)
def test_an_unknown_score_does_not_fall(weeks, now):
    assert trend(weeks, now, POLICY).falling is None


def test_a_gap_in_what_is_known_starts_the_count_again():
    assert falling(0.59, None, 0.59) == [False, None, False]


def test_trust_that_fades_by_itself_without_new_evidence_is_no_fall():
    # Half of the evidence is gone after 13 weeks; 0.80 on much evidence drifts towards 0.5 slowly.
    r, scores = 20.0, []
    for week in range(26):
        now = r * 2 ** (-week / 13)
        scores.append((now + 1) / (now * 1.2 + 2))
    assert not any(falling(*scores, earlier=[scores[0]] * 13))


@given(st.lists(st.none() | st.floats(0, 1), max_size=60), st.floats(0, 1))
def test_a_fall_is_below_half_the_bound_now_or_a_week_before(weeks, now):
    found = trend(weeks, now, POLICY)
    scored = [value for value in weeks[-13:] if value is not None]
    assert found.baseline == (median(scored) if len(scored) >= 4 else None)
    if found.falling:
        before = trend(weeks[:-1], weeks[-1], POLICY)
        drops = [found.baseline - now, (before.baseline or 1) - (weeks[-1] or 0)]
        assert max(drops) >= POLICY.fall / 2


@given(st.lists(st.none() | st.floats(0, 1), max_size=40), st.floats(0, 1))
def test_what_is_older_than_two_pasts_cannot_show(older, now):
    recent = [0.7] * 24 + [0.61, 0.59]
    assert trend([*older, *recent], now, POLICY) == trend(recent, now, POLICY)


EIGHTHS = SimpleNamespace(past_weeks=13, fall=0.125)
"""A bound that floats hold exactly."""


@pytest.mark.parametrize(
    ("scores", "is_fall"),
    [
        ((0.625, 0.625), True),
        ((0.626, 0.626), False),
        ((0.625, 0.625, 0.6875, 0.6875), True),
        ((0.625, 0.625, 0.688, 0.688), False),
        ((0.625, 0.625, 0.688), True),
    ],
    ids=["exactly the bound", "just less", "exactly half", "above half", "above half once"],
)
def test_a_fall_begins_at_the_bound_and_lasts_to_half_of_it(scores, is_fall):
    *weeks, now = (*[0.75] * 13, *scores)
    assert trend(weeks, now, EIGHTHS).falling is is_fall


@pytest.mark.parametrize(("scored", "earlier"), [(3, None), (4, 0.7), (13, 0.7)])
def test_a_past_of_four_known_weeks_is_enough(scored, earlier):
    for unknown in ([], [None] * (13 - scored), [None] * 30):
        found = trend([*unknown, *[0.7] * scored], 0.7, POLICY)
        assert found.baseline == earlier
        assert found.falling is (None if earlier is None else False)


def test_the_past_is_the_median_of_the_policy_s_weeks_and_none_before_them():
    assert trend([0.1, *[0.5] * 6, *[0.9] * 7], 0.9, POLICY).baseline == 0.9
    assert trend([0.1, *[0.5] * 7, *[0.9] * 6], 0.9, POLICY).baseline == 0.5


def test_a_fall_that_began_a_whole_past_ago_is_still_one():
    began, wavered = [0.59, 0.59], [0.70, 0.50] * 5
    assert trend([*HIGH, *began, *wavered, 0.70], 0.50, POLICY).falling
    assert not trend([*HIGH, 0.70, 0.59, *wavered, 0.70], 0.50, POLICY).falling


def test_a_low_first_week_counts_like_any_other():
    assert not trend([*HIGH, 0.59, *[0.70, 0.50] * 6], 0.70, POLICY).falling


def test_the_trend_goes_on_after_a_gap_in_the_scores():
    assert falling(None, 0.59, 0.59) == [None, False, True]


def test_a_score_that_goes_below_zero_falls():
    assert falling(-0.20, -0.20, earlier=[0.10] * 13) == [False, True]
