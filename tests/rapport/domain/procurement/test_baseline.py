"""The baseline of the fleet: exposure, median rate, common rise, windows; each worked by hand."""

from pathlib import Path

import pytest

from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.baseline import FleetBaseline, fleet_baseline, weights

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
LIMITS = parse_policy(TEXT).purchases.model_copy(
    update={"window_weeks": 4, "ring_weeks": 26, "half_life_weeks": 26, "guard_ratio": 1.5}
)
WEEK = 2_857
DAY = 7 * WEEK  # a Thursday of that week


def of(*clients):
    """The population of clients, each given as {weeks ago: purchases}."""
    weekly = [{WEEK - ago: count for ago, count in client.items()} for client in clients]
    return fleet_baseline(weekly, DAY, LIMITS)


def about(value):
    return pytest.approx(value, rel=1e-12)


def every_week(count, weeks=range(200)):
    return dict.fromkeys(weeks, count)


def test_exposure_is_the_week_s_total_against_the_ring_s_mean_shrunk_by_ten_clients():
    # Two clients: the shrinkage is 10 / 2. The ring's mean is 26 / 26.
    fleet = of({0: 20, 3: 4}, {5: 2})
    assert fleet.newest_week == WEEK
    assert fleet.clients == 2
    expected = {0: (20 + 5) / 6, 3: (4 + 5) / 6, 5: (2 + 5) / 6}
    assert fleet.exposure == tuple(about(expected.get(week, 5 / 6)) for week in range(108))


@pytest.mark.parametrize(("clients", "shrinkage"), [(1, 10), (50, 0.2), (100, 0.1), (150, 0.1)])
def test_exposure_is_shrunk_less_the_more_clients_there_are_up_to_a_hundred(clients, shrinkage):
    # Every client buys 26 in the newest week: the mean of the ring is one a client.
    fleet = of(*[{0: 26}] * clients)
    assert fleet.exposure[0] == about((26 + shrinkage) / (1 + shrinkage))


def test_where_nothing_was_bought_in_the_ring_every_week_is_exposed_alike():
    fleet = of({26: 9}, {})
    assert fleet.exposure == (1.0,) * 108
    assert fleet.median_rate == 1 / 26
    assert fleet.clients == 1


@pytest.mark.parametrize(
    ("clients", "rate"),
    [
        ([{0: 3}, {25: 1}, {1: 5, 2: 3}], 3 / 26),
        ([{0: 3}, {25: 1}], 2 / 26),
        ([{0: 3}, {26: 100}], 3 / 26),
        ([], 1 / 26),
    ],
    ids=["odd", "even", "of those that bought in the ring", "nobody"],
)
def test_the_median_rate_is_of_the_ring_s_weeks(clients, rate):
    assert of(*clients).median_rate == about(rate)


@pytest.mark.parametrize(("ago", "counted"), [(0, 1), (90, 1), (91, 0), (-1, 0)])
def test_a_client_counts_that_bought_in_the_time_that_is_looked_at(ago, counted):
    # A window of 4 weeks, the running one, 26 of the ring and 60 that are judged again: 91.
    assert of({ago: 1}).clients == counted


def test_a_past_week_counts_for_half_after_the_half_life():
    assert weights(26, 52)[25] == 0.5
    assert weights(26, 52)[51] == 0.25
    assert weights(2, 3) == (about(2**-0.5), 0.5, about(2**-1.5))


@pytest.mark.parametrize(("ends", "starts"), [(1, 5), (2, 6), (77, 81)])
def test_every_window_has_the_weeks_of_the_policy(ends, starts):
    window = of(every_week(1)).window(ends)
    assert (window.ends, window.starts) == (ends, starts)
    assert window.own_exposure == about(4)
    assert len(window.weights) == len(window.exposure) == 26
    policy = LIMITS.model_copy(update={"window_weeks": 3})
    fleet = FleetBaseline(WEEK, (1.0,) * 108, 1.0, 1, 1.0, policy)
    assert fleet.window(ends).own_exposure == 3


def test_a_window_s_sums_are_those_of_its_past_alone():
    exposure = tuple(float(week) for week in range(108))
    fleet = FleetBaseline(WEEK, exposure, 1.0, 1, 1.0, LIMITS)
    window = fleet.window(2)
    earlier = range(6, 32)
    fade = {week: 2 ** (-(week - 5) / 26) for week in earlier}
    assert window.own_exposure == 2 + 3 + 4 + 5
    assert window.exposure == tuple(about(fade[week] * week) for week in earlier)
    assert window.exposure_sum == about(sum(fade[week] * week for week in earlier))
    assert window.square_sum == about(sum(fade[week] * week * week for week in earlier))
    assert fleet.window(2) is window


@pytest.mark.parametrize(("weeks", "rise"), [(60, 1.0), (61, 1.0), (62, 2.0)])
def test_the_guard_speaks_from_sixty_weeks_before_the_last_closed_one_on(weeks, rise):
    # Weeks 0 to 61 ago: the oldest lies 60 before the last closed week, which is 1 ago.
    bought = every_week(5, range(weeks)) | dict.fromkeys(range(1, 5), 11.25)
    assert of(bought).common_rise == about(rise)


def test_the_common_rise_holds_the_newest_weeks_against_the_same_weeks_a_year_before():
    # A level week is 5. This year's four weeks hold 45, last year's 20; both pasts are level.
    now = of(every_week(5) | {1: 10, 2: 11, 3: 12, 4: 12})
    assert now.common_rise == about((45 + 5) / (20 + 5))


@pytest.mark.parametrize(
    ("ago", "moves"),
    [
        (0, False),
        (1, True),
        (4, True),
        (5, True),
        (52, True),
        (53, True),
        (104, True),
        (105, False),
    ],
)
def test_which_weeks_the_common_rise_reads(ago, moves):
    # The running week is not read; the past of last year's window ends 104 weeks ago.
    assert (of(every_week(5) | {ago: 50}).common_rise != about(1.0)) is moves


def test_the_past_of_the_guard_fades_by_its_half_life():
    # 31 weeks back is 26 before the newest week of the past: it counts for half of it.
    level, fade = 5, 2 ** (-1 / 26)
    whole = sum(fade**back for back in range(48))
    earlier = (level * whole + fade**26 * 95) / whole
    now = of(every_week(level) | {31: 100})
    assert now.common_rise == about((20 + 5) / (4 * earlier + 5))


def test_before_the_first_purchase_of_all_no_week_is_a_low_one():
    # The ledger begins 61 weeks ago: of last year's past 5 weeks are known, the first included.
    fade = 2 ** (-1 / 26)
    weights = [fade**back for back in range(5)]
    earlier = (5 * sum(weights) + weights[4] * 95) / sum(weights)
    fleet = of(every_week(5, range(61)) | {61: 100})
    assert fleet.common_rise == about((4 * earlier + 5) / (4 * 5 + 5))
