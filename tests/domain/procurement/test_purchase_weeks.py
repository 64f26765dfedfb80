"""The chart of outside purchases week by week: which weeks, how many purchases, which alarm."""

from pathlib import Path

import pytest

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.purchase_weeks import (
    THRESHOLD_MAX,
    alert_threshold_at,
    purchase_weeks,
)
from rapport.domain.procurement.rise_detector import (
    alert_threshold,
    expectation,
    forecast,
    newest_first,
)
from rapport.domain.stats import negative_binomial_tail as tail

TEXT = (
    Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
LIMITS = parse_policy(TEXT).purchases
WEEK = 2_857
DAY = 7 * WEEK
BOUGHT = {WEEK - ago: 2 ** (ago % 11) for ago in range(0, 200, 3)}
PEOPLE = fleet_baseline([BOUGHT, {WEEK - 2: 4}], DAY, LIMITS)


def test_each_bar_is_the_window_that_ended_with_its_week():
    bars = purchase_weeks(BOUGHT, LIMITS, PEOPLE, 10)
    assert [bar.week for bar in bars] == list(range(WEEK - 9, WEEK + 1))
    for bar in bars[:-1]:
        assert bar.observed == sum(
            BOUGHT.get(week, 0) for week in range(bar.week - 3, bar.week + 1)
        )
    # The running week comes on top of the four full weeks.
    assert bars[-1].observed == sum(BOUGHT.get(week, 0) for week in range(WEEK - 4, WEEK + 1))


def test_a_bar_is_held_against_what_the_detector_expects():
    counts = newest_first(BOUGHT, PEOPLE)
    for ends, bar in enumerate(reversed(purchase_weeks(BOUGHT, LIMITS, PEOPLE, 30))):
        look = PEOPLE.look(ends)
        mean, size = expectation(counts, look, LIMITS, PEOPLE.median_rate)
        assert bar.expected == mean
        assert bar.alert_threshold == alert_threshold(mean, size, 3, LIMITS.alert_probability)
        assert forecast(counts, look, LIMITS, PEOPLE.median_rate).expected == mean


@pytest.mark.parametrize(("asked", "bars"), [(0, 0), (1, 1), (77, 77), (78, 78), (79, 78)])
def test_no_more_bars_than_weeks_are_kept(asked, bars):
    assert len(purchase_weeks(BOUGHT, LIMITS, PEOPLE, asked)) == bars


@pytest.mark.parametrize(
    ("mean", "minimum", "least"),
    [(0.0, 3, 3), (0.85, 3, 5), (0.85, 5, 5), (0.85, 6, 6), (20.0, 3, 63), (1e9, 3, 1_572_864)],
    ids=["nothing expected", "usual", "at the minimum", "above", "much", "beyond the bound"],
)
def test_the_alarm_is_the_least_count_that_is_rare_and_no_less_than_the_minimum(
    mean, minimum, least
):
    assert alert_threshold_at(mean, 2.64, 0.01, minimum) == least
    assert tail(least, mean, 2.64) < 0.01 or least > THRESHOLD_MAX


def test_the_search_for_an_alarm_ends():
    assert THRESHOLD_MAX < alert_threshold_at(1e300, 2.64, 1e-9, 3) <= 2 * THRESHOLD_MAX
