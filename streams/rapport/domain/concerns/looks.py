"""Hysteresis over looks: whether something is on today, and since when.

A look is the close of a week, or today. What is on follows from the ledger each time, by going
through the looks again: nothing is remembered, so a late or corrected event leaves no trace.
"""

from collections.abc import Iterable
from typing import Final

UNKNOWN: Final = -1
"""Too little evidence at a look; nothing stays on without evidence."""
ENDS: Final = -2
"""The opposite is true, such as trust over its target: ends it at this look, without waiting."""
OFF: Final = 0
HOLDS: Final = 1
"""Strong enough to go on, not to begin."""
BEGINS: Final = 2
"""Strong enough to begin."""


def strength(*, begins: bool, holds: bool) -> int:
    """Return what a look says."""
    if begins:
        return BEGINS
    return HOLDS if holds else OFF


def on_since(looks: Iterable[int], begin: int, end: int) -> int | None:
    """Return how many looks ago it began, given the newest look first; None: it is not on.

    `begin` looks in a row begin it, `end` looks in a row that do not hold end it.

    >>> on_since([HOLDS, BEGINS, BEGINS, OFF], 1, 2), on_since([OFF, BEGINS, OFF], 1, 2)
    (2, 1)
    >>> on_since([OFF, OFF, BEGINS], 1, 2) is None, on_since([UNKNOWN, BEGINS], 1, 2) is None
    (True, True)
    >>> on_since([ENDS, BEGINS, BEGINS], 1, 2) is None
    True
    """
    return replay(looks, begin, end, 1)[0]


def replay(looks: Iterable[int], begin: int, end: int, count: int) -> tuple[int | None, ...]:
    """Return how many looks ago it began, at each of the newest `count` looks.

    >>> replay([OFF, BEGINS, BEGINS], 1, 2, 3)
    (2, 2, 2)
    """
    needed = _needed(looks, end, count)
    since: int | None = None
    run, states = 0, list[int | None]()
    for ago in range(len(needed) - 1, -1, -1):
        look = needed[ago]
        if look < OFF:
            since, run = None, 0
        elif since is None:
            run = run + 1 if look == BEGINS else 0
            if run == begin:
                since, run = ago + begin - 1, 0
        else:
            run = 0 if look else run + 1
            if run == end:
                since, run = None, 0
        states.append(since)
    newest = states[: -count - 1 : -1]
    return (*newest, *[None] * (count - len(newest)))


def _needed(looks: Iterable[int], end: int, count: int) -> list[int]:
    """Return the newest looks, up to those that leave it off whatever was before them."""
    needed: list[int] = []
    quiet = 0
    for look in looks:
        needed.append(look)
        quiet = 0 if look > OFF else quiet + 1
        if quiet >= end and len(needed) >= count - 1 + end:
            break
        if look < OFF and len(needed) >= count:
            break
    return needed
