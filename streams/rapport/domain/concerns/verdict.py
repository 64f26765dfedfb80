"""The verdict on one client on one day: its state, its urgency, its concerns and its good news."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Figure = int | float | str | tuple[str, ...] | None
"""A figure of a concern: a number, a name, or several names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing that may be wrong with a client (or, of class `news`, one that went well)."""

    kind: str
    class_: str
    """`act`, `watch`, `chore` or `news`."""
    since: int
    """The day since which it is on."""
    points: Fraction
    """What it adds to the urgency: its points x sureness x the share of recent evidence, halved
    where another concern of its family counts whole; 0 for chores, news and shared concerns."""
    sureness: float
    """0 to 1."""
    figures: Mapping[str, Figure]
    """The client's own figures, for the sentence and the next step."""
    subject: str = ""
    """What it is about where a kind can be on several times, such as the silent source."""
    is_shared: bool = False
    """Whether most clients of the fleet have it, so that it is told once for the fleet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of one client on one day."""

    state: str
    """`act`, `watch`, `unknown` or `normal`."""
    concerns: tuple[Concern, ...]
    """By class, then the most points first."""
    news: tuple[Concern, ...]

    @property
    def urgency(self) -> Fraction:
        """The sum of the points of all concerns."""
        return sum((concern.points for concern in self.concerns), Fraction(0))
