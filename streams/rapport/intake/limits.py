"""Limits of the intake: how much it holds at once, and the rate of each token."""

import math
from dataclasses import dataclass
from typing import Final

from rapport_schemas.wire.http import RequestRejected

SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a server; together they bound its memory."""

    connections_max: int = 1_024
    body_seconds_max: float = 30.0
    """From the end of a request's head to the last byte of its body."""
    idle_seconds_max: float = 75.0
    """For a connection without a complete request head; proxies keep theirs open for 60."""
    bodies_bytes_max: int = 64 * 1024 * 1024
    """The size of all bodies being read or handled."""
    in_flight_events_max: int = 20_000
    in_flight_bytes_max: int = 64 * 1024 * 1024
    """Events that Kafka has not acknowledged."""
    acknowledge_seconds_max: float = 5.0
    drain_seconds_max: float = 6.0
    """How long requests may take to finish after SIGTERM."""


class Capacity:
    """A limited amount that callers take from and give back to.

    >>> capacity = Capacity("events", 10)
    >>> capacity.take(8)
    >>> capacity.used
    8
    >>> capacity.take(3)
    Traceback (most recent call last):
    rapport_schemas.wire.http.RequestRejected: busy at the record: 8 of 10 events are ...
    """

    __slots__ = ("_max", "_what", "used")

    def __init__(self, what: str, maximum: int) -> None:
        self._what, self._max, self.used = what, maximum, 0

    def take(self, amount: int) -> None:
        """Take an amount; raises `RequestRejected` when there is not enough."""
        if self.used + amount > self._max:
            detail = f"{self.used} of {self._max} {self._what} are taken; try again"
            raise RequestRejected("busy", "", detail, retry_seconds=1)
        self.used += amount

    def give(self, amount: int) -> None:
        """Give back an amount that was taken."""
        self.used -= amount


class TokenBuckets:
    """Rate limits: a token bucket for each API token, which holds one second of events.

    A batch is accepted whole while the bucket is not empty, and may overdraw it; the sender then
    waits until the debt is refilled.

    >>> buckets = TokenBuckets()
    >>> buckets.check("desk", per_second=10, now=0.0)
    >>> buckets.spend("desk", 40, per_second=10, now=0.0)
    >>> buckets.check("desk", per_second=10, now=1.0)
    Traceback (most recent call last):
    rapport_schemas.wire.http.RequestRejected: too-fast at the record: over 10 events a second
    >>> buckets.check("desk", per_second=10, now=3.5)
    """

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def check(self, name: str, per_second: float, now: float) -> None:
        """Raise `RequestRejected`, with the seconds to wait, while `name` is in debt."""
        level = self._level(name, per_second, now)
        if level <= 0:
            wait = max(1, math.ceil(-level / per_second))
            detail = f"over {per_second:g} events a second"
            raise RequestRejected("too-fast", "", detail, retry_seconds=wait)

    def spend(self, name: str, events: int, per_second: float, now: float) -> None:
        """Take `events` from the bucket; it may go into debt."""
        self._buckets[name] = (self._level(name, per_second, now) - events, now)

    def retain(self, names: frozenset[str]) -> None:
        """Drop the buckets of tokens that are not in `names`."""
        self._buckets = {name: state for name, state in self._buckets.items() if name in names}

    def _level(self, name: str, per_second: float, now: float) -> float:
        full = max(1.0, per_second * SECOND)
        level, at = self._buckets.get(name, (full, now))
        return min(full, level + (now - at) * per_second)
