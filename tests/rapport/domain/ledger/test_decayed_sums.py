"""Decayed sums: the index and the history agree to the last bit, in any order of arrival."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.ledger.decay import UNIT, growth
from rapport.domain.ledger.decayed_sums import (
    DecayedSumIndex,
    DecayedSums,
    MeasureRule,
    SumWeight,
)
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
SHORTER = CompiledPolicy(parse_policy(TEXT.replace("half_life_days = 90", "half_life_days = 7", 1)))
DAY = 20_000
FACTS = st.sampled_from(
    [
        ("ticket.opened", "incident", "P3"),
        ("ticket.closed", "P1", True, "person", 0),
        ("ticket.closed", "P3", False, "auto", 5),
        ("ticket.rated", 3, 1, 7),
        ("survey.invited",),
        ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
        ("survey.answered", "independent", (("trust", 2, 1, 5),), None),
        ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
        ("touch", "roadmap_talk", ("it_team",), (), (), None),
        ("with-signals", ("ticket.reopened",), ("external_supplier",)),
        ("knowledge", "goals", "client"),
        ("buy", "outside", "software", "acme", "GBP", 1250),
    ]
)
CHANGES = st.lists(
    st.tuples(st.integers(DAY - 500, DAY + 2), FACTS, st.integers(-2, 3)), max_size=40
)


class Halving:
    """One sum of every measure, with a half-life of 90 days."""

    def rule(self, key):
        return MeasureRule((SumWeight("all", 90, int(Fraction(key) * UNIT)),))


def taken_in(changes, compiled=None, day=DAY):
    client = ClientMeasures()
    for number, (at, fact, times) in enumerate(changes):
        client.add(at, fact, times)
        if compiled and number % 3 == 0:
            client.sums_at(compiled, day)
    return client


def test_the_worked_number_of_forward_decay():
    client = ClientMeasures({"1.5": {20_000: 1}, "1.0": {20_045: 1}})
    read = client.sums_at(Halving(), 20_090)["all"] / UNIT
    assert abs(read - 1.4571068) < 1e-7


@given(CHANGES, st.integers(DAY - 400, DAY + 3))
@settings(deadline=None)
def test_the_index_equals_the_history_on_every_day(changes, day):
    kept = taken_in(changes, COMPILED)
    walked = ClientMeasures(kept.amounts).history(COMPILED)
    assert kept.sums_at(COMPILED, day) == walked.sums_at(day)
    assert kept.sums_at(COMPILED, DAY + 3) == walked.sums_at(DAY + 3)


@given(CHANGES, st.randoms())
@settings(deadline=None)
def test_the_order_of_arrival_does_not_show(changes, random):
    shuffled = list(changes)
    random.shuffle(shuffled)
    first, second = taken_in(changes, COMPILED), taken_in(shuffled, COMPILED)
    assert first.sums_at(COMPILED, DAY + 2) == second.sums_at(COMPILED, DAY + 2)


@given(CHANGES, CHANGES)
@settings(deadline=None)
def test_a_removed_fact_leaves_no_trace(changes, mistaken):
    taken_back = [(at, fact, -times) for at, fact, times in mistaken]
    kept = taken_in([*changes, *mistaken, *taken_back], COMPILED)
    assert kept.sums_at(COMPILED, DAY) == taken_in(changes).sums_at(COMPILED, DAY)


@given(CHANGES)
@settings(deadline=None)
def test_another_policy_reads_the_same_amounts_without_an_event_replayed(changes):
    kept = taken_in(changes, COMPILED)
    assert kept.sums_at(SHORTER, DAY) == taken_in(changes).sums_at(SHORTER, DAY)
    assert kept.sums_at(COMPILED, DAY) == taken_in(changes).sums_at(COMPILED, DAY)


@given(CHANGES)
@settings(deadline=None)
def test_a_decayed_sum_is_close_to_one_of_floats(changes):
    client = taken_in(changes)
    sums = {}
    for key, days in client.amounts.items():
        for sum_name, half_life_days, units in COMPILED.rule(key).sum_weights:
            for at, amount in days.items():
                if at <= DAY:
                    aged = amount * units / UNIT * 2 ** (-(DAY - at) / half_life_days)
                    sums.setdefault(sum_name, []).append(aged)
    decayed = client.sums_at(COMPILED, DAY)
    for sum_name, amounts in sums.items():
        assert abs(decayed[sum_name] / UNIT - sum(amounts)) <= 1e-9 * sum(map(abs, amounts)) + 1e-11


def test_facts_of_tomorrow_do_not_count_today():
    client = ClientMeasures()
    client.add(DAY, ("ticket.reopened",), 1)
    today = client.sums_at(COMPILED, DAY)
    client.add(DAY + 1, ("touch", "workshop", ("cio",), (), (), None), 1)
    assert client.sums_at(COMPILED, DAY) == today
    assert client.sums_at(COMPILED, DAY + 1) != today


def test_growth_doubles_each_half_life_exactly():
    for half_life_days in (1, 30, 90, 3650):
        weights = growth(half_life_days)
        assert all(weights[d + half_life_days] == 2 * weights[d] for d in (0, 1, 7, 20_000))


class TwoOfEach:
    """Two sums and a mark for each of two measures, and nothing for the others."""

    def rule(self, key):
        if key not in {"a", "b"}:
            return MeasureRule()
        return MeasureRule((SumWeight("fast", 1, UNIT), SumWeight("slow", 10, 3 * UNIT)), "seen")


def test_each_sum_has_its_own_half_life_and_a_mark_is_the_newest_day():
    client = ClientMeasures({"a": {10: 2}, "b": {20: 1}, "c": {30: 9}})
    for read in (client.sums_at, client.history(TwoOfEach()).sums_at):
        decayed = read(*([TwoOfEach(), 30] if read == client.sums_at else [30]))
        assert decayed.day == 30
        assert decayed["slow"] == 3 * UNIT * 2 // 4 + 3 * UNIT // 2
        assert decayed["fast"] == 2 * UNIT // 2**20 + UNIT // 2**10
        assert decayed["nothing"] == 0
        assert decayed.newest == {"seen": 20}


def test_a_mark_follows_additions_and_removals():
    client, rules = ClientMeasures({"a": {10: 1}}), TwoOfEach()
    client.sums_at(rules, 30)

    def newest(day=30):
        return client.sums_at(rules, day).newest

    def count(key, day, times):
        client._add(key, day, times)  # a measure of the test's own
        assert newest() == client.history(rules).sums_at(30).newest

    for key, day, times, seen in (
        ("a", 20, 1, 20),
        ("a", 15, 1, 20),
        ("b", 25, 1, 25),
        ("b", 25, -1, 20),
        ("a", 15, -1, 20),
        ("a", 20, -1, 10),
        ("c", 28, 1, 10),
    ):
        count(key, day, times)
        assert newest() == {"seen": seen}
    count("a", 10, -1)
    assert client.sums_at(rules, 30).sums == {}
    assert newest() == {}


def test_only_measures_with_a_rule_move_the_newest_day():
    client, rules = ClientMeasures({"a": {10: 1}, "c": {90: 1}}), TwoOfEach()
    sums = DecayedSumIndex(rules, client.amounts)
    assert sums.newest_day == 10
    sums.add("c", 99, 1, {99: 1})
    assert sums.newest_day == 10
    sums.add("b", 12, 1, {12: 1})
    sums.add("b", 8, 1, {12: 1, 8: 1})
    assert sums.newest_day == 12
    assert DecayedSumIndex(rules, {}).newest_day == 0


class MarkOnly:
    """A mark and no weight in a sum."""

    def rule(self, _key):
        return MeasureRule((), "seen")


def test_a_measure_may_set_a_mark_without_a_weight_in_a_sum():
    client = ClientMeasures({"a": {10: 1}})
    assert client.sums_at(MarkOnly(), 10) == DecayedSums(10, {}, {"seen": 10})
    assert client.history(MarkOnly()).sums_at(9) == DecayedSums(9, {}, {})
    assert client.history(MarkOnly()).sums_at(10) == DecayedSums(10, {}, {"seen": 10})
