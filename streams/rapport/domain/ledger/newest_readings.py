"""Cache of what follows from a client's amounts, on the newest day that was asked for."""

from collections.abc import Callable
from typing import Any, TypeVar

C = TypeVar("C")
R = TypeVar("R")
T = TypeVar("T")


class NewestReadings:
    """Readings of one client on one day, under one set of rules, until an amount changes."""

    __slots__ = ("_day", "_readings", "_rules")

    def __init__(self) -> None:
        self._rules: object = None
        self._day = 0
        self._readings: dict[object, Any] = {}

    def clear(self) -> None:
        """Drop every reading, because an amount changed."""
        self._readings.clear()

    def read(self, reading: Callable[[C, R, int], T], client: C, rules: R, day: int) -> T:
        """Return `reading(client, rules, day)`; that of an earlier day is not cached."""
        if rules is not self._rules or day > self._day:
            self._readings.clear()
            self._rules, self._day = rules, day
        if day < self._day:
            return reading(client, rules, day)
        readings = self._readings
        if reading not in readings:
            readings[reading] = reading(client, rules, day)
        found: T = readings[reading]
        return found
