"""Silence and broken feeds, told apart by each source's own rhythm; on real calendars too."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.streams.core.activity import day_set
from rapport.streams.core.facts import day_number
from rapport.streams.core.figures import figures, market
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.missing_inputs import BrokenFeed
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.scores import evaluate
from rapport.streams.core.sources import client_states, feed_states, freshness, rhythm

POLICY = parse_policy((Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text())
LIMITS = POLICY.sources
HERE = Path(__file__).parent
MONDAY = 20_001 - (20_001 + 3) % 7
WEEKDAYS = [day for day in range(MONDAY - 364, MONDAY) if (day + 3) % 7 < 5]


def state(days, day):
    return rhythm(day_set(days, day), day, LIMITS)


def test_a_source_that_rests_at_weekends_is_not_broken_on_monday_and_is_on_thursday():
    until_friday = WEEKDAYS
    states = [state(until_friday, MONDAY + ahead).state for ahead in range(5)]
    assert states == ["flowing", "flowing", "flowing", "broken", "broken"]
    thursday = state(until_friday, MONDAY + 3)
    assert (thursday.silence_days, thursday.usual_silence_days) == (5, 4)


def test_a_monthly_source_is_granted_a_month_and_not_two():
    months = [MONDAY - 30 * back for back in range(12)]
    assert state(months, MONDAY + 40).state == "flowing"
    assert state(months, MONDAY + 60).state == "broken"


def test_a_daily_source_that_stopped_is_still_broken_after_years():
    assert state(WEEKDAYS, MONDAY + 1200).state == "broken"


@pytest.mark.parametrize(
    "days", [[], [MONDAY - 1], WEEKDAYS[-20:], [MONDAY - 300, MONDAY - 1]], ids=len
)
def test_too_little_history_is_unknown_and_not_flowing(days):
    assert state(days, MONDAY).state == "unknown"


def test_the_running_day_is_never_held_against_a_source():
    daily = range(MONDAY - 100, MONDAY)
    assert state(daily, MONDAY).silence_days == 0
    assert state(daily, MONDAY + 1).silence_days == 1


@given(st.sets(st.integers(MONDAY - 500, MONDAY), max_size=200), st.integers(0, 400))
def test_more_silence_never_mends_a_source_and_the_state_is_total(days, ahead):
    now = state(days, MONDAY + ahead)
    later = state(days, MONDAY + ahead + 1)
    assert now.state in ("flowing", "broken", "unknown")
    if now.state == "broken":
        assert later.state == "broken"
    assert (now.state == "unknown") == (later.state == "unknown")


def real(name):
    with gzip.open(HERE / "calendars" / f"{name}.csv.gz", "rt") as file:
        return [day_number(date.fromisoformat(row["day"])) for row in csv.DictReader(file)]


def broken_days(days):
    """The days of a history on which its source would have been called broken."""
    for day in range(min(days) + LIMITS.history_days_minimum, max(days) + 1):
        if state([at for at in days if at <= day], day).state == "broken":
            yield date.fromordinal(day + date(1970, 1, 1).toordinal())


def test_the_incident_log_s_weekends_and_holidays_are_no_fault():
    assert list(broken_days(real("incidents"))) == []


def test_each_gap_of_the_real_purchase_feed_is_found_and_nothing_else():
    found = list(broken_days(real("purchases")))
    months = {(day.year, day.month) for day in found}
    assert months == {(2014, 5), (2014, 6), (2015, 4), (2017, 12), (2018, 1)}
    april = [day for day in found if (day.year, day.month) == (2015, 4)]
    assert (april[0], april[-1]) == (date(2015, 4, 6), date(2015, 4, 26))
    assert max(day for day in found if day.year == 2014) == date(2014, 6, 1)
    assert max(found) == date(2018, 1, 1)


def test_a_silent_client_is_silent_and_under_a_broken_feed_it_is_broken():
    day = MONDAY + 10
    stopped, going = day_set(WEEKDAYS, day), day_set([*WEEKDAYS, *range(MONDAY, day)], day)
    feeds = feed_states([{"tickets": stopped}, {"tickets": going}], {}, day, LIMITS)
    assert feeds["tickets"].state == "flowing"
    assert client_states({"tickets": stopped}, day, feeds, LIMITS)["tickets"].state == "silent"
    assert client_states({"tickets": going}, day, feeds, LIMITS)["tickets"].state == "flowing"
    feeds = feed_states([{"tickets": stopped}], {}, day, LIMITS)
    assert client_states({"tickets": stopped}, day, feeds, LIMITS)["tickets"].state == "broken"


def test_a_feed_that_arrives_each_month_with_old_events_is_not_broken_in_between():
    day = MONDAY
    events = {"procurement": day_set(range(day - 300, day - 45), day)}
    monthly = day_set([day - 20 - 30 * back for back in range(10)], day)
    assert feed_states([events], {}, day, LIMITS)["procurement"].state == "broken"
    arrived = feed_states([events], {"procurement": monthly}, day, LIMITS)
    assert arrived["procurement"].state == "flowing"


def test_a_first_arrival_is_a_sign_of_life_although_its_events_are_old():
    events = {"procurement": day_set(range(MONDAY - 300, MONDAY - 45), MONDAY)}
    today = feed_states([events], {"procurement": 1}, MONDAY, LIMITS)
    assert today["procurement"].state == "flowing"


def test_a_broken_source_is_named_in_every_score_that_reads_it_and_lowers_its_confidence():
    measures = {
        "ticket.rated|5|1|5": dict.fromkeys(WEEKDAYS, 1),
        "buy.count|outside|software": dict.fromkeys(WEEKDAYS, 1),
        "touch|workshop": dict.fromkeys(WEEKDAYS, 1),
    }
    healths = {}
    for day in (MONDAY, MONDAY + 10):
        own = figures(ClientMeasures(measures), POLICY, day)
        arrivals = {"relationship": day_set([*WEEKDAYS, day], day)}
        shared = market([own], POLICY, day, arrivals)
        healths[day] = evaluate("a", ClientMeasures(measures), own, Plan(POLICY), day, shared)
    before, after = healths[MONDAY], healths[MONDAY + 10]
    named = BrokenFeed("tickets", 12, 4)
    assert named in after.trust.missing
    assert named in after.engagement.missing
    assert not any(isinstance(lack, BrokenFeed) for lack in before.trust.missing)
    assert after.trust.confidence < before.trust.confidence * 0.7
    assert after.purchases.confidence == 0.0
    assert after.sources["tickets"].state == "broken"
    assert after.sources["relationship"].state == "silent"


def test_a_score_without_broken_sources_keeps_its_confidence():
    feeds = feed_states([{"tickets": day_set(WEEKDAYS, MONDAY)}], {}, MONDAY, LIMITS)
    assert freshness("trust", feeds).share == 1.0
