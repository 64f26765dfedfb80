"""The detector of rising purchases: its worked numbers, a slow oracle, and what must not alarm."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import (
    WINDOWS_MAX,
    WindowExposure,
    fleet_baseline,
    fleet_baselines,
)
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.health import purchase_health
from rapport.domain.procurement.rise_detector import (
    Forecast,
    burstiness,
    forecast,
    replay_forecast,
    replay_states,
)
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport.domain.procurement.windows import Windows

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
LIMITS = POLICY.purchases
DAY = 20_000
NEWEST = (DAY + 3) // 7


def about(value):
    return pytest.approx(value, abs=1e-6)


def flat_history(exposed, weeks):
    """A window of one week after earlier weeks without decay."""
    ones = (1.0,) * weeks
    return WindowExposure(1, 2, exposed, ones, ones, float(weeks), float(weeks))


@pytest.mark.parametrize(
    ("observed", "earlier", "exposed", "mean", "chance"),
    [
        (4, 6, 4, 0.8524590, 0.0260807),
        (20, 60, 4, 7.9344262, 0.0242550),
        (12, 60, 4, 7.9344262, 0.203523),
        (4, 6, 6, 1.2786885, 0.0725300),
        (1, 0, 4, 0.0655738, 0.059374),
        (3, 0, 4, 0.0655738, 0.00058),
    ],
)
def test_the_forecast_of_the_worked_examples(observed, earlier, exposed, mean, chance):
    # The examples give phi; so heavy a prior makes it 0.5 whatever the past is like.
    fixed_phi = LIMITS.model_copy(update={"burst_prior_weight": 1e12})
    counts = [0, observed, earlier, *[0] * 29]
    seen = forecast(counts, flat_history(exposed, 30), fixed_phi, median_rate=1.0)
    assert seen.expected == about(mean)
    assert seen.probability == pytest.approx(chance, abs=5e-6)


def test_the_size_of_the_worked_example():
    fixed_phi = LIMITS.model_copy(update={"burst_prior_weight": 1e12})
    seen = forecast([0, 4, 6, *[0] * 29], flat_history(4, 30), fixed_phi, median_rate=1.0)
    assert seen.size == about(2.6395939)


def test_burstiness_of_the_worked_example():
    counts = (0, 1, 0, 3)
    assert burstiness(counts, counts, 1.0, flat_history(4, 4), LIMITS) == about(7 / 14)


def scipy_tail(observed, mean, size):
    from scipy.stats import nbinom  # takes a second: not at every collection of the tests

    return nbinom.sf(observed - 1, size, size / (size + mean))


def test_the_tail_equals_scipy_s_on_two_thousand_points():
    drawn = random.Random(28)  # noqa: S311 # a seed for points, no secret
    for _ in range(2000):
        observed, mean = drawn.randint(0, 400), drawn.uniform(0.01, 300)
        size = 10 ** drawn.uniform(-1.5, 3)
        expected = scipy_tail(observed, mean, size)
        assert tail(observed, mean, size) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def oracle(weekly, everyone, ends):
    """The forecast as section 1.6 of the domain writes it, week by week."""
    length = LIMITS.window_weeks + 1 + LIMITS.ring_weeks + WINDOWS_MAX
    buying = [w for w in everyone if any(w.get(NEWEST - i, 0) for i in range(length))]
    m = 10 / min(max(len(buying), 1), 100)
    pool = [sum(w.get(NEWEST - i, 0) for w in buying) for i in range(length)]
    mean_pool = sum(pool[: LIMITS.ring_weeks]) / LIMITS.ring_weeks
    exposure = [(p / mean_pool + m) / (1 + m) if mean_pool else 1.0 for p in pool]
    if rose_together(everyone):
        exposure = [1.0] * length
    rates = sorted(sum(w.get(NEWEST - i, 0) for i in range(LIMITS.ring_weeks)) for w in buying)
    active = [rate / LIMITS.ring_weeks for rate in rates if rate]
    half = len(active) // 2
    middle = active[half] if len(active) % 2 else (active[half - 1] + active[half]) / 2
    starts = ends + 4
    window = range(ends, starts)
    earlier = range(starts, min(starts + LIMITS.ring_weeks, length))
    n = [weekly.get(NEWEST - i, 0) for i in range(length)]
    g = {i: 2 ** (-(i - starts + 1) / 26) for i in earlier}
    a = 0.5 + sum(g[i] * n[i] for i in earlier)
    b = 0.5 / middle + sum(g[i] * exposure[i] for i in earlier)
    y, mu, rate = sum(n[i] for i in window), a * sum(exposure[i] for i in window) / b, a / b
    above = sum(g[i] * ((n[i] - rate * exposure[i]) ** 2 - rate * exposure[i]) for i in earlier)
    below = sum(g[i] * (rate * exposure[i]) ** 2 for i in earlier)
    phi = max(0.02, (10 * 0.5 + above) / (10 + below))
    size = 1 / (1 / a + phi / 4 + 0.1)
    return y, mu, scipy_tail(y, mu, size)


def rose_together(everyone):
    """Whether L(t) / L(t - 52) is above 1.5, as docs/methods.md#common-rise writes it."""
    pool = {}
    for weekly in everyone:
        for week, count in weekly.items():
            pool[week] = pool.get(week, 0) + count
    first, closed = min(pool, default=NEWEST), NEWEST - 1
    if closed - first < 60:
        return False

    def level(week):
        earlier = [back for back in range(4, 52) if week - back >= first]
        weights = [2 ** (-(back - 4) / 26) for back in earlier]
        values = [pool.get(week - back, 0) for back in earlier]
        mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        return (sum(pool.get(week - back, 0) for back in range(4)) + 5) / (4 * mean + 5)

    return level(closed) / level(closed - 52) > 1.5


