"""Small-group suppression: answers of fewer people than the minimum are combined or withheld."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.explanation.apportionment import PointsRow
from rapport.domain.explanation.change_attribution import announced_score
from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.explanation.difference import difference
from rapport.domain.explanation.row_suppression import (
    PEOPLE_KINDS,
    SMALL_GROUP,
    suppress_small_days,
)
from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import PolicyError, parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.score import Part
from rapport.domain.scoring.small_groups import (
    COMBINED,
    complementary_suppression,
    disclose_parts,
    enough_respondents,
    meets_minimum,
    people,
    people_sum_weights,
)
from rapport.language.announcements import score_announcement
from rapport_schemas.exact_numbers import total

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
OPEN = CompiledPolicy(
    parse_policy(TEXT.replace("minimum_respondents = 5", "minimum_respondents = 1"))
)
DAY = 20_000
CLOSED = ("ticket.closed", "P3", True, "person", 0)
LATE = ("ticket.closed", "P2", False, "person", 0)


def answer(viewpoint="client", score=4, question="trust"):
    return ("survey.answered", viewpoint, ((question, score, 1, 5),), None)


def client_of(events):
    client = ClientMeasures()
    for day, fact, times in events:
        client.add(day, fact, times)
    return client


def at(client, day=DAY, compiled=COMPILED):
    own = client_inputs(client, compiled.policy, day)
    shared = fleet_context([own], compiled.policy, day, {})
    return take_client_snapshot(client, compiled, evaluate("a", client, own, compiled, day, shared))


def parts(score):
    return {part.component: part.points for part in score.parts}


AGED = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9)), min_size=1, max_size=8)
ANSWERS_THAT_COUNT = 20
"""An answer weighs 4, and twice the cap is 80."""


def days_of(aged):
    """Return (age, number of answers), the newest first."""
    days = {}
    for age, times in aged:
        days[age] = days.get(age, 0) + times
    return sorted(days.items())


@given(AGED)
@settings(deadline=None)
def test_the_number_of_people_is_kish_s_and_never_greater_than_the_true_one(aged):
    client = client_of((DAY - age, answer(), times) for age, times in aged)
    newest = client.sums_at(COMPILED, DAY).evidence["trust.client.survey"]
    weights, left = [], ANSWERS_THAT_COUNT
    for age, times in days_of(aged):
        part = min(1, left / times)
        left -= part * times
        weights += [part * 2 ** (-age / 90)] * (times if part else 0)
    effective = math.fsum(weights) ** 2 / math.fsum(weight * weight for weight in weights)
    for minimum in range(2, 12):
        found = enough_respondents(*newest.respondents["trust"], minimum)
        if abs(effective - minimum) > 1e-4:
            assert found is (effective > minimum)
        assert not (found and len(weights) < minimum)


@pytest.mark.parametrize("age", [0, 1, 89, 300, 900])
def test_five_that_answered_on_one_day_stay_five_however_long_ago(age):
    now = at(client_of([(DAY - age, answer("own"), 5), (DAY - age, answer("independent"), 4)]))
    assert now.health.perception.own.withheld is None
    assert now.health.perception.independent.withheld.inputs == ("independent",)


def test_one_new_answer_among_decayed_ones_is_a_small_group():
    old = [(DAY - 720, answer("own"), 40)]
    assert at(client_of(old)).health.perception.own.withheld is None
    assert at(client_of([*old, (DAY, answer("own"), 1)])).health.perception.own.withheld


def test_an_answered_survey_is_one_person_however_many_questions_it_answers():
    both = ("survey.answered", "own", (("recommend", 4, 1, 5), ("trust", 4, 1, 5)), None)
    assert at(client_of([(DAY, both, 4)])).health.perception.own.shown is None
    assert at(client_of([(DAY, both, 5)])).health.perception.own.shown == pytest.approx(0.738, 0.01)


def test_a_small_part_is_combined_with_the_largest_other_and_the_score_stays():
    events = [(DAY, CLOSED, 20), (DAY, ("promise", "kept"), 1), (DAY, answer(score=2), 4)]
    found, truly = (
        at(client_of(events)).health.trust,
        at(client_of(events), compiled=OPEN).health.trust,
    )
    assert list(parts(found)) == [COMBINED, "promise"]
    assert parts(found)[COMBINED] == parts(truly)["closed"] + parts(truly)["survey"]
    assert (found.value, found.shown, found.low) == (truly.value, truly.shown, truly.low)
    assert found.withheld == (("survey",), 5, ("closed", "survey"))


def test_two_small_parts_are_never_combined_with_each_other_alone():
    events = [(DAY, CLOSED, 20), (DAY, ("ticket.rated", 2, 1, 5), 3), (DAY, answer(), 3)]
    assert list(parts(at(client_of(events)).health.trust)) == [COMBINED]


@pytest.mark.parametrize(("tickets", "shown"), [(0, False), (11, False), (12, True)])
def test_trust_that_rests_on_a_small_group_alone_is_withheld(tickets, shown):
    now = at(client_of([(DAY, answer(score=5), 4), (DAY, CLOSED, tickets)][: 1 + bool(tickets)]))
    assert (now.health.trust.shown is not None) is shown
    if not shown:
        assert now.health.trust.value == Fraction(1, 2)
        assert (now.health.trust.parts, now.health.trust.confidence) == ((), 0)


def test_the_response_of_a_small_group_is_combined_with_other_contact_or_withheld():
    asked = [(DAY, ("survey.invited",), 4), (DAY, ("survey.answered", "client", (), 0), 2)]
    talk = (DAY, ("touch", "workshop", ("cio",), (), (), None), 1)
    assert at(client_of(asked)).health.engagement.shown is None
    disclosed = at(client_of([*asked, talk])).health.engagement
    assert COMBINED in parts(disclosed)
    assert "response" not in parts(disclosed)
    more = [(DAY, ("survey.invited",), 1), *asked, talk]
    assert "response" in parts(at(client_of(more)).health.engagement)


def test_a_day_with_a_small_group_is_suppressed_and_so_is_the_remainder_that_discloses_it():
    days = {DAY - 3: 7, DAY - 2: 5, DAY - 1: 1}
    rows = [PointsRow("survey", "answer", day, 2, count) for day, count in days.items()]
    disclosed = suppress_small_days(rows, 5)
    assert [(row.day, row.events) for row in disclosed] == [(None, 6), (DAY - 3, 7)]


def test_the_policy_may_not_measure_silence_on_fewer_invitations_than_the_minimum_group():
    with pytest.raises(PolicyError, match=r"invitations_minimum is 5.*minimum_respondents, 6"):
        parse_policy(TEXT.replace("minimum_respondents = 5", "minimum_respondents = 6"))


FACTS = [
    ("ticket.opened", "incident", "P3"),
    CLOSED,
    LATE,
    ("ticket.reopened",),
    ("ticket.rated", 4, 1, 7),
    ("survey.invited",),
    ("survey.answered", "client", (("recommend", 3, 1, 5), ("trust", 4, 1, 5)), 9),
    answer("client", 3),
    answer("own", 5),
    answer("independent", 2, "relationship"),
    ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
    ("promise", "kept"),
]
EVENTS = st.lists(
    st.tuples(
        st.integers(DAY - 300, DAY),
        st.sampled_from(FACTS),
        st.sampled_from([1, 1, 2, 4, 5, 9]),
    ),
    max_size=25,
)
NAMED = {"trust", "engagement", "perception", "trust.own", "trust.independent"}


@given(EVENTS, st.integers(0, 90))
@settings(deadline=None, max_examples=80)
def test_what_is_withheld_moves_no_score_and_every_sum_stays_exact(events, ago):
    client = client_of(events)
    now, before = at(client), at(client, DAY - ago)
    truly = {score.name: score for score in at(client, compiled=OPEN).health.scores}
    for score in now.health.scores:
        rows = now.attributions[score.name].rows
        assert sum(row.points for row in rows) == score.numerator
        if score.name in NAMED - {"perception"} and (score.parts or not score.withheld):
            assert score.value == truly[score.name].value
        disclosed = difference(
            before.attributions[score.name], now.attributions[score.name], DAY - ago, DAY
        )
        assert sum(change.points for change in disclosed.changes) == disclosed.points
        assert disclosed.points == disclosed.after - disclosed.before


@given(EVENTS, EVENTS, st.integers(0, 90))
@settings(deadline=None, max_examples=60)
def test_every_announcement_adds_up_and_discloses_no_small_group(first, second, days):
    client, kept = client_of(first), {}
    snapshots = [at(client)]
    for day, fact, times in second:
        client.add(day, fact, times)
    snapshots += [at(client), at(client, DAY + days)]
    for now in snapshots:
        for name, found in now.attributions.items():
            change = score_announcement(found, kept.get(name), now.health)
            if change is None:
                continue
            assert total(part.points for part in change.attribution) == change.change.fraction
            disclosed = [*change.attribution, *change.evidence]
            assert all(one.events >= 5 for one in disclosed if one.kind in PEOPLE_KINDS)
            kept[name] = announced_score(found, change.event_id, now.health.day, COMPILED.hash)


@given(EVENTS)
@settings(deadline=None, max_examples=60)
def test_no_attribution_row_discloses_a_small_group_of_a_day(events):
    for name, found in at(client_of(events)).attributions.items():
        for row in found.rows:
            small_parts = row.kind in PEOPLE_KINDS and 0 < row.events < 5
            # Of ten that were invited three may have answered: that is shown for the ten.
            assert not small_parts or (name in ("engagement", "divergence") and row.day is None)


def test_the_change_of_a_small_group_is_combined_with_another_change():
    old = [(DAY - 30, answer(score=5), 8), (DAY - 40, CLOSED, 9)]
    new = [(DAY - 1, answer(score=1), 2), (DAY - 1, LATE, 2)]
    client = client_of([*old, *new])
    before, now = at(client, DAY - 7), at(client)
    disclosed = difference(before.attributions["trust"], now.attributions["trust"], DAY - 7, DAY)
    assert {change.component for change in disclosed.changes} == {COMBINED}
    assert sum(change.points for change in disclosed.changes) == disclosed.points < 0


def test_a_group_at_one_of_two_moments_is_a_group_at_both():
    client = client_of([(DAY - 30, answer(score=5), 4), (DAY - 40, CLOSED, 30)])
    client.add(DAY - 1, answer(score=1), 6)
    before, now = at(client, DAY - 7), at(client)
    assert COMBINED in parts(before.health.trust)
    assert "survey" in parts(now.health.trust)
    disclosed = difference(before.attributions["trust"], now.attributions["trust"], DAY - 7, DAY)
    assert [(change.component, change.kind) for change in disclosed.changes] == [
        (COMBINED, SMALL_GROUP)
    ]


def test_an_announcement_after_the_group_is_gone_tells_no_more_than_the_group():
    client = client_of([(DAY - 30, answer(score=5), 4), (DAY - 40, CLOSED, 30)])
    first = score_announcement(at(client).attributions["trust"], None, at(client).health)
    kept = announced_score(at(client).attributions["trust"], first.event_id, DAY, COMPILED.hash)
    client.add(DAY, answer(score=1), 3)
    now = at(client)
    assert now.health.trust.withheld is None
    second = score_announcement(now.attributions["trust"], kept, now.health)
    assert {part.component for part in second.attribution} == {COMBINED}
    assert total(part.points for part in second.attribution) == second.change.fraction


@pytest.mark.parametrize(
    ("half_life_days", "weights", "squares"), [(90, 90, 45), (91, 92, 46), (1, 2, 1), (2, 2, 1)]
)
def test_the_square_of_a_weight_fades_in_half_the_time_which_is_rounded_up(
    half_life_days, weights, squares
):
    assert people_sum_weights("x", half_life_days) == (
        SumWeight("people.x", weights, UNIT),
        SumWeight("people.x.squared", squares, UNIT),
    )


@pytest.mark.parametrize(
    ("weights", "squares", "found"),
    [
        (5 * UNIT, 5 * UNIT, True),
        (5 * UNIT - 2**21, 5 * UNIT, True),
        (5 * UNIT - 2**22, 5 * UNIT, False),
        (0, 0, False),
    ],
    ids=["five", "five but for rounding", "fewer by more than a millionth", "nobody"],
)
def test_five_people_are_five_to_a_millionth(weights, squares, found):
    sums = DecayedSums(0, {"people.x": weights, "people.x.squared": squares}, {})
    assert meets_minimum(sums, people("x"), 5) is found


PARTS = (
    Part("closed", 5, 9),
    Part("promise", 1, 20),
    Part("rating", 0, 30),
    Part("survey", -3, 4),
)


@pytest.mark.parametrize(
    ("small_parts", "parts", "together"),
    [
        ([], PARTS, None),
        (["survey"], (PARTS[0], Part("combined", -2, 24), PARTS[2]), ("promise", "survey")),
        (
            ["survey", "promise"],
            (Part("combined", 3, 33), PARTS[2]),
            ("closed", "promise", "survey"),
        ),
        (["closed"], (Part("combined", 6, 29), *PARTS[2:]), ("closed", "promise")),
    ],
)
def test_small_parts_are_combined_with_the_heaviest_other_that_has_points(
    small_parts, parts, together
):
    found = disclose_parts(PARTS, small_parts, 5)
    assert found.parts == tuple(sorted(parts))
    assert found.withheld == (together and (tuple(small_parts), 5, together))


def test_small_parts_without_another_that_has_points_are_withheld():
    assert disclose_parts(PARTS, ["closed", "promise", "survey"], 5) is None


@pytest.mark.parametrize(
    ("small_parts", "weights", "together"),
    [
        (["a"], {"b": 2, "c": 3}, {"a", "c"}),
        (["a"], {"c": 2, "b": 2}, {"a", "b"}),
        (["a"], {"a": 9}, {"a"}),
        ([], {"b": 2}, set()),
    ],
    ids=["the heaviest", "the first of equals", "no other", "nobody is few"],
)
def test_complementary_suppression_adds_the_heaviest_other_component(
    small_parts, weights, together
):
    assert complementary_suppression(small_parts, weights) == together
