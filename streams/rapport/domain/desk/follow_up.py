"""Follow-up of a client: which concerns are acknowledged, and which days were promised."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from rapport.domain.calendar import day_number
from rapport.domain.desk.card import Recorded, client_card
from rapport.domain.desk.entries import DeskEntry


class Acknowledgement(NamedTuple):
    """A kind of concern that is known, and needs no attention until a day."""

    kind: str
    day: int
    """The day on which it was acknowledged."""
    until: int
    """The last day on which it holds."""
    points: int | None = None
    """The points of the concern then; None where they were not recorded."""


class Due(NamedTuple):
    """A promise or an action that was not finished on the day on which it was due."""

    day: int
    ended: int | None = None
    """The day on which it was settled, done or dropped; None while it is open."""

    def is_late(self, day: int) -> bool:
        """Return whether it is overdue on a day.

        >>> Due(5).is_late(5), Due(5).is_late(6), Due(5, ended=8).is_late(8)
        (False, True, False)
        """
        return self.day < day and (self.ended is None or day < self.ended)


class FollowUp(NamedTuple):
    """What people recorded of a client that its concerns depend on."""

    acknowledged: tuple[Acknowledgement, ...] = ()
    promises: tuple[Due, ...] = ()
    actions: tuple[Due, ...] = ()
    silenced: frozenset[str] = frozenset()
    """The kinds of concern whose alert is silenced while they are acknowledged."""


NO_FOLLOW_UP: Final = FollowUp()


def follow_up(entries: Iterable[DeskEntry]) -> FollowUp:
    """Return what the entries of a client say, whatever their order."""
    card = client_card(entries)
    promises = (
        Due(_day(one.made.data["due_on"]), None if one.settled is None else one.settled.entry.day)
        for one in card.promises
    )
    return FollowUp(
        tuple(sorted(map(_acknowledgement, card.acknowledgements))),
        _ever_late(promises),
        _ever_late(_actions(card.actions)),
    )


def _acknowledgement(one: Recorded) -> Acknowledgement:
    data = one.data
    return Acknowledgement(data["concern"], one.entry.day, _day(data["until"]), data.get("points"))


def _actions(actions: Iterable[Recorded]) -> Iterator[Due]:
    for one in actions:
        if "due_on" in one.data:
            yield Due(_day(one.data["due_on"]), _end(one))


def _end(action: Recorded) -> int | None:
    if action.data["status"] == "done":
        return _day(action.data["done_on"])
    return None if action.data["status"] == "open" else action.entry.day


def _ever_late(some: Iterable[Due]) -> tuple[Due, ...]:
    """Return what is open or was finished too late, the earliest first."""
    late = (one for one in some if one.ended is None or one.ended > one.day)
    return tuple(sorted(late, key=lambda one: (one.day, one.ended or 0)))


def _day(day: Any) -> int:
    return day_number(date.fromisoformat(day))
