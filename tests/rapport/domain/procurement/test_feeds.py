"""Silence and broken feeds, distinguished by each source's own rhythm; on real calendars too."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import day_number
from rapport.domain.ledger.activity import day_set
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.feeds import (
    SourceState,
    _busy_ratios,
    _gaps,
    _usual_silence_days,
    client_states,
    feed_states,
    freshness,
    source_state,
)
from rapport.domain.procurement.missing_inputs import BrokenFeed
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
LIMITS = POLICY.sources
HERE = Path(__file__).parent
MONDAY = 20_001 - (20_001 + 3) % 7
WEEKDAYS = [day for day in range(MONDAY - 364, MONDAY) if (day + 3) % 7 < 5]


def state(days, day):
    return source_state(day_set(days, day), day, LIMITS)


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
def test_more_silence_never_repairs_a_feed_and_the_state_is_total(days, ahead):
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
        own = client_inputs(ClientMeasures(measures), POLICY, day)
        arrivals = {"relationship": day_set([*WEEKDAYS, day], day)}
        shared = fleet_context([own], POLICY, day, arrivals)
        healths[day] = evaluate(
            "a", ClientMeasures(measures), own, CompiledPolicy(POLICY), day, shared
        )
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
    assert freshness("trust", feeds).ratio == 1.0


# Days with events, as ages: day 0 is the last event. Each source below is judged by hand.
PLAIN = LIMITS.model_copy(
    update={
        "history_days": 56,
        "history_days_minimum": 14,
        "active_days_minimum": 3,
        "gap_share": 0.9,
        "gap_factor": 2.0,
        "slack_days": 1.0,
    }
)


def aged(ages, silence=0):
    """A bit set of days with events, the last of them `silence` full days before today."""
    return sum(1 << age + silence + 1 for age in ages)


@pytest.mark.parametrize(
    ("ages", "state"),
    [
        ([0, 6, 13], "flowing"),
        ([0, 6, 12], "unknown"),
        ([0, 13], "unknown"),
        ([0, 6, 13, 56], "flowing"),
        ([0, 5, 12, 56], "unknown"),
        ([0, 5, 12, 55], "flowing"),
    ],
    ids=[
        "just long enough",
        "a day too short",
        "one day too few",
        "more before the history",
        "only what is in the history counts",
        "its oldest day does",
    ],
)
def test_a_rhythm_is_known_from_so_many_days_on(ages, state):
    assert source_state(aged(ages), MONDAY, PLAIN).state == state


def test_a_silence_that_is_not_known_to_be_unusual_is_still_counted():
    assert source_state(aged([0, 6], 5), MONDAY, PLAIN) == SourceState("unknown", 5, None)
    assert source_state(0, MONDAY, PLAIN) == SourceState("unknown", None, None)


@pytest.mark.parametrize(
    ("silence", "state"), [(0, "flowing"), (1, "flowing"), (2, "broken"), (400, "broken")]
)
def test_a_daily_source_may_be_silent_for_its_slack(silence, state):
    # Every day is busy, no gap: what is allowed is one day.
    found = source_state(aged(range(40), silence), MONDAY, PLAIN)
    assert found == SourceState(state, silence, 1)


def test_of_today_and_yesterday_no_day_is_a_silence():
    assert source_state(aged(range(40)) | 1, MONDAY, PLAIN).silence_days == 0
    assert source_state(aged(range(40)), MONDAY, PLAIN).silence_days == 0


# Busy on Mondays to Fridays, of eight weeks; the newest day is a Sunday's eve, a Friday.
FRIDAY = MONDAY - 3
HALF = (1.0, 1.0, 0.5, 1.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("ages", "weights"),
    [
        ([0, 1, 2], [0, 0]),
        ([0, 2], [1.0]),
        ([0, 3], [1.5]),
        ([0, 3, 4, 7], [0, 0, 1.5]),
        ([0, 9], [5.5]),
        ([0], []),
    ],
    ids=["none", "a Thursday", "and a Wednesday", "several", "more than a week", "one day"],
)
def test_a_gap_weighs_the_busy_days_that_it_cost(ages, weights):
    active_days = sum(1 << age for age in ages)
    assert list(_gaps(active_days, FRIDAY, list(HALF))) == weights


@pytest.mark.parametrize(
    ("allowed", "days"),
    [(0.0, 2), (0.9, 2), (1.0, 3), (1.9, 3), (2.4, 4), (2.5, 5), (4.5, 9), (1e9, 366)],
)
def test_so_many_days_after_the_last_event_weigh_no_more_than_is_allowed(allowed, days):
    # After Friday: Saturday and Sunday weigh nothing, Monday and Tuesday 1, Wednesday 0.5.
    assert _usual_silence_days(allowed, FRIDAY, list(HALF)) == days


def test_a_day_of_the_week_is_as_busy_as_the_share_of_its_days_with_events():
    # Eight days back from a Friday: one of two Fridays, both Thursdays and the Monday are busy.
    shares = _busy_ratios(sum(1 << age for age in (0, 1, 4, 8)), FRIDAY)
    assert shares == [1.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0]


def test_what_is_allowed_is_a_multiple_of_the_usual_gap_and_slack_on_the_busiest_day():
    # Busy from Thursday to Tuesday; each Wednesday is a gap that weighs nothing.
    every_day = [age for age in range(56) if (FRIDAY - age + 3) % 7 != 2]
    assert source_state(aged(every_day), FRIDAY + 1, PLAIN).usual_silence_days == 1
    # Every other day: each gap costs half a day, twice that is 1, and slack is half a day more.
    assert source_state(aged(range(0, 56, 2)), FRIDAY + 1, PLAIN).usual_silence_days == 3
    wide = PLAIN.model_copy(update={"gap_factor": 4.0, "slack_days": 3.0})
    assert source_state(aged(range(0, 56, 2)), FRIDAY + 1, wide).usual_silence_days == 7


@pytest.mark.parametrize(
    ("score", "broken", "ratio"),
    [
        ("trust", ["tickets"], 2 / 3),
        ("trust", ["tickets", "surveys"], 1 / 3),
        ("trust", ["procurement"], 1.0),
        ("engagement", ["relationship"], 2 / 3),
        ("trust.own", ["surveys"], 0.0),
        ("trust.independent", ["surveys"], 0.0),
        ("perception", ["surveys"], 0.0),
        ("knowledge", ["relationship"], 0.0),
        ("participation", ["relationship"], 0.0),
        ("maturity", ["procurement"], 0.75),
        ("divergence", ["surveys"], 2 / 3),
        ("purchases", ["procurement"], 0.0),
    ],
)
def test_a_score_keeps_the_share_of_its_sources_that_flow(score, broken, ratio):
    feeds = dict.fromkeys(("tickets", "surveys"), SourceState("silent", 9, 4))
    feeds |= dict.fromkeys(broken, SourceState("broken", 12, 3))
    found = freshness(score, feeds)
    assert found.ratio == pytest.approx(ratio)
    assert len(found.missing) == (0 if ratio == 1.0 else len(broken))


def test_events_of_all_clients_are_the_feed_s_and_the_newest_arrival_only_a_sign_of_life():
    odd, even = aged(range(1, 40, 2), 1), aged(range(0, 40, 2), 1)
    feeds = feed_states([{"tickets": odd}, {"tickets": even}], {}, MONDAY, PLAIN)
    assert feeds["tickets"] == SourceState("flowing", 1, 1)
    assert set(feeds) == {"tickets", "surveys", "relationship", "procurement"}
    # Two arrivals are too few to know a rhythm: of these, the newest alone is taken.
    feeds = feed_states([{"tickets": odd | even}], {"tickets": 1 << 1 | 1 << 20}, MONDAY, PLAIN)
    assert feeds["tickets"].silence_days == 0
    old = sum(1 << age for age in range(9, 49))
    older = sum(1 << age for age in (2, 30))
    found = feed_states([{"tickets": old}], {"tickets": older}, MONDAY, PLAIN)["tickets"]
    assert found == source_state(old | 1 << 2, MONDAY, PLAIN)
