"""Urgency, states and the order of concerns, with the numbers of the built-in policy."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.concerns.kinds import KINDS
from rapport.domain.concerns.verdict import KIND_OF, Concern, verdict_of
from rapport.runtime.policy_file import load_policy

POLICY = load_policy(None).concerns
DAY = 20_000


def concern(kind, sureness=1.0, recent=1.0, **fields):
    return Concern(kind=kind, since=DAY, sureness=sureness, recent=recent, **fields)


def verdict(*concerns, is_known=True):
    return verdict_of(concerns, POLICY, is_known=is_known)


def points_of(*concerns):
    return [(one.kind, one.points) for one in verdict(*concerns).concerns]


def test_points_count_times_sureness_and_times_the_recent_share():
    (only,) = verdict(concern("trust_low", 0.9, 0.5)).concerns
    assert only.points == Fraction("13.5")


def test_of_a_family_the_largest_counts_whole_and_each_other_half():
    assert points_of(
        concern("outside_spend_rising"),
        concern("outside_purchases_rising", 0.5),
        concern("signs_contradict"),
        concern("silent"),
    ) == [
        ("signs_contradict", Fraction(25)),
        ("outside_purchases_rising", Fraction(10)),
        ("silent", Fraction(15)),
        ("outside_spend_rising", Fraction(5)),
    ]


def test_a_chore_and_a_concern_of_most_clients_count_for_nothing():
    found = verdict(concern("knowledge_stale"), concern("silent", is_shared=True))
    assert [one.points for one in found.concerns] == [0, 0]
    assert (found.state, found.urgency) == ("normal", 0)


@pytest.mark.parametrize(("sureness", "state"), [(0.5, "watch"), (0.499, "normal")])
def test_a_client_is_watched_from_five_points(sureness, state):
    assert verdict(concern("overrated", sureness)).state == state


def test_a_reason_to_act_needs_no_points():
    found = verdict(concern("trust_low", recent=0.0))
    assert (found.state, found.urgency) == ("act", 0)


@pytest.mark.parametrize(
    ("concerns", "is_known", "state"),
    [
        ([], False, "unknown"),
        ([], True, "normal"),
        ([concern("knowledge_stale")], False, "unknown"),
        ([concern("silent", is_shared=True)], False, "unknown"),
        ([concern("stage_won")], True, "normal"),
        ([concern("heard_options_open", 0.1)], False, "normal"),
    ],
    ids=["nothing", "known", "a chore", "of most clients", "good news", "a weak sign"],
)
def test_a_client_is_not_known_yet_without_scores_and_without_a_concern(concerns, is_known, state):
    assert verdict(*concerns, is_known=is_known).state == state


ANY = st.lists(
    st.builds(
        concern,
        st.sampled_from([kind.name for kind in KINDS]),
        st.floats(0, 1),
        st.floats(0, 1),
    ),
    max_size=8,
    unique_by=lambda one: one.kind,
)


@given(ANY, st.randoms(use_true_random=False))
def test_the_urgency_is_the_sum_of_hundredths_whatever_the_order_of_the_concerns(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    once, again = verdict(*found), verdict(*shuffled)
    assert once == again
    assert once.urgency == sum((one.points for one in once.concerns), Fraction(0))
    assert all(100 % one.points.denominator == 0 for one in once.concerns)


@given(ANY)
def test_no_concern_counts_for_more_than_its_points_or_for_less_than_half(found):
    for one in verdict(*found).concerns:
        most = getattr(POLICY.points, one.kind, 0) * one.sureness * one.recent
        assert float(one.points) <= most + 0.005 + 1e-9
        assert float(one.points) >= most / 2 - 0.005 - 1e-9
        assert KIND_OF[one.kind].family is not None or float(one.points) >= most - 0.005 - 1e-9
