"""A client's windows of outside purchases: forecast, alert and threshold, week by week."""

from pathlib import Path

import pytest

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import fleet_baseline
from rapport.domain.procurement.rise_detector import (
    THRESHOLD_MAX,
    alert_threshold,
    expectation,
    false_alerts_a_year,
    forecast,
    newest_first,
)
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport.domain.procurement.windows import Windows, judged_windows, purchase_weeks

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
LIMITS = parse_policy(TEXT).purchases
WEEK = 2_857
LONG_AGO = 7 * (WEEK - 300)
LEVEL = {WEEK - ago: 1 for ago in range(0, 200, 4)}
BURST = LEVEL | {WEEK - 10: 30}
BOUGHT = {WEEK - ago: 2 ** (ago % 11) for ago in range(0, 200, 3)}
FLEET = fleet_baseline([BOUGHT, {WEEK - 2: 4}], 7 * WEEK, LIMITS)


def windows_of(weekly, limits=LIMITS, others=(LEVEL, LEVEL)):
    fleet = fleet_baseline([weekly, *others], 7 * WEEK, limits)
    return Windows(weekly, LONG_AGO, limits, fleet)


def chance(weekly, weeks_ago):
    fleet = fleet_baseline([weekly, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    counts = newest_first(weekly, fleet)
    return forecast(counts, fleet.window(weeks_ago), LIMITS, fleet.median_rate).probability


def test_counts_begin_with_the_newest_week_and_end_where_the_population_does():
    fleet = fleet_baseline([LEVEL], 7 * WEEK, LIMITS)
    last = len(fleet.exposure) - 1
    weekly = {WEEK + 1: 9, WEEK: 3, WEEK - last: 5, WEEK - last - 1: 7}
    assert newest_first(weekly, fleet) == [3, *[0] * (last - 1), 5]


@pytest.mark.parametrize(
    ("weeks_ago", "alert"), [(6, False), (7, True), (9, True), (10, True), (11, False)]
)
def test_a_burst_alerts_as_long_as_it_is_in_the_window_of_four_weeks(weeks_ago, alert):
    assert windows_of(BURST).alerts(weeks_ago) is alert


@pytest.mark.parametrize(("minimum", "alert"), [(31, True), (32, False)])
def test_an_alert_needs_the_minimum_of_purchases(minimum, alert):
    limits = LIMITS.model_copy(update={"alert_minimum": minimum})
    assert windows_of(BURST, limits).alerts(9) is alert


def test_a_chance_of_exactly_the_bound_is_no_alert():
    exact = LIMITS.model_copy(update={"alert_probability": chance(BURST, 9)})
    assert not windows_of(BURST, exact).alerts(9)


def test_the_ratio_is_what_was_bought_over_what_was_expected_and_of_nothing_it_is_nothing():
    fleet = fleet_baseline([BURST, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    seen = forecast(newest_first(BURST, fleet), fleet.window(9), LIMITS, fleet.median_rate)
    assert windows_of(BURST).ratio(9) == 31 / seen.expected
    assert windows_of({WEEK - 30: 1}).ratio(9) == 0.0


@pytest.mark.parametrize(("others", "has_feed"), [((), False), (({WEEK: 1},), True)])
def test_a_fleet_without_purchases_has_no_feed(others, has_feed):
    assert windows_of({}, others=others).has_feed is has_feed


def test_an_old_rise_is_still_an_alert_while_no_two_windows_in_a_row_are_quiet():
    # What is judged goes back sixty closed weeks; the running week is not part of it.
    assert windows_of(BURST).rise().state == "clear"
    closed = windows_of(LEVEL | {WEEK - 1: 30})
    assert closed.rise().state == "alert"
    assert closed.rise().now == closed.latest()
    assert closed.latest().observed == 31
    running = windows_of(LEVEL | {WEEK: 30})
    assert (running.rise().state, running.latest().observed) == ("clear", 1)


@pytest.mark.parametrize("weekly", [BOUGHT, LEVEL, BURST, {}], ids=["much", "level", "burst", "-"])
def test_headline_last_bar_and_alert_are_of_one_window(weekly):
    fleet = fleet_baseline([weekly, LEVEL], 7 * WEEK, LIMITS)
    windows = Windows(weekly, LONG_AGO, LIMITS, fleet)
    headline = windows.rise().now
    bar = purchase_weeks(weekly, LONG_AGO, LIMITS, fleet, 52)[-1]
    assert (bar.observed, bar.expected) == (headline.observed, headline.expected)
    assert bar.is_alert == windows.alerts(1)


def test_the_last_window_is_compared_even_if_it_is_empty():
    found = windows_of({WEEK - 30: 3}).latest()
    assert (found.observed, found.probability) == (0, 1.0)
    assert 0 < found.expected < 1


@pytest.mark.parametrize(
    ("first_week_ago", "state", "judged"),
    [(None, "unknown", 0), (2, "unknown", 0), (7, "unknown", 0), (8, "alert", 1), (9, "alert", 2)],
)
def test_a_client_is_judged_from_eight_weeks_of_its_purchases_on(first_week_ago, state, judged):
    weekly = {WEEK - 1: 30}
    # A Sunday: the week counts from the day of the first purchase, whatever day that is.
    first_day = None if first_week_ago is None else 7 * (WEEK - first_week_ago) + 3
    fleet = fleet_baseline([weekly, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    windows = Windows(weekly, first_day, LIMITS, fleet)
    assert judged_windows(first_day, LIMITS, WEEK) == judged
    assert windows.rise().state == state
    assert windows.alerts(1) is (state == "alert")
    *_, last = purchase_weeks(weekly, first_day, LIMITS, fleet, 52)
    assert (last.is_judged, last.is_alert) == (state == "alert",) * 2
    assert last.observed >= last.alert_threshold


def test_an_alert_of_weeks_that_cannot_be_judged_does_not_last():
    weekly = {WEEK - 7: 30, WEEK - 1: 1}
    fleet = fleet_baseline([weekly, LEVEL, LEVEL], 7 * WEEK, LIMITS)
    young = Windows(weekly, 7 * (WEEK - 8), LIMITS, fleet)
    assert young.rise().state == "clear"
    assert not any(young.alerts(weeks_ago) for weeks_ago in range(1, 20))
    bars = purchase_weeks(weekly, 7 * (WEEK - 8), LIMITS, fleet, 12)
    assert [bar.is_judged for bar in bars] == [False] * 11 + [True]
    assert not any(bar.is_alert for bar in bars)


def test_each_bar_is_the_window_that_ended_with_its_week():
    bars = purchase_weeks(BOUGHT, LONG_AGO, LIMITS, FLEET, 10)
    assert [bar.week for bar in bars] == list(range(WEEK - 10, WEEK))
    for bar in bars:
        assert bar.observed == sum(
            BOUGHT.get(week, 0) for week in range(bar.week - 3, bar.week + 1)
        )


def test_a_bar_has_the_expectation_and_the_threshold_of_the_detector():
    counts = newest_first(BOUGHT, FLEET)
    bars = reversed(purchase_weeks(BOUGHT, LONG_AGO, LIMITS, FLEET, 30))
    for ends, bar in enumerate(bars, start=1):
        window = FLEET.window(ends)
        mean, size = expectation(counts, window, LIMITS, FLEET.median_rate)
        assert bar.expected == mean
        assert bar.alert_threshold == alert_threshold(mean, size, 3, LIMITS.alert_probability)
        assert forecast(counts, window, LIMITS, FLEET.median_rate).expected == mean


@pytest.mark.parametrize(("asked", "bars"), [(0, 0), (1, 1), (76, 76), (77, 77), (78, 77)])
def test_no_more_bars_than_weeks_are_kept(asked, bars):
    assert len(purchase_weeks(BOUGHT, LONG_AGO, LIMITS, FLEET, asked)) == bars


@pytest.mark.parametrize(
    ("clients", "probability", "alerts"),
    [(14, 0.0036, 1.68), (0, 0.0036, 0.0), (100, 0.0036, 12.0), (14, 0.0072, 3.36)],
)
def test_the_false_alerts_of_a_year_grow_with_the_clients_and_the_probability(
    clients, probability, alerts
):
    assert false_alerts_a_year(clients, probability) == pytest.approx(alerts)


@pytest.mark.parametrize(
    ("mean", "minimum", "least"),
    [(0.0, 3, 3), (0.85, 3, 5), (0.85, 5, 5), (0.85, 6, 6), (20.0, 3, 63), (1e9, 3, 1_572_864)],
    ids=["nothing expected", "usual", "at the minimum", "above", "much", "beyond the bound"],
)
def test_the_alert_threshold_is_the_least_count_that_is_rare_and_no_less_than_the_minimum(
    mean, minimum, least
):
    assert alert_threshold(mean, 2.64, minimum, 0.01) == least
    assert tail(least, mean, 2.64) < 0.01 or least > THRESHOLD_MAX


def test_the_search_for_an_alert_threshold_ends():
    assert THRESHOLD_MAX < alert_threshold(1e300, 2.64, 3, 1e-9) <= 2 * THRESHOLD_MAX
