"""The verdict on one client on one day: its state, its urgency, its concerns and its good news."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from rapport.domain.concerns.kinds import KINDS, NEWS
from rapport.domain.policy.concerns import ConcernPolicy

Figure = int | float | str | tuple[str, ...] | None
"""A figure of a concern: a number, a name, or several names."""
HUNDREDTHS: Final = 100
"""Points are rounded to hundredths, so that the shown points add up to the shown urgency."""
KIND_OF: Final = {kind.name: kind for kind in (*KINDS, *NEWS)}
_PLACE: Final = {name: place for place, name in enumerate(KIND_OF)}
_CLASSES: Final = ("act", "watch", "chore", "news")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing that may be wrong with a client (or, of class `news`, one that went well)."""

    kind: str
    since: int
    """The day since which it is on."""
    sureness: float = 1.0
    """0 to 1."""
    recent: float = 1.0
    """The share of the evidence that is not older than 90 days."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """The client's own figures, for the sentence and the next step."""
    subject: str = ""
    """What it is about where a kind can be on several times, such as the silent source."""
    points: Fraction = Fraction(0)
    """What it adds to the urgency: its points x sureness x `recent`, halved where another concern
    of its family counts whole; 0 for chores, news and shared concerns."""
    is_shared: bool = False
    """Whether most clients of the fleet have it, so that it is told once for the fleet."""
    is_apart: bool = False
    """Whether it reports another fact than the family of its kind, so that neither is halved."""
    acknowledged_until: int | None = None
    """The last day on which it needs no attention; None: nothing acknowledges it."""
    is_silenced: bool = False
    """Whether its alert is silenced in Alertmanager."""

    @property
    def class_(self) -> str:
        """`act`, `watch`, `chore` or `news`."""
        return KIND_OF[self.kind].class_

    @property
    def counts(self) -> bool:
        """Whether it says something about this client: no chore, news or shared concern does."""
        return self.class_ in {"act", "watch"} and not self.is_shared

    @property
    def is_acknowledged(self) -> bool:
        """Whether it is known, and needs no attention now."""
        return self.acknowledged_until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of one client on one day."""

    state: str
    """`act`, `watch`, `unknown` or `normal`."""
    concerns: tuple[Concern, ...]
    """Acknowledged ones last; by class, then the most points first."""
    news: tuple[Concern, ...]

    @property
    def urgency(self) -> Fraction:
        """The sum of the points of all concerns."""
        return sum((concern.points for concern in self.concerns), Fraction(0))

    @property
    def points_by_kind(self) -> dict[str, Fraction]:
        """The points of each kind of concern that is on: the sum of those of its subjects."""
        points: dict[str, Fraction] = {}
        for concern in self.concerns:
            points[concern.kind] = points.get(concern.kind, Fraction(0)) + concern.points
        return points

    @property
    def open_urgency(self) -> Fraction:
        """The sum of the points of the concerns that are not acknowledged."""
        unacknowledged = (one.points for one in self.concerns if not one.is_acknowledged)
        return sum(unacknowledged, Fraction(0))

    @property
    def is_acknowledged(self) -> bool:
        """Whether every concern to act on or to watch is acknowledged; false without one."""
        counting = [one.is_acknowledged for one in self.concerns if one.counts]
        return bool(counting) and all(counting)

    @property
    def first(self) -> Concern | None:
        """What a list says of the client: its largest own concern, else good news."""
        counting = [concern for concern in self.concerns if concern.counts]
        return next(iter((*counting, *self.news)), None)


UNKNOWN: Final = Verdict(state="unknown", concerns=(), news=())
"""The verdict on a client of which nothing is known."""


def verdict_of(found: Iterable[Concern], policy: ConcernPolicy, *, is_known: bool) -> Verdict:
    """Return the verdict that follows from the concerns that are on.

    `is_known` says whether trust, engagement or purchases of the client are known.
    """
    every = tuple(found)
    news = tuple(one for one in every if one.class_ == "news")
    weighed = _weighed([one for one in every if one.class_ != "news"], policy)
    concerns = tuple(sorted(weighed, key=_order))
    state = _state(concerns, policy, is_known=is_known)
    return Verdict(state=state, concerns=concerns, news=tuple(sorted(news, key=_order)))


def _weighed(concerns: list[Concern], policy: ConcernPolicy) -> list[Concern]:
    """Return the concerns with their points; the largest of a family counts whole."""
    weighed, leading = [], set()
    weights = [(_weight(one, policy), one) for one in concerns]
    for weight, concern in sorted(
        weights, key=lambda pair: (-pair[0].points, _PLACE[pair[1].kind])
    ):
        family = None if concern.is_apart else KIND_OF[concern.kind].family
        points = weight.half_shown if family in leading else weight.shown
        if family is not None:
            leading.add(family)
        weighed.append(concern if concern.points == points else replace(concern, points=points))
    return weighed


class _Weight(NamedTuple):
    """The points of a concern, exactly, and as they are shown whole and halved."""

    points: Fraction
    shown: Fraction
    half_shown: Fraction


_NO_WEIGHT: Final = _Weight(Fraction(0), Fraction(0), Fraction(0))


def _weight(concern: Concern, policy: ConcernPolicy) -> _Weight:
    if not concern.counts:
        return _NO_WEIGHT
    return _weight_of(getattr(policy.points, concern.kind), concern.sureness, concern.recent)


@lru_cache(maxsize=65_536)
def _weight_of(most: int, sureness: float, recent: float) -> _Weight:
    points = most * Fraction(sureness) * Fraction(recent)
    return _Weight(points, _rounded(points), _rounded(points / 2))


def _rounded(points: Fraction) -> Fraction:
    return Fraction(round(points * HUNDREDTHS), HUNDREDTHS)


def _order(concern: Concern) -> tuple[object, ...]:
    place = _CLASSES.index(concern.class_)
    return place, -concern.points, _PLACE[concern.kind], concern.subject


def _state(concerns: tuple[Concern, ...], policy: ConcernPolicy, *, is_known: bool) -> str:
    counting = [one.class_ for one in concerns if one.counts]
    if "act" in counting:
        return "act"
    urgency = sum((one.points for one in concerns), Fraction(0))
    if counting and urgency >= policy.watch_urgency:
        return "watch"
    return "normal" if counting or is_known else "unknown"
