"""Readings of closed weeks: read once, invalidated from the week of a late event on."""

import pytest

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import NO_MEASURE_RULE, MeasureRule, SumWeight
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.weekly_readings import WeeklyReadings

WEEK = 100
PROMISE = ("promise", "kept")


class Promises:
    """Rules that count promises and nothing else."""

    def rule(self, key):
        return (
            MeasureRule((SumWeight("promises", 10_000, UNIT),))
            if key.startswith("promise")
            else NO_MEASURE_RULE
        )


class Reader:
    """Reading that records the days of its calls."""

    def __init__(self):
        self.days = []

    def __call__(self, sums):
        self.days.append(sums.day)
        return round(sums["promises"] / UNIT)

    def asked(self):
        """The weeks since the last call."""
        weeks, self.days = [(day - 3) // 7 for day in self.days], []
        return weeks


@pytest.fixture
def kept():
    """A client with a promise in each of weeks 95 to 99, its rules and a reader."""
    client = ClientMeasures()
    for week in range(95, 100):
        client.add(last_day_of(week), PROMISE, 1)
    return client, Promises(), Reader()


def test_a_week_ends_on_its_sunday():
    assert [week_of(last_day_of(week) + more) for week in (0, 1, 99) for more in (0, 1)] == [
        *(0, 1, 1, 2, 99, 100)
    ]


def test_weeks_are_read_once_and_empty_ones_share_a_reading(kept):
    client, rules, reader = kept
    assert client.weekly_readings(rules, range(90, 99), reader) == (0, 0, 0, 0, 0, 1, 2, 3, 4)
    assert reader.asked() == [90, 95, 96, 97, 98]
    assert client.weekly_readings(rules, range(90, 99), reader) == (0, 0, 0, 0, 0, 1, 2, 3, 4)
    assert client.weekly_readings(rules, range(91, 100), reader) == (0, 0, 0, 0, 1, 2, 3, 4, 5)
    assert reader.asked() == [99]


@pytest.mark.parametrize(
    ("day", "again"),
    [
        (last_day_of(99), []),
        (last_day_of(98) + 1, []),
        (last_day_of(98), [98]),
        (last_day_of(97) + 1, [98]),
        (last_day_of(97), [97, 98]),
        (last_day_of(95), [95, 96, 97, 98]),
    ],
)
def test_a_late_event_changes_its_week_and_all_after_it(kept, day, again):
    client, rules, reader = kept
    before = client.weekly_readings(rules, range(90, 99), reader)
    reader.asked()
    client.add(day, PROMISE, 1)
    late = len(again)
    expected = (*before[: 9 - late], *(count + 1 for count in before[9 - late :]))
    assert client.weekly_readings(rules, range(90, 99), reader) == expected
    assert reader.asked() == again


def test_an_event_without_a_rule_invalidates_no_week(kept):
    client, rules, reader = kept
    client.weekly_readings(rules, range(90, 99), reader)
    reader.asked()
    client.add(last_day_of(95), ("ticket.reopened",), 1)
    client.weekly_readings(rules, range(91, 99), reader)
    assert reader.asked() == []


def test_other_rules_start_an_empty_cache(kept):
    client, rules, reader = kept
    client.weekly_readings(rules, range(97, 99), reader)
    reader.asked()
    client.weekly_readings(Promises(), range(97, 99), reader)
    assert reader.asked() == [97, 98]


def test_older_readings_are_dropped_and_read_again_when_asked_for(kept):
    client, rules, reader = kept
    ends = WeeklyReadings(rules)
    assert ends.read(client.amounts, range(95, 97), reader) == (1, 2)
    assert ends.read(client.amounts, range(96, 98), reader) == (2, 3)
    assert reader.asked() == [95, 96, 97]
    assert ends.read(client.amounts, range(95, 97), reader) == (1, 2)
    assert reader.asked() == [95]


def test_without_events_all_weeks_share_one_reading():
    reader = Reader()
    assert WeeklyReadings(Promises()).read({}, range(95, 98), reader) == (0, 0, 0)
    assert reader.asked() == [95]
    assert WeeklyReadings(Promises()).read({}, range(5, 5), reader) == ()
