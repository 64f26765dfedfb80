"""Outside purchases: the worked numbers of the domain; and what a policy may not say."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from rapport.streams.core.negative_binomial import tail
from rapport.streams.core.policy import PolicyError, parse_policy
from rapport.streams.core.population import population, rises_together
from rapport.streams.core.procurement import _burstiness, purchase_health, weekly_purchases

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
POLICY = parse_policy(TEXT)
DAY = 20_000


def about(value):
    return pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("observed", "past", "exposed", "exposure", "mean", "chance"),
    [
        (4, 6, 30, 4, 0.8524590, 0.0260807),
        (4, 6, 30, 6, 1.2786885, 0.0725300),
        (20, 60, 30, 4, 7.9344262, 0.0242550),
        (12, 60, 30, 4, 7.9344262, 0.203523),
    ],
)
def test_the_purchase_statistic_of_the_worked_examples(
    observed, past, exposed, exposure, mean, chance
):
    shape, rate = 0.5 + past, 0.5 + exposed
    expected = shape * exposure / rate
    size = 1 / (1 / shape + 0.5 / 4 + 0.1)
    assert expected == about(mean)
    assert tail(observed, expected, size) == about(chance)


def test_burstiness_of_the_worked_example():
    older = [(1.0, count, 1.0) for count in (0, 1, 0, 3)]
    assert _burstiness(older, 1.0, POLICY.purchases) == about(7 / 14)


@given(st.integers(0, 60), st.floats(0.01, 60), st.floats(0.05, 200))
@settings(max_examples=2000, deadline=None)
def test_the_tail_equals_scipy_s(observed, mean, size):
    expected = nbinom.sf(observed - 1, size, size / (size + mean))
    assert tail(observed, mean, size) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def bought(*days, standing="outside", category="software"):
    return {f"buy.count|{standing}|{category}": {day: days.count(day) for day in days}}


def states(clients):
    weekly = [weekly_purchases(measures, POLICY.purchases) for measures in clients]
    people = population(weekly, DAY, POLICY.purchases)
    found = [
        purchase_health(measures, weeks, POLICY.purchases, DAY, people)
        for measures, weeks in zip(clients, weekly, strict=True)
    ]
    return [health.state for health in found], people


def level(every_days):
    return [*range(DAY - 600, DAY, every_days)]


def test_a_rise_alerts_and_a_level_client_does_not():
    rise = [day for day in range(DAY - 30, DAY - 3) for _ in range(2)]
    got, _ = states([bought(*level(7), *rise), *(bought(*level(7)) for _ in range(5))])
    assert got == ["alert", *["clear"] * 5]


def test_what_is_sanctioned_joint_or_no_it_does_not_alert():
    rise = [day for day in range(DAY - 30, DAY - 3) for _ in range(2)]
    for change in ({"standing": "sanctioned"}, {"standing": "joint"}, {"category": "vehicle-fuel"}):
        measures = bought(*level(7)) | bought(*rise, **change)
        assert states([measures, *(bought(*level(7)) for _ in range(5))])[0][0] == "clear"


def test_a_rise_of_all_is_seen_by_the_guard_and_not_once_per_client():
    rise = [day for day in range(DAY - 30, DAY - 3) for _ in range(2)]
    got, people = states([bought(*level(7), *rise) for _ in range(30)])
    assert "alert" not in got
    assert rises_together(people, POLICY.purchases)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("base_rate = 0.5", "base_rate = 1.5"), "trust.base_rate"),
        (("survey = 4\n", "survey = -4\n"), "trust.weights.survey"),
        (("recency = 0.20", "recency = 0.30"), "must sum to 1"),
        (("half_life_days = 90", "half_life_days = 90\nhalf_live = 9"), "half_live"),
        (("[trust]", "[trust"), "not TOML"),
    ],
    ids=["range", "negative", "sum", "unknown-key", "bad-toml"],
)
def test_a_bad_policy_is_refused_with_the_place(change, says):
    text = TEXT.replace(*change, 1)
    assert text != TEXT
    with pytest.raises(PolicyError, match=says):
        parse_policy(text)


def test_the_policy_s_hash_follows_its_content_and_not_its_layout():
    assert parse_policy("# a comment\n" + TEXT).hash == POLICY.hash
    assert parse_policy(TEXT.replace("base_rate = 0.5", "base_rate = 0.6")).hash != POLICY.hash
