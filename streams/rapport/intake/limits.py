"""What bounds the intake: how much may be in it at once, and how fast a token may send."""

import math
from dataclasses import dataclass
from typing import Final

from rapport_schemas.wire.http import RequestRejected

SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The server's bounds. Together they say how much memory it can take."""

    connections_max: int = 1_024
    body_seconds_max: float = 30.0
    """From a request's head to the last byte of its body."""
    idle_seconds_max: float = 75.0
    """For a connection that sends no whole request head; proxies keep theirs open for 60."""
    bodies_bytes_max: int = 64 * 1024 * 1024
    """Bodies that are being read or handled, together."""
    in_flight_events_max: int = 20_000
    in_flight_bytes_max: int = 64 * 1024 * 1024
    """Events that Kafka has not answered for."""
    acknowledge_seconds_max: float = 5.0
    drain_seconds_max: float = 6.0
    """How long requests may end after SIGTERM."""


class Capacity:
    """An amount that has a most; who takes gives back.

    >>> bound = Bound("events", 10)
    >>> bound.take(8)
    >>> bound.used
    8
    >>> bound.take(3)
    Traceback (most recent call last):
    rapport_schemas.wire.http.Refused: busy at the record: 8 of 10 events are taken; try again
    """

    __slots__ = ("_max", "_what", "used")

    def __init__(self, what: str, most: int) -> None:
        self._what, self._max, self.used = what, most, 0

    def take(self, amount: int) -> None:
        """Take, or raise `Refused` when it is too much now."""
        if self.used + amount > self._max:
            detail = f"{self.used} of {self._max} {self._what} are taken; try again"
            raise RequestRejected("busy", "", detail, retry_seconds=1)
        self.used += amount

    def give(self, amount: int) -> None:
        """Give back what was taken."""
        self.used -= amount


class TokenBuckets:
    """A token bucket for each token: one second's worth, refilled as time goes.

    A batch is taken whole while anything is left, and may overdraw; the debt is waited for.

    >>> rates = Rates()
    >>> rates.check("desk", per_second=10, now=0.0)
    >>> rates.spend("desk", 40, per_second=10, now=0.0)
    >>> rates.check("desk", per_second=10, now=1.0)
    Traceback (most recent call last):
    rapport_schemas.wire.http.Refused: too-fast at the record: over 10 events a second
    >>> rates.check("desk", per_second=10, now=3.5)
    """

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def check(self, name: str, per_second: float, now: float) -> None:
        """Raise `Refused`, with the seconds to wait, while `name` is in debt."""
        left = self._left(name, per_second, now)
        if left <= 0:
            wait = max(1, math.ceil(-left / per_second))
            detail = f"over {per_second:g} events a second"
            raise RequestRejected("too-fast", "", detail, retry_seconds=wait)

    def spend(self, name: str, events: int, per_second: float, now: float) -> None:
        """Take `events` from the bucket, into debt if need be."""
        self._buckets[name] = (self._left(name, per_second, now) - events, now)

    def keep(self, names: frozenset[str]) -> None:
        """Forget the buckets of tokens that are gone."""
        self._buckets = {name: kept for name, kept in self._buckets.items() if name in names}

    def _left(self, name: str, per_second: float, now: float) -> float:
        full = max(1.0, per_second * SECOND)
        left, at = self._buckets.get(name, (full, now))
        return min(full, left + (now - at) * per_second)
