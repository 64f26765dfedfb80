"""What changed in a verdict: what began, ended and went well, and where the state went."""

import pytest

from rapport.domain.concerns.verdict import Concern, Verdict
from rapport.domain.verdicts.changes import verdict_change

SINCE = 19_991


def verdict(*concerns, state="watch", news=()):
    return Verdict(state=state, concerns=concerns, news=tuple(news))


def concern(kind, since=SINCE + 3, **others):
    return Concern(kind=kind, since=since, **others)


def kinds(concerns):
    return [one.kind for one in concerns]


def test_what_is_on_on_one_of_the_days_alone_began_or_ended():
    before = verdict(concern("trust_low"), concern("silent", subject="tickets"))
    now = verdict(concern("trust_low"), concern("silent", subject="surveys"))
    change = verdict_change(before, now, SINCE)
    assert [one.subject for one in change.began] == ["surveys"]
    assert [one.subject for one in change.ended] == ["tickets"]


def test_a_concern_of_before_that_a_graver_one_hid_is_not_new():
    hidden = concern("trust_under_target", since=SINCE)
    assert verdict_change(verdict(), verdict(hidden), SINCE).began == ()
    assert kinds(verdict_change(verdict(), verdict(concern("trust_low")), SINCE).began) == [
        "trust_low"
    ]


def test_routine_work_and_what_most_clients_have_is_no_change_of_one_client():
    others = verdict(concern("knowledge_stale"), concern("overrated", is_shared=True))
    assert verdict_change(verdict(), others, SINCE).began == ()
    assert verdict_change(others, verdict(), SINCE).ended == ()
    own = verdict(concern("overrated"))
    assert verdict_change(own, others, SINCE).ended == ()


def test_good_news_that_was_known_is_not_told_again():
    known, new = concern("stage_won"), concern("trust_risen")
    change = verdict_change(verdict(news=[known]), verdict(news=[known, new]), SINCE)
    assert change.news == (new,)


@pytest.mark.parametrize(
    ("before", "now", "steps"),
    [
        ("act", "watch", 1),
        ("act", "normal", 2),
        ("normal", "act", -2),
        ("watch", "watch", 0),
        ("unknown", "act", 0),
        ("normal", "unknown", 0),
    ],
)
def test_a_state_moves_up_or_down_where_both_are_known(before, now, steps):
    assert verdict_change(verdict(state=before), verdict(state=now), SINCE).steps == steps
