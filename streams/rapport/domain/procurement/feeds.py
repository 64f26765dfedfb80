"""Is a source silent, or is its feed broken? A source's own rhythm says, and no fixed timeout.

What is known of a source is on which days something came from it. Every day of the week has its
own share of busy days, so a weekend weighs little for a source that rests at weekends; a silence
weighs the sum of these shares over its full days: the busy days that it cost. It is unusual when
it weighs more than the source's usual gaps, a factor and some slack explain. A long gap of the
past is one among many and does not make the source deaf; holidays that come often become usual.

All of it follows from which days are known, so neither order nor a restart can show.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

from rapport.domain.calendar import EPOCH_WEEKDAY_SHIFT_DAYS
from rapport.domain.ledger.activity import SOURCES
from rapport.domain.missing_inputs import BrokenFeed
from rapport.domain.policy.procurement import SourcesPolicy

FEED_STATES: Final = ("flowing", "broken", "unknown")
EXPECTED_SILENCE_DAYS_MAX: Final = 366
SOURCES_OF_SCORE: Final[Mapping[str, tuple[str, ...]]] = {
    "trust": ("tickets", "surveys", "relationship"),
    "engagement": ("tickets", "surveys", "relationship"),
    "trust.own": ("surveys",),
    "trust.independent": ("surveys",),
    "perception": ("surveys",),
    "knowledge": ("relationship",),
    "participation": ("relationship",),
    "maturity": ("tickets", "surveys", "relationship", "procurement"),
    "divergence": ("tickets", "surveys", "procurement"),
    "purchases": ("procurement",),
}
"""Per score, the sources that it reads."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source stands: what it is silent for, and what its own rhythm explains."""

    state: str
    """`flowing`, `silent` (one client, while the feed flows), `broken` (the feed) or `unknown`."""
    silence_days: int | None
    """Full days without an event; None when there never was one."""
    usual_silence_days: int | None
    """Full days without an event that are still no fault, from the last event on."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What broken sources leave of a score's confidence, and what they keep from it."""

    share: float
    """The share of the score's sources that are not broken, 0 to 1."""
    missing: tuple[BrokenFeed, ...]


ALL_FRESH: Final = Freshness(1.0, ())


UNKNOWN_SOURCE: Final = SourceState("unknown", None, None)


@lru_cache(maxsize=65_536)
def source_state(
    active: int, day: int, policy: SourcesPolicy, fault: str = "broken"
) -> SourceState:
    """Return the state of a source on `day`, given its days with events as a bit set.

    `fault` is what an unusual silence is called. The running day is never held against a source.
    """
    if not active:
        return UNKNOWN_SOURCE
    newest = (active & -active).bit_length() - 1
    silence = max(0, newest - 1)
    known = active >> newest & (1 << policy.history_days) - 1
    span = known.bit_length()
    if span < policy.history_days_minimum or known.bit_count() < policy.active_days_minimum:
        return SourceState("unknown", silence, None)
    shares = _busy_ratios(known, day - newest)
    usual = _nearest_rank(sorted(_gaps(known, day - newest, shares)), policy.gap_share)
    allowed = policy.gap_factor * usual + policy.slack_days * max(shares)
    usual_days = _usual_silence_days(allowed, day - newest, shares)
    return SourceState(fault if silence > usual_days else "flowing", silence, usual_days)


def feed_states(
    clients: Iterable[Mapping[str, int]],
    arrivals: Mapping[str, int],
    day: int,
    policy: SourcesPolicy,
) -> dict[str, SourceState]:
    """Return how each feed stands, given per client and source the days with events.

    The days on which events arrived say it best, because late data is normal: a ledger of cards
    that is published each month is not silent in between. Where too few of them are known, the
    events' own days stand in, and the newest arrival counts as a sign of life.
    """
    events = dict.fromkeys(SOURCES, 0)
    for active in clients:
        for source, days in active.items():
            events[source] |= days
    return {
        source: _feed(days, arrivals.get(source, 0), day, policy) for source, days in events.items()
    }


def _feed(events: int, arrivals: int, day: int, policy: SourcesPolicy) -> SourceState:
    arrived = source_state(arrivals, day, policy)
    if arrived.state != UNKNOWN_SOURCE.state:
        return arrived
    return source_state(events | (arrivals & -arrivals), day, policy)


def client_states(
    active: Mapping[str, int], day: int, feeds: Mapping[str, SourceState], policy: SourcesPolicy
) -> dict[str, SourceState]:
    """Return how each source stands for one client: a broken feed is not the client's silence."""
    return {
        source: feeds[source]
        if feeds[source].state == "broken"
        else source_state(days, day, policy, "silent")
        for source, days in active.items()
    }


def freshness(score: str, feeds: Mapping[str, SourceState]) -> Freshness:
    """Return what broken feeds leave of a score's confidence, and name them.

    >>> feeds = {"procurement": SourceState("broken", 12, 3)}
    >>> freshness("purchases", feeds).missing
    (BrokenFeed(source='procurement', silence_days=12, usual_silence_days=3),)
    >>> freshness("purchases", {}).share
    1.0
    """
    sources = SOURCES_OF_SCORE[score]
    broken = []
    for name in sources:
        match feeds.get(name):
            case SourceState("broken", int(silence), int(usual)):
                broken.append(BrokenFeed(name, silence, usual))
    return Freshness(1 - len(broken) / len(sources), tuple(broken)) if broken else ALL_FRESH


def _weekday(day: int) -> int:
    return (day + EPOCH_WEEKDAY_SHIFT_DAYS) % 7


def _busy_ratios(known: int, newest_day: int) -> list[float]:
    """Return per day of the week, Monday first, the share of its days that had events."""
    busy, total = [0] * 7, [0] * 7
    for age in range(known.bit_length()):
        weekday = _weekday(newest_day - age)
        total[weekday] += 1
        busy[weekday] += known >> age & 1
    return [count / days for count, days in zip(busy, total, strict=True)]


def _gaps(known: int, newest_day: int, shares: list[float]) -> Iterator[float]:
    """Yield what each gap between days with events weighs, the newest first."""
    weight = 0.0
    for age in range(1, known.bit_length()):
        if known >> age & 1:
            yield weight
            weight = 0.0
        else:
            weight += shares[_weekday(newest_day - age)]


def _nearest_rank(ordered: list[float], share: float) -> float:
    """Return the value below or at which `share` of the ordered values lies.

    >>> _nearest_rank([0.0, 1.0, 2.0, 3.0], 0.75)
    2.0
    """
    return ordered[ceil(share * len(ordered)) - 1]


def _usual_silence_days(allowed: float, newest_day: int, shares: list[float]) -> int:
    """Return how many full days after the last event weigh no more than what is allowed."""
    weight = 0.0
    for days in range(EXPECTED_SILENCE_DAYS_MAX):
        weight += shares[_weekday(newest_day + days + 1)]
        if weight > allowed:
            return days
    return EXPECTED_SILENCE_DAYS_MAX
