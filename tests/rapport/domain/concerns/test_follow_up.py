"""Acknowledged concerns and overdue promises in the verdict, and in the order of the fleet."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import dated
from rapport.domain.concerns.kinds import KINDS
from rapport.domain.concerns.verdict import Concern, verdict_of
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.follow_up import Acknowledgement, Due, FollowUp, follow_up
from rapport.domain.verdicts.changes import verdict_change
from rapport.domain.verdicts.follow_up import with_acknowledged, with_overdue
from rapport.runtime.policy_file import load_policy

POLICY = load_policy(None)
DAY = 20_055
"""A Thursday."""
MOST = POLICY.desk.acknowledged_days_max
RISE = POLICY.desk.acknowledged_points_rise
NAMES = [kind.name for kind in KINDS]


def verdict(*kinds, since=DAY - 10):
    concerns = [Concern(kind=kind, since=since) for kind in kinds]
    return verdict_of(concerns, POLICY.concerns, is_known=True)


def until(found, *acknowledged, day=DAY):
    """Return until when each concern of a verdict is acknowledged."""
    marked = with_acknowledged(found, FollowUp(acknowledged), day, POLICY.desk)
    return {one.kind: one.acknowledged_until for one in marked.concerns}


def known(kind="trust_low", day=DAY - 2, last=DAY + 5, points=30):
    return Acknowledgement(kind, day, last, points)


@pytest.mark.parametrize(
    ("acknowledged", "since", "last"),
    [
        (known(), DAY - 10, DAY + 5),
        (known(last=DAY), DAY - 10, DAY),
        (known(last=DAY - 1), DAY - 10, None),
        (known(day=DAY + 1), DAY - 10, None),
        (known(last=DAY + 400), DAY - 10, DAY - 2 + MOST),
        (known(kind="silent"), DAY - 10, None),
        (known(points=None), DAY - 10, DAY + 5),
        (known(points=30 - RISE), DAY - 10, None),
        (known(points=30 - RISE + 1), DAY - 10, DAY + 5),
        (known(day=DAY - 7), DAY - 1, None),
        (known(day=DAY - 2), DAY - 1, DAY + 5),
    ],
    ids=[
        "it holds",
        "on its last day too",
        "not after it",
        "not before it was recorded",
        "no longer than the policy allows",
        "for its own kind only",
        "without points until its day",
        "it returns when its points rise",
        "a lesser rise is no reason",
        "a concern that began in a later week is another one",
        "within the week the first day may move",
    ],
)
def test_an_acknowledgement_holds_until_its_end_or_that_of_the_concern(acknowledged, since, last):
    assert until(verdict("trust_low", since=since), acknowledged) == {"trust_low": last}


def test_the_last_of_several_sources_holds():
    found = verdict("trust_low")
    assert until(found, known(last=DAY + 1), known(last=DAY + 3)) == {"trust_low": DAY + 3}


def test_a_client_is_acknowledged_when_all_that_counts_is():
    found = verdict("trust_low", "silent", "knowledge_stale")
    both = FollowUp((known(), known("silent")))
    assert not found.is_acknowledged
    one = with_acknowledged(found, FollowUp((known(),)), DAY, POLICY.desk)
    assert (one.is_acknowledged, one.first.kind, one.open_urgency) == (False, "silent", 15)
    every = with_acknowledged(found, both, DAY, POLICY.desk)
    assert (every.is_acknowledged, every.first.kind, every.open_urgency) == (True, "trust_low", 0)
    assert (every.state, every.urgency) == (found.state, found.urgency)
    assert not verdict("knowledge_stale").is_acknowledged


DAYS = st.integers(DAY - 60, DAY + 60)
ACKNOWLEDGED = st.lists(
    st.builds(
        Acknowledgement,
        st.sampled_from(NAMES),
        DAYS,
        DAYS,
        st.none() | st.integers(0, 100),
    ),
    max_size=6,
)
SOME = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(DAY - 60, DAY)), max_size=5)


@given(SOME, ACKNOWLEDGED)
def test_an_acknowledgement_changes_the_order_and_nothing_else(some, acknowledged):
    concerns = [Concern(kind=kind, since=since) for kind, since in some]
    found = verdict_of(concerns, POLICY.concerns, is_known=True)
    marked = with_acknowledged(found, FollowUp(tuple(acknowledged)), DAY, POLICY.desk)
    plain = [replace(one, acknowledged_until=None) for one in marked.concerns]
    assert sorted(map(repr, plain)) == sorted(map(repr, found.concerns))
    assert (marked.state, marked.urgency, marked.news) == (found.state, found.urgency, found.news)
    flags = [one.is_acknowledged for one in marked.concerns]
    assert flags == sorted(flags)
    for one in marked.concerns:
        if one.is_acknowledged:
            assert DAY <= one.acknowledged_until <= DAY + MOST
            assert any(one.kind == noted.kind and noted.day <= DAY for noted in acknowledged)
    change = verdict_change(found, marked, DAY - 1)
    assert (change.began, change.ended, change.steps) == ((), (), 0)


@given(ACKNOWLEDGED, st.sampled_from(NAMES), st.integers(0, 200))
def test_an_acknowledgement_ends_once_and_does_not_come_back(acknowledged, kind, days):
    found = verdict(kind)
    recorded = tuple(one for one in acknowledged if one.day <= DAY)
    before = until(found, *recorded)[kind]
    after = until(found, *recorded, day=DAY + days)[kind]
    assert after is None or (before is not None and after <= before)
    if before is not None and DAY + days <= before:
        assert after == before


LATE = st.builds(Due, DAYS, st.none() | DAYS)


@given(st.lists(LATE, max_size=6), st.lists(LATE, max_size=6))
def test_what_is_overdue_is_a_concern_from_the_day_after(promises, actions):
    recorded = FollowUp((), tuple(promises), tuple(actions))
    quiet = verdict()
    found = with_overdue(quiet, recorded, DAY, POLICY.concerns, is_known=True)
    kinds = {one.kind: one for one in found.concerns}
    for kind, some in (("promise_overdue", promises), ("action_overdue", actions)):
        late = [one.day for one in some if one.is_late(DAY)]
        assert (kind in kinds) == bool(late)
        if late:
            assert kinds[kind].since == min(late) + 1 <= DAY
            assert kinds[kind].figures == {"overdue": len(late)}
            assert kinds[kind].points == getattr(POLICY.concerns.points, kind)


def entry(kind, entity, day=DAY - 30, revision=0, source="urn:a", **data):
    content = {"source": source, "event_id": str(entity), "at": 0, "data": data}
    return DeskEntry("finance", entity, revision, kind, day, msgspec.json.encode(content))


def iso(day):
    return dated(day).isoformat()


ENTRIES = (
    entry("promise", 1, promise_id="A", made_on=iso(DAY - 20), due_on=iso(DAY - 4), what="x"),
    entry("promise", 2, promise_id="B", made_on=iso(DAY - 20), due_on=iso(DAY - 9), what="x"),
    entry("settlement", 3, DAY - 5, promise_id="B", made_on=iso(DAY - 20), kept=True),
    entry("promise", 4, promise_id="C", made_on=iso(DAY - 20), due_on=iso(DAY - 9), what="x"),
    entry("settlement", 5, DAY - 9, promise_id="C", made_on=iso(DAY - 20), kept=True),
    entry("action", 6, action_id="A", what="x", who="it", status="open"),
    entry("action", 7, what="x", who="it", status="open", due_on=iso(DAY - 1)),
    entry("action", 8, what="x", who="it", status="done", due_on=iso(DAY), done_on=iso(DAY + 2)),
    entry("action", 9, DAY + 3, what="x", who="it", status="dropped", due_on=iso(DAY)),
    entry("acknowledgement", 10, DAY - 2, concern="silent", reason="x", until=iso(DAY + 9)),
    entry("note", 11, happened_on=iso(DAY), text="moved"),
)


def test_the_entries_of_a_client_say_what_was_late_and_what_is_acknowledged():
    expected = FollowUp(
        (Acknowledgement("silent", DAY - 2, DAY + 9),),
        (Due(DAY - 9, DAY - 5), Due(DAY - 4)),
        (Due(DAY - 1), Due(DAY, DAY + 2), Due(DAY, DAY + 3)),
    )
    assert follow_up(ENTRIES) == expected
    for some in list(permutations(ENTRIES[:5]))[:20]:
        assert follow_up((*some, *ENTRIES[5:])) == expected


def test_what_was_taken_back_holds_no_more():
    gone = [one._replace(content=None) for one in ENTRIES]
    assert follow_up(gone) == FollowUp()


def test_each_subject_of_a_kind_is_compared_by_its_own_points():
    silent = [
        Concern(kind="silent", since=DAY - 10, subject=source) for source in ("surveys", "tickets")
    ]
    found = verdict_of(silent, POLICY.concerns, is_known=True)
    assert found.points_by_kind == {"silent": Fraction(30)}
    assert until(found, known("silent", points=1)) == {"silent": DAY + 5}
    assert until(found, known("silent", points=0)) == {"silent": None}
