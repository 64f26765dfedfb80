"""Each score beside its own past, its peers and its target; and what to do first."""

from dataclasses import replace
from pathlib import Path

import pytest

from rapport.streams.core.compare import Peers, beside, priorities
from rapport.streams.core.figures import figures, market
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.own_past import own_past
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.scores import evaluate
from rapport.streams.core.week_ends import last_day_of

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))
COMPARE = PLAN.policy.compare
DAY = 20_000


def health(name, score, answers=9, contacts=0, day=DAY):
    """A client whose trust follows from equal answers on a scale of 1 to 5."""
    client = ClientMeasures()
    client.add(DAY - 20, ("survey.answered", "client", (("trust", score, 1, 5),), None), answers)
    client.add(DAY, ("ticket.opened", "request", "P3"), contacts)
    own = figures(client, PLAN.policy, day)
    return evaluate(name, client, own, PLAN, day, market([own], PLAN.policy, day, {}))


FLEET = [health(name, score) for name, score in zip("abcdef", (5, 4, 4, 3, 2, 1), strict=True)]


def of(one, fleet=FLEET):
    past = own_past(one, None, (), PLAN.policy)
    return beside(one, past, Peers(fleet, COMPARE), COMPARE)["trust"]


def test_a_place_among_peers_counts_the_better_ones_and_equals_share_it():
    assert [of(one).peers.rank for one in FLEET] == [1, 2, 2, 4, 5, 6]
    assert of(FLEET[0]).peers.clients == 6
    middle = (FLEET[2].trust.shown + FLEET[3].trust.shown) / 2
    assert of(FLEET[0]).peers.median == pytest.approx(middle)


def test_of_a_gap_and_a_contradiction_less_is_better():
    peers = Peers([], COMPARE)
    peers._sorted = {"perception": [0.0, 0.1, 0.2, 0.3, 0.4], "trust": [0.0, 0.1, 0.2, 0.3, 0.4]}
    peers._medians = {"perception": 0.2, "trust": 0.2}
    assert peers.place("perception", 0.1).rank == 2
    assert peers.place("trust", 0.1).rank == 4


def test_too_few_clients_or_no_number_gives_no_place():
    assert of(FLEET[0], FLEET[:4]).peers is None
    unknown = health("x", 3, answers=0)
    found = of(unknown)
    assert (found.value, found.peers, found.gap, found.impact) == (None, None, 0.0, 0.0)


def test_the_own_past_is_what_was_shown_at_the_end_of_each_closed_week():
    found = of(health("a", 5))
    assert len(found.past) == COMPARE.past_weeks
    newest_closed = (DAY + 3) // 7 - 1
    assert found.past[-1] == health("a", 5, day=last_day_of(newest_closed)).trust.shown
    assert found.past[0] is None


def test_impact_is_volume_times_the_gap_to_the_target():
    found = of(health("a", 2, contacts=30))
    assert found.gap == pytest.approx(0.70 - found.value)
    assert found.impact == pytest.approx(30 * found.gap)
    assert of(health("a", 5, contacts=30)).impact == 0


def test_the_same_gap_comes_first_where_more_people_meet_it():
    few, many = health("few", 2, contacts=3), health("many", 2, contacts=300)
    gone = replace(health("nobody", 1), volume=0.0)
    first, *_ = priorities([few, many, gone], COMPARE, 2)
    assert (first.client, first.score) == ("many", "trust")
    order = [p.client for p in priorities([few, many, gone], COMPARE, 99) if p.score == "trust"]
    assert order == ["many", "few", "nobody"]
    assert len(priorities([few, many, gone], COMPARE, 2)) == 2
