"""Hysteresis over looks: the lazy replay equals one that goes through every look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.concerns.looks import BEGINS, ENDS, HOLDS, OFF, UNKNOWN, on_since, replay

LOOKS = st.lists(st.sampled_from((UNKNOWN, ENDS, OFF, OFF, HOLDS, BEGINS)), max_size=30)


def oracle(looks, begin, end):
    """Return for each look, the newest first, how many looks ago it began; none is left out."""
    found = []
    for newest in range(len(looks)):
        since, begun, quiet = None, 0, 0
        for ago in range(len(looks) - 1, newest - 1, -1):
            look = looks[ago]
            begun = begun + 1 if look == BEGINS and since is None else 0
            quiet = quiet + 1 if look == OFF and since is not None else 0
            if look in (UNKNOWN, ENDS) or quiet == end:
                since, begun, quiet = None, 0, 0
            elif begun == begin:
                since, begun, quiet = ago + begin - 1, 0, 0
        found.append(since)
    return found


@given(LOOKS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 6))
def test_the_replay_equals_one_that_leaves_no_look_out(looks, begin, end, count):
    expected = [*oracle(looks, begin, end), *[None] * count][:count]
    assert list(replay(looks, begin, end, count)) == expected


@given(LOOKS, st.integers(1, 3), st.integers(1, 3))
def test_no_more_looks_are_read_than_matter(looks, begin, end):
    read = []
    on_since((read.append(look) or look for look in looks), begin, end)
    quiet = [tuple(read[at : at + end]) for at in range(len(read) - end)]
    assert (OFF,) * end not in quiet
    assert not {UNKNOWN, ENDS} & set(read[:-1])


@pytest.mark.parametrize(
    ("looks", "since"),
    [
        ([BEGINS], 0),
        ([HOLDS], None),
        ([HOLDS, BEGINS], 1),
        ([OFF, BEGINS], 1),
        ([OFF, OFF, BEGINS], None),
        ([OFF, HOLDS, OFF, BEGINS], 3),
        ([BEGINS, UNKNOWN, BEGINS], 0),
        ([ENDS, BEGINS, BEGINS], None),
        ([HOLDS, ENDS, BEGINS], None),
        ([], None),
    ],
)
def test_one_look_begins_and_two_that_do_not_hold_end(looks, since):
    assert on_since(looks, 1, 2) == since
