"""Retention: no deletion because of one wrong clock, and none without notice."""

import pytest

from rapport.domain.ledger import retention
from rapport.domain.ledger.page import Page, encode
from rapport.domain.ledger.retention import (
    DeletionNotice,
    confirmed_day,
    covers,
    is_sudden,
    retraction_of,
)


def test_pages_past_the_horizon_are_deleted_twenty_hours_after_the_notice():
    assert retention.NOTICE_SECONDS == 72_000


@pytest.mark.parametrize(
    ("arrivals", "today", "believed"),
    [
        ([71, 99, 100], 100, 100),
        ([70, 99, 100], 100, None),
        ([70, 71, 99, 100], 100, 100),
        ([98, 99, 100, 100, 130], 130, 100),
        ([98, 99, 100, 127, 128], 128, 128),
        ([98, 99, 100, 200], 100, 100),
        ([100, 100, 100], 100, None),
        ([99, 100], 100, None),
        ([], 100, None),
    ],
    ids=[
        "a witness of 29 days ago",
        "a witness of 30 days ago",
        "the second witness counts",
        "a jump of 30 days",
        "the jump has two witnesses",
        "a day to come",
        "one day thrice",
        "two days",
        "no day",
    ],
)
def test_a_day_is_confirmed_by_three_days_of_arrivals_in_thirty(arrivals, today, believed):
    assert confirmed_day(arrivals, today) == believed


@pytest.mark.parametrize(
    ("oldest", "first", "sudden"), [(100, 100, False), (93, 100, False), (92, 100, True)]
)
def test_more_than_seven_days_at_once_are_sudden(oldest, first, sudden):
    assert is_sudden(oldest, first) is sudden


@pytest.mark.parametrize(
    ("notice", "first_day", "covered"),
    [
        (None, 100, False),
        (DeletionNotice(100, 0.0), 90, True),
        (DeletionNotice(100, 0.0), 107, True),
        (DeletionNotice(100, 0.0), 108, False),
    ],
)
def test_a_notice_covers_its_days_and_seven_more(notice, first_day, covered):
    assert covers(notice, first_day) is covered


def test_a_deleted_page_retracts_each_fact_once_per_entity():
    entries = {
        7: (2, 10, b"seen"),
        8: (0, 10, b"seen"),
        9: (0, 12, b"seen"),
        10: (1, 10, b"told"),
        11: (0, 10, b"told"),
        12: (0, 10, b"alone"),
    }
    found = retraction_of(encode(Page(entries), 10))
    assert sorted((change.times, sorted(change.entries)) for change in found) == [
        (-2, [(0, 10, b"seen"), (0, 10, b"told")]),
        (-1, [(0, 10, b"alone"), (0, 12, b"seen")]),
    ]
