"""Gap detection per source: silent clients and broken feeds, by each source's own rhythm.

The input is the set of days with events. Each day of the week has a busy ratio, the part of such
days that had events. A silence weighs the sum of the busy ratios of its full days: a weekend weighs
little for a source that has no events at weekends. A silence is unusual when it weighs more than a
quantile of the source's earlier gaps, times a factor, plus some slack. A quantile is robust: one
long gap does not hide later ones, and frequent holidays become usual.

The result depends on the set of days alone, so order of arrival and restarts do not change it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

from rapport.domain.calendar import EPOCH_WEEKDAY_SHIFT_DAYS
from rapport.domain.ledger.activity import DAYS_MAX, SOURCES
from rapport.domain.policy.procurement import SourcesPolicy
from rapport.domain.procurement.missing_inputs import BrokenFeed

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
"""The sources that each score reads."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of a source: its silence, and the silence that its own rhythm explains."""

    state: str
    """`flowing`, `silent` (one client, while the feed flows), `broken` (the feed) or `unknown`."""
    silence_days: int | None
    """Full days without an event; None when there is no event at all."""
    usual_silence_days: int | None
    """Full days after the last event that are still usual; None when the history is too short."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """The part of a score's sources that is up to date, and the broken feeds among them."""

    ratio: float
    """Sources that are not broken over all sources of the score, 0 to 1."""
    missing: tuple[BrokenFeed, ...]


ALL_FRESH: Final = Freshness(1.0, ())
UNKNOWN_SOURCE: Final = SourceState("unknown", None, None)


@lru_cache(maxsize=65_536)
def source_state(
    active: int, day: int, policy: SourcesPolicy, fault: str = "broken"
) -> SourceState:
    """Return the state of a source on `day`, given its days with events as a bit set.

    `fault` is the state of an unusual silence. The running day is not part of a silence.
    """
    if not active:
        return UNKNOWN_SOURCE
    newest = (active & -active).bit_length() - 1
    silence = max(0, newest - 1)
    history = active >> newest & (1 << policy.history_days) - 1
    span = history.bit_length()
    if span < policy.history_days_minimum or history.bit_count() < policy.active_days_minimum:
        return SourceState("unknown", silence, None)
    busy = _busy_ratios(history, day - newest)
    usual = _nearest_rank(_gaps(history, day - newest, busy), policy.gap_share)
    allowed = policy.gap_factor * usual + policy.slack_days * max(busy)
    usual_days = _usual_silence_days(allowed, day - newest, busy)
    return SourceState(fault if silence > usual_days else "flowing", silence, usual_days)


def feed_states(
    clients: Iterable[Mapping[str, int]],
    arrivals: Mapping[str, int],
    day: int,
    policy: SourcesPolicy,
) -> dict[str, SourceState]:
    """Return the state of each feed, given the days with events per client and source.

    Days of arrival take precedence, because late data is normal: a card ledger that is published
    once a month is not silent in between. With too few days of arrival, the events' own days are
    used, and the newest arrival counts as one of them.
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
    """Return the state of each source of one client; a broken feed is not the client's silence."""
    return {
        source: feeds[source]
        if feeds[source].state == "broken"
        else source_state(days, day, policy, "silent")
        for source, days in active.items()
    }


def freshness(score: str, feeds: Mapping[str, SourceState]) -> Freshness:
    """Return the part of a score's sources that is not broken, and the broken feeds.

    >>> feeds = {"procurement": SourceState("broken", 12, 3)}
    >>> freshness("purchases", feeds).missing
    (BrokenFeed(source='procurement', silence_days=12, usual_silence_days=3),)
    >>> freshness("purchases", {}).ratio
    1.0
    """
    sources = SOURCES_OF_SCORE[score]
    broken = []
    for name in sources:
        match feeds.get(name):
            case SourceState("broken", int(silence), int(usual)):
                broken.append(BrokenFeed(name, silence, usual))
    return Freshness(1 - len(broken) / len(sources), tuple(broken)) if broken else ALL_FRESH


_SILENCE: Final = re.compile("0+")
_EVERY_SEVENTH: Final = sum(1 << 7 * week for week in range(DAYS_MAX // 7 + 2))


def _weekday(day: int) -> int:
    return (day + EPOCH_WEEKDAY_SHIFT_DAYS) % 7


def _busy_ratios(history: int, newest_day: int) -> list[float]:
    """Return for each day of the week, Monday first, the part of such days that had events."""
    days, ratios = (1 << history.bit_length()) - 1, []
    for weekday in range(7):
        same = _EVERY_SEVENTH << (_weekday(newest_day) - weekday) % 7
        ratios.append((history & same).bit_count() / (days & same).bit_count())
    return ratios


def _gaps(history: int, newest_day: int, busy: list[float]) -> list[float]:
    """Return the weight of each gap between days with events, the smallest first."""
    days_by_age, sums = f"{history:b}"[::-1], _SilenceSums(busy)
    silences = [found.span() for found in _SILENCE.finditer(days_by_age)]
    weights = [sums.weight(newest_day - age, end - age) for age, end in silences]
    in_a_row = history.bit_count() - 1 - len(silences)
    return [0.0] * in_a_row + sorted(weights)


class _SilenceSums:
    """The weight of a silence, by the day of the week on which it ends and by its length."""

    def __init__(self, busy: list[float]) -> None:
        self._busy = busy
        self._sums: list[list[float]] = [[0.0] for _ in range(7)]

    def weight(self, last_day: int, days: int) -> float:
        """Return the sum of the busy ratios of the days of a silence, the last day first."""
        weekday = _weekday(last_day)
        sums = self._sums[weekday]
        while len(sums) <= days:
            sums.append(sums[-1] + self._busy[(weekday - len(sums) + 1) % 7])
        return sums[days]


def _nearest_rank(ordered: list[float], quantile: float) -> float:
    """Return a quantile of ordered values by the nearest-rank method.

    >>> _nearest_rank([0.0, 1.0, 2.0, 3.0], 0.75)
    2.0
    """
    return ordered[ceil(quantile * len(ordered)) - 1]


def _usual_silence_days(allowed: float, newest_day: int, busy: list[float]) -> int:
    """Return the number of full days after the last event that weigh at most `allowed`."""
    weight = 0.0
    for days in range(EXPECTED_SILENCE_DAYS_MAX):
        weight += busy[_weekday(newest_day + days + 1)]
        if weight > allowed:
            return days
    return EXPECTED_SILENCE_DAYS_MAX
