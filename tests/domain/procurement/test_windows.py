"""A client's windows of outside purchases: what is seen in each, and what counts as an alert."""

from pathlib import Path

import pytest

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.rise_detector import forecast, newest_first
from rapport.domain.procurement.windows import Windows

TEXT = (
    Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
LIMITS = parse_policy(TEXT).purchases
WEEK = 2_857
LEVEL = {WEEK - ago: 1 for ago in range(0, 200, 4)}
BURST = LEVEL | {WEEK - 10: 30}


def looks_of(weekly, limits=LIMITS, others=(LEVEL, LEVEL)):
    return Windows(weekly, limits, fleet_baseline([weekly, *others], 7 * WEEK, limits))


def chance(weekly, weeks_ago):
    people = fleet_baseline([weekly, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    counts = newest_first(weekly, people)
    return forecast(counts, people.look(weeks_ago), LIMITS, people.median_rate).probability


def test_counts_begin_with_the_newest_week_and_end_where_the_population_does():
    people = fleet_baseline([LEVEL], 7 * WEEK, LIMITS)
    last = len(people.exposure) - 1
    weekly = {WEEK + 1: 9, WEEK: 3, WEEK - last: 5, WEEK - last - 1: 7}
    assert newest_first(weekly, people) == [3, *[0] * (last - 1), 5]


@pytest.mark.parametrize(
    ("weeks_ago", "alert"), [(6, False), (7, True), (9, True), (10, True), (11, False)]
)
def test_a_burst_alerts_as_long_as_it_is_in_the_window_of_four_weeks(weeks_ago, alert):
    assert looks_of(BURST).alerts(weeks_ago) is alert


@pytest.mark.parametrize(("minimum", "alert"), [(31, True), (32, False)])
def test_an_alert_needs_the_minimum_of_purchases(minimum, alert):
    limits = LIMITS.model_copy(update={"alert_minimum": minimum})
    assert looks_of(BURST, limits).alerts(9) is alert


def test_a_chance_of_exactly_the_bound_is_no_alert():
    exact = LIMITS.model_copy(update={"alert_probability": chance(BURST, 9)})
    assert not looks_of(BURST, exact).alerts(9)


def test_the_ratio_is_what_was_bought_over_what_was_expected_and_of_nothing_it_is_nothing():
    people = fleet_baseline([BURST, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    seen = forecast(newest_first(BURST, people), people.look(9), LIMITS, people.median_rate)
    assert looks_of(BURST).ratio(9) == 31 / seen.expected
    assert looks_of({WEEK - 30: 1}).ratio(9) == 0.0


@pytest.mark.parametrize(("others", "known"), [((), False), (({WEEK: 1},), True)])
def test_without_anybody_s_purchases_nothing_is_known(others, known):
    assert looks_of({}, others=others).known is known


def test_an_old_rise_is_still_an_alert_while_no_two_windows_in_a_row_are_quiet():
    # What is judged goes back sixty closed weeks; the running window is not part of it.
    assert looks_of(BURST).rise().state == "clear"
    assert looks_of(LEVEL | {WEEK - 1: 30}).rise().state == "alert"
    running = looks_of(LEVEL | {WEEK: 30})
    assert running.rise().state == "clear"
    assert running.rise().now == running.now()
    assert running.now().observed == 31
