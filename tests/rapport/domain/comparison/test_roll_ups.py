"""Roll-ups: weighed by size, honest about who is missing, and silent about what is withheld."""

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.clients.places import NOWHERE, Place
from rapport.domain.comparison.roll_ups import (
    ROLLED_UP,
    Member,
    groups_together,
    owners_together,
    roll_up,
)
from rapport.domain.scoring.evidence import EvidenceLevel
from rapport.domain.scoring.score import Score, Withheld
from rapport.language.language import find_language
from rapport.language.organisation import describe_roll_up

HUNDREDTHS = 100


def score(name, value, *, is_shown=True):
    level = max(EvidenceLevel) if is_shown else EvidenceLevel.NONE
    return Score(
        name=name,
        denominator=HUNDREDTHS,
        baseline=value,
        parts=(),
        confidence=1.0,
        missing=(),
        evidence=SimpleNamespace(level=level),
        withheld=None if is_shown else Withheld(("survey",), 5),
    )


def member(client, size=None, trust=None, *, group=(), owner="rm", state="normal", withheld=None):
    """A client with a trust in hundredths, or with one that is withheld."""
    shown = trust if withheld is None else withheld
    scores = [score(name, 0, is_shown=False) for name in ROLLED_UP]
    if shown is not None:
        scores[0] = score("trust", shown, is_shown=withheld is None)
    health = SimpleNamespace(client=client, scores=scores, verdict=SimpleNamespace(state=state))
    place = Place(group, size) if group or size is not None else NOWHERE
    return Member(client, owner, place, health)


def trust_of(*members):
    return roll_up(("all",), members).scores["trust"]


def test_a_score_is_weighed_by_size_and_an_unknown_one_does_not_count():
    assert trust_of(member("a", 300, 80), member("b", 100, 40), member("c", 500)) == (0.7, 2, 400)
    assert trust_of(member("a", 300)) == (None, 0, 0)


def test_without_a_size_a_client_counts_only_where_no_size_is_known():
    assert trust_of(member("a", None, 80), member("b", None, 40)) == (pytest.approx(0.6), 2, 2)
    assert trust_of(member("a", 300, 80), member("b", None, 40)) == (0.8, 1, 300)


def test_each_level_of_a_group_holds_all_below_it_and_says_who_is_missing():
    away = Member("d", "rm", Place(("Care",), 10), None)
    groups = groups_together(
        [
            member("a", 10, 50, group=("Care", "Clinic"), state="act"),
            member("b", 30, 90, group=("care ", "Lab")),
            member("c", None, 10),
            away,
        ]
    )
    assert [one.name for one in groups] == [("Care",), ("Care", "Clinic"), ("care ", "Lab")]
    care = groups[0]
    assert (care.clients, care.scored, care.people, care.without_size) == (3, 2, 50, 0)
    assert (care.scores["trust"], care.states["act"]) == ((0.8, 2, 40), 1)
    assert [one.scores["trust"] for one in groups[1:]] == [(0.5, 1, 10), (0.9, 1, 30)]
    owners = owners_together([member("a", owner="rm-b"), member("b", owner="rm-a"), away])
    assert [(one.name, one.clients) for one in owners] == [
        (("rm",), 1),
        (("rm-a",), 1),
        (("rm-b",), 1),
    ]


def test_it_is_told_how_much_counts_and_who_does_not():
    members = [
        member("a", 300, 80),
        member("b", 900, 40),
        member("c", None, 90),
        Member("d", "rm", Place((), 34)),
    ]
    together = roll_up(("Care",), members)
    assert describe_roll_up(together, find_language("en")) == [
        "Weighed by size: Trust 50.0 (2 of 4 clients, 1,200 of 1,234 people).",
        "1 client without a size does not count.",
        "1 client has no scores at this worker.",
    ]
    assert describe_roll_up(together, find_language("nl"))[0] == (
        "Gewogen naar omvang: Vertrouwen 50,0 (2 van 4 klanten, 1.200 van 1.234 medewerkers)."
    )
    assert describe_roll_up(roll_up(("x",), [member("a", None, 50)]), find_language("en")) == [
        "Each client counts the same, because no size is known: Trust 50.0 (1 of 1 client)."
    ]
    assert describe_roll_up(roll_up(("x",), [member("a", 3)]), find_language("en")) == [
        "No score is known."
    ]


VALUES = st.integers(0, HUNDREDTHS)
MEMBERS = st.lists(
    st.tuples(st.none() | st.integers(1, 10_000), st.none() | VALUES, st.booleans()), max_size=8
)
GROUPS = st.lists(st.sampled_from(("Care", "care", "Lab", "Desk")), max_size=3).map(tuple)


@given(MEMBERS, st.permutations(range(8)))
def test_a_roll_up_is_the_weighed_mean_within_its_scores_in_any_order(found, order):
    members = [member(str(number), size, trust) for number, (size, trust, _) in enumerate(found)]
    known = [(size, trust) for size, trust, _ in found if size is not None]
    weighed = known or [(1, trust) for _, trust, _ in found]
    counting = [(size, Fraction(trust, HUNDREDTHS)) for size, trust in weighed if trust is not None]
    result = trust_of(*members)
    assert result.clients == len(counting)
    if counting:
        exact = sum(size * trust for size, trust in counting) / sum(size for size, _ in counting)
        assert result.value == pytest.approx(float(exact))
    shuffled = [members[number] for number in order if number < len(members)]
    assert trust_of(*shuffled) == result


@given(MEMBERS, st.lists(GROUPS, min_size=8, max_size=8), VALUES, VALUES)
def test_no_roll_up_depends_on_a_score_that_is_withheld(found, groups, one, other):
    def told(secret):
        members = [
            member(
                str(number),
                size,
                trust,
                group=groups[number],
                owner=f"rm-{number % 3}",
                withheld=secret if is_withheld else None,
            )
            for number, (size, trust, is_withheld) in enumerate(found)
        ]
        return groups_together(members), owners_together(members)

    assert told(one) == told(other)
