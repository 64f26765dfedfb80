"""Roll-ups: the scores of the clients of a group or an owner together, weighed by their size.

A score that is not shown (unknown, or withheld because of a small group) is left out of every
roll-up, so that no two of them differ by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Final, NamedTuple

from rapport.domain.clients.places import NOWHERE, Place, folded
from rapport.domain.concerns.kinds import STATES
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score

ROLLED_UP: Final = ("trust", "engagement", "knowledge", "participation")
"""The scores that are rolled up: those with a target."""


class Member(NamedTuple):
    """A registered client of a group or an owner."""

    client: str
    owner: str
    place: Place = NOWHERE
    health: ClientHealth | None = None
    """None where it has no scores at this worker."""


class WeighedScore(NamedTuple):
    """The mean of a score, weighed by size."""

    value: float | None
    """None where no client that counts has the score."""
    clients: int
    """The clients that count."""
    people: int
    """Their sizes, added up; their number where each counts the same."""


@dataclass(frozen=True, slots=True)
class RollUp:
    """Some clients together."""

    name: tuple[str, ...]
    """The path of a group, the greatest first; an owner alone."""
    clients: int
    """The registered clients."""
    scored: int
    """Those with scores at this worker."""
    people: int
    """The known sizes, added up."""
    without_size: int
    """Clients whose size is not known. They count in no score where another size is known."""
    states: Mapping[str, int]
    """State -> clients that are in it."""
    scores: Mapping[str, WeighedScore]

    @property
    def is_weighed(self) -> bool:
        """Whether scores are weighed by size; without any size, each client counts the same."""
        return self.without_size < self.clients


def roll_up(name: tuple[str, ...], members: Iterable[Member]) -> RollUp:
    """Return some clients together."""
    everyone = list(members)
    sizes = {one.client: one.place.size for one in everyone}
    known = {client: size for client, size in sizes.items() if size is not None}
    scored = [one.health for one in everyone if one.health is not None]
    weights = known or dict.fromkeys(sizes, 1)
    return RollUp(
        name=name,
        clients=len(everyone),
        scored=len(scored),
        people=sum(known.values()),
        without_size=len(sizes) - len(known),
        states={state: sum(one.verdict.state == state for one in scored) for state in STATES},
        scores={score: _weighed(score, scored, weights) for score in ROLLED_UP},
    )


def groups_together(members: Iterable[Member]) -> list[RollUp]:
    """Return each group at each level, with all clients below it, in the order of their paths."""
    groups: dict[tuple[str, ...], list[Member]] = {}
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    for one in sorted(members, key=lambda member: member.client):
        for level in range(1, len(one.place.group) + 1):
            path = one.place.group[:level]
            key = tuple(map(folded, path))
            names.setdefault(key, path)
            groups.setdefault(key, []).append(one)
    return [roll_up(names[key], groups[key]) for key in sorted(groups)]


def owners_together(members: Iterable[Member]) -> list[RollUp]:
    """Return each owner with its clients, in the order of the owners."""
    owners: dict[str, list[Member]] = {}
    for one in members:
        owners.setdefault(one.owner, []).append(one)
    return [roll_up((owner,), owners[owner]) for owner in sorted(owners)]


def _weighed(name: str, scored: Iterable[ClientHealth], weights: Mapping[str, int]) -> WeighedScore:
    found = [
        (weights[one.client], score.shown)
        for one in scored
        if one.client in weights
        for score in (_score(one, name),)
        if score.shown is not None
    ]
    if not found:
        return WeighedScore(None, 0, 0)
    total = fsum(weight * value for weight, value in found)
    people = sum(weight for weight, _ in found)
    return WeighedScore(total / people, len(found), people)


def _score(health: ClientHealth, name: str) -> Score:
    return next(score for score in health.scores if score.name == name)