WEEKLY = st.dictionaries(
    st.integers(NEWEST - 150, NEWEST), st.integers(1, 9), min_size=1, max_size=60
)


@given(st.lists(WEEKLY, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_evaluation_is_the_formula_of_the_domain(clients):
    fleet = fleet_baseline(clients, DAY, LIMITS)
    if not any(NEWEST - LIMITS.ring_weeks < week for weeks in clients for week in weeks):
        return
    weekly = clients[0]
    counts = [weekly.get(NEWEST - back, 0) for back in range(len(fleet.exposure))]
    replayed = []
    for ends in range(1, WINDOWS_MAX + 1):
        seen = forecast(counts, fleet.window(ends), LIMITS, fleet.median_rate)
        observed, mean, chance = oracle(weekly, clients, ends)
        assert seen.observed == observed
        assert seen.expected == pytest.approx(mean)
        assert seen.probability == pytest.approx(chance, rel=1e-6, abs=1e-12)
        quick = replay_forecast(counts, fleet.window(ends), LIMITS, fleet.median_rate)
        assert quick.observed == observed
        assert quick.probability == (seen.probability if observed > mean else 1.0)
        replayed.append((observed, quick.probability))
    windows = Windows(weekly, 7 * (NEWEST - 200), LIMITS, fleet)
    assert windows.rise().state == state_of(replayed)
    assert windows.rise().now == windows.latest()


@given(st.lists(WEEKLY, max_size=5), st.integers(NEWEST - 30, NEWEST), st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_the_population_of_a_past_week_is_the_one_without_what_was_bought_later(
    clients, newest, count
):
    weeks = range(newest - count + 1, newest + 1)
    for week, fleet in zip(weeks, fleet_baselines(clients, weeks, LIMITS), strict=True):
        then = [{at: n for at, n in weekly.items() if at <= week} for weekly in clients]
        assert fleet == fleet_baseline(then, 7 * week + 3, LIMITS)
        assert fleet.newest_week == week


def state_of(replayed):
    """The state, replayed week by week from the oldest."""
    state, quiet = "clear", 0
    for observed, chance in reversed(replayed):
        quiet = quiet + 1 if chance > 0.05 else 0
        if observed >= 3 and chance < 0.0036:
            state = "alert"
        elif state == "alert":
            state = "clear" if quiet >= 2 else "alert"
        else:
            state = "watch" if chance <= 0.05 else "clear"
    return state


def forecasts(*chances, observed=9):
    """Windows from the oldest to the newest."""
    return iter([Forecast(observed, 1.0, 1.0, chance) for chance in reversed(chances)])


@pytest.mark.parametrize(
    ("chances", "state"),
    [
        ((0.5, 0.001), "alert"),
        ((0.5, 0.001, 0.5), "alert"),
        ((0.5, 0.001, 0.5, 0.5), "clear"),
        ((0.5, 0.001, 0.5, 0.04, 0.5), "alert"),
        ((0.001, *[0.04] * 20), "alert"),
        ((0.5, 0.0036), "watch"),
        ((0.5, 0.04), "watch"),
        ((0.04, 0.051), "clear"),
    ],
)
def test_an_alert_stays_until_two_evaluations_in_a_row_are_quiet(chances, state):
    assert replay_states(forecasts(*chances), LIMITS).state == state


def test_two_purchases_never_alert():
    assert replay_states(forecasts(1e-9, observed=2), LIMITS).state == "watch"
    assert replay_states(forecasts(1e-9, observed=3), LIMITS).state == "alert"


def bought(*days, sanction="outside", category="software"):
    return {f"buy.count|{sanction}|{category}": {day: days.count(day) for day in days}}


def health_of(clients):
    every = [client_inputs(ClientMeasures(measures), POLICY, DAY) for measures in clients]
    shared = fleet_context(every, POLICY, DAY, {})
    fleet = shared.baseline
    return [
        purchase_health(own, Windows(own.weekly, own.first_day, LIMITS, fleet), POLICY, shared)
        for own in (each.purchases for each in every)
    ], fleet


def states(clients):
    return [health.state for health in health_of(clients)[0]]


def level(every_days):
    return [*range(DAY - 600, DAY, every_days)]


RISE = [day for day in range(DAY - 30, DAY - 3) for _ in range(2)]


def test_a_rise_alerts_and_a_level_client_does_not():
    clients = [bought(*level(7), *RISE), *(bought(*level(7)) for _ in range(5))]
    assert states(clients) == ["alert", *["clear"] * 5]


@pytest.mark.parametrize(
    "change",
    [
        {"sanction": "sanctioned"},
        {"sanction": "joint"},
        {"sanction": "unclassified"},
        {"category": "vehicle-fuel"},
    ],
    ids=str,
)
def test_sanctioned_unclassified_and_other_purchases_do_not_alert(change):
    measures = bought(*level(7)) | bought(*RISE, **change)
    assert states([measures, *(bought(*level(7)) for _ in range(5))])[0] == "clear"


def test_a_rise_of_all_is_seen_by_the_guard_and_at_each_client():
    health, fleet = health_of([bought(*level(7), *RISE) for _ in range(30)])
    assert {one.state for one in health} == {"alert"}
    assert fleet.common_rise > LIMITS.guard_ratio


def test_a_client_that_does_not_rise_with_the_others_does_not_alert():
    risen = [bought(*level(7), *RISE) for _ in range(29)]
    assert states([bought(*level(7)), *risen]) == ["clear", *["alert"] * 29]


def test_the_guard_needs_sixty_weeks_of_history():
    for weeks, rises in ((59, False), (62, True)):
        days = list(range(DAY - weeks * 7, DAY, 3))
        fleet = fleet_baseline([{}, weekly_of([*days, *RISE * 3])], DAY, LIMITS)
        assert (fleet.common_rise > LIMITS.guard_ratio) is rises


def weekly_of(days):
    weeks = {}
    for day in days:
        weeks[(day + 3) // 7] = weeks.get((day + 3) // 7, 0) + 1
    return weeks


def test_a_gap_in_the_feed_is_no_fall_and_its_end_no_rise():
    def gapped(seed):
        drawn = random.Random(seed)  # noqa: S311 # a seed for a test, no secret
        return bought(
            *(
                day
                for day in range(DAY - 600, DAY)
                if drawn.random() < 0.3 and not DAY - 70 < day < DAY - 35
            )
        )

    assert "alert" not in states([gapped(seed) for seed in range(30)])


def test_a_late_purchase_changes_the_evaluation_of_its_own_week():
    people_of = [bought(*level(7)) for _ in range(5)]
    on_time = bought(*sorted([*level(7), *RISE]))
    late = bought(*RISE, *level(7))
    assert health_of([on_time, *people_of])[0] == health_of([late, *people_of])[0]
