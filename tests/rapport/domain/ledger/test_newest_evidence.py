"""Newest evidence first, against an oracle that counts unit by unit, in any order of arrival."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rapport.domain.ledger.decay import UNIT, growth
from rapport.domain.ledger.evidence_index import EvidenceIndex
from rapport.domain.ledger.newest_evidence import (
    DailyEvidence,
    EvidenceSource,
    EvidenceTotals,
    EvidenceWeight,
    Respondents,
    Window,
)

DAY = 20_000
CAP = 10
SOURCE = EvidenceSource("source", 90, CAP * UNIT)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(1, 6),
        st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(1)]),
    ),
    max_size=30,
)
"""(age in days, weight, value)"""


def daily(events, source=SOURCE, question=None):
    evidence = DailyEvidence(source)
    for event in events:
        evidence.add(weight_of(event, source, question), {DAY - event[0]: 1})
    return evidence


def oracle(events, day=DAY, cap=CAP):
    """Return amount, old part, for and against, and the people, as floats."""
    by_day = {}
    for age, weight, value in events:
        if DAY - age <= day:
            by_day.setdefault(DAY - age, []).append((weight, value))
    amount = old = positive = negative = 0.0
    people = []
    left, direction_left = cap, 2 * cap
    for at in sorted(by_day, reverse=True):
        whole = sum(weight for weight, _ in by_day[at])
        fade = 2 ** (-(day - at) / 90)
        counted, directed = min(whole, left), min(whole, direction_left)
        left, direction_left = left - counted, direction_left - directed
        amount += counted * fade
        old += counted * fade if day - at > 90 else 0
        for weight, value in by_day[at]:
            positive += float(weight * value * directed / whole) * fade
            negative += float(weight * (1 - value) * directed / whole) * fade
            people.append(directed / whole * fade)
    return amount, old, positive, negative, sum(people), sum(weight**2 for weight in people)


def close(found, expected):
    return found / UNIT == pytest.approx(expected, abs=1e-9)


@given(EVENTS, st.integers(0, 500))
def test_every_number_is_as_the_oracle_counts_it(events, ago):
    expected = oracle(events, DAY - ago)
    newest = daily(events, question="q").totals().newest_at(DAY - ago)
    if newest is None:
        assert expected[0] == 0
        return
    found = (newest.amount, newest.old, newest.positive, newest.negative)
    for number, wanted in zip(found, expected, strict=False):
        assert close(number, wanted)
    people, squares = newest.respondents["q"]
    assert people**2 / squares == pytest.approx(expected[4] ** 2 / expected[5])


def measure_of(event):
    _, weight, value = event
    return f"{weight}|{value}"


def weight_of(event, source=SOURCE, question=None):
    _, weight, value = event
    positive = int(weight * value * UNIT)
    return EvidenceWeight(source, positive, weight * UNIT - positive, question)


class Ledger:
    """The live daily amounts of a client, and its index of evidence."""

    def __init__(self):
        self.amounts = {}
        self.index = EvidenceIndex(self.amounts)

    def add(self, event, times):
        measure, day = measure_of(event), DAY - event[0]
        days = self.amounts.setdefault(measure, {})
        days[day] = days.get(day, 0) + times
        if not days[day]:
            del days[day]
        if not days:
            del self.amounts[measure]
        self.index.add(measure, [weight_of(event, question="q")], day, times, days)

    def newest(self):
        return dict(self.index.newest_at(DAY)).get("source")


@given(EVENTS, EVENTS, st.randoms())
def test_the_order_of_arrival_and_what_was_taken_back_leave_no_trace(events, mistaken, random):
    arrivals = [(event, times) for event in events for times in (3, -2)]
    arrivals += [(event, 1) for event in mistaken]
    random.shuffle(arrivals)
    ledger = Ledger()
    for number, (event, times) in enumerate([*arrivals, *((event, -1) for event in mistaken)]):
        ledger.add(event, times)
        if number % 5 == 0:
            ledger.newest()
    expected = daily(events, question="q")
    assert ledger.newest() == expected.newest_at(DAY) == expected.totals().newest_at(DAY)


@given(EVENTS, EVENTS, st.randoms())
def test_without_a_cap_the_index_and_the_totals_agree(events, mistaken, random):
    source = SOURCE._replace(cap=None)
    amounts, evidence = {}, DailyEvidence(source)
    index = EvidenceIndex(amounts)
    changes = [(event, 1) for event in events]
    changes += [(event, times) for event in mistaken for times in (1, -1)]
    random.shuffle(changes)
    for number, ((age, measure, _), times) in enumerate(changes):
        unit, day = EvidenceWeight(source, measure * UNIT), DAY - age
        days = amounts.setdefault(str(measure), {})
        days[day] = days.get(day, 0) + times
        if not days[day]:
            del days[day]
        if not days:
            del amounts[str(measure)]
        index.add(str(measure), [unit], day, times, days)
        if number % 3 == 0:
            dict(index.newest_at(DAY))
    for age, measure, _ in events:
        evidence.add(EvidenceWeight(source, measure * UNIT), {DAY - age: 1})
    found = dict(index.newest_at(DAY)).get("source")
    assert found == evidence.totals().newest_at(DAY)
    assert dict(index.newest_at(DAY + 9)).get("source") == evidence.totals().newest_at(DAY + 9)
    if found is not None:
        expected = oracle([(age, weight, Fraction(1)) for age, weight, _ in events], cap=10**6)
        assert close(found.amount, expected[0])
        assert close(found.old, expected[1])
        assert found.newest_day == DAY - min(age for age, _, _ in events)


@pytest.mark.parametrize("units", [2 * CAP - 1, 2 * CAP, 2 * CAP + 1])
def test_days_long_ago_are_read_where_the_newest_ones_do_not_fill_the_window(units):
    ledger = Ledger()
    ledger.add((0, 1, Fraction(1)), units)
    ledger.add((300, 1, Fraction(0)), 5)
    newest = ledger.newest()
    assert (newest.negative > 0) is (units < 2 * CAP)
    assert newest == daily([(0, 1, 1)] * units + [(300, 1, 0)] * 5, question="q").newest_at(DAY)


@given(EVENTS)
def test_an_amount_never_grows_with_nothing_new(events):
    assume(events)
    evidence = daily(events)
    amounts = [evidence.newest_at(DAY + days).amount for days in range(0, 400, 25)]
    assert amounts == sorted(amounts, reverse=True)


@given(EVENTS, st.tuples(st.integers(0, 400), st.integers(1, 6), st.just(Fraction(1))))
def test_more_evidence_adds_at_most_its_own_decayed_weight(events, another):
    age, weight, _ = another
    before = daily(events).newest_at(DAY)
    after = daily([*events, another]).newest_at(DAY)
    added = after.amount - (before.amount if before else 0)
    weights = growth(90)
    assert 0 <= added <= weight * UNIT * weights[DAY - age] // weights[DAY] + 1


@given(EVENTS)
def test_evidence_of_one_day_counts_up_to_the_cap_in_proportion(events):
    today = [(0, weight, value) for _, weight, value in events]
    assume(today)
    newest = daily(today).newest_at(DAY)
    whole = sum(weight for _, weight, _ in today)
    positive = sum(weight * value for _, weight, value in today)
    assert newest.amount == min(whole, CAP) * UNIT
    ratio = newest.positive / (newest.positive + newest.negative)
    assert ratio == pytest.approx(float(positive / whole), abs=1e-9)


def test_a_day_on_which_the_cap_is_reached_counts_in_part():
    newest = daily([(0, 6, Fraction(1)), (90, 8, Fraction(0)), (180, 40, Fraction(1))]).newest_at(
        DAY
    )
    # Of day 90 another 4 units reach the cap; twice the cap is reached within day 180.
    assert newest.amount == (6 + 4 / 2) * UNIT
    assert newest.positive == (6 + 6 / 4) * UNIT
    assert newest.negative == 8 / 2 * UNIT
    assert newest.window == Window(DAY - 180, 6 * UNIT, 40 * UNIT)


@pytest.mark.parametrize(("age", "old"), [(90, 0), (91, 1)])
def test_evidence_is_old_after_ninety_days(age, old):
    newest = daily([(age, 4, Fraction(1))]).newest_at(DAY)
    assert newest.old == old * newest.amount


def test_without_a_cap_everything_counts():
    newest = daily([(0, 6, Fraction(1)), (90, 60, Fraction(1))], EvidenceSource("s", 90, None))
    assert newest.newest_at(DAY).amount == (6 + 30) * UNIT
    assert newest.newest_at(DAY).positive == (6 + 30) * UNIT


@pytest.mark.parametrize(("weight", "first_day"), [(10, DAY - 1), (20, DAY), (19, DAY - 1)])
def test_the_window_starts_on_the_day_on_which_twice_the_cap_is_reached(weight, first_day):
    events = [(0, weight, Fraction(1)), (1, 10, Fraction(1)), (2, 9, Fraction(0))]
    assert daily(events).newest_at(DAY).window.first_day == first_day


def test_respondents_of_the_first_day_count_for_the_part_that_counts():
    totals = EvidenceTotals(SOURCE, [DAY], [80 * UNIT], [0], {"q": [100]})
    weight = growth(90)[DAY] * 20 // 80
    assert totals.newest_at(DAY).respondents == {"q": Respondents(100 * weight, 100 * weight**2)}


def test_there_is_nothing_before_the_first_day():
    assert daily([(0, 1, Fraction(1))]).totals().newest_at(DAY - 1) is None
    assert DailyEvidence(SOURCE).newest_at(DAY) is None
