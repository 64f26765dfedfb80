"""Unmatched client names: the names in dead letters that no client has, by frequency."""

from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rapport.admin.dead_letter import DeadLetterRecord
from rapport.domain.clients.registry import Directory

NAMES_MAX: Final = 100_000
"""Distinct names that are listed; dead letters with further names are counted together."""
SOURCES_MAX: Final = 20
REASON: Final = "unknown-client"


def comparable_name(name: str) -> str:
    """Return a name in the form in which the registry compares names.

    >>> comparable_name(" FIN ") == comparable_name("fin")
    True
    """
    return name.strip().casefold()


@dataclass(slots=True)
class UnmatchedName:
    """One name that no client has, and the dead letters that carry it."""

    first: datetime
    last: datetime
    count: int = 0
    spellings: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)

    def add(self, dead_letter: DeadLetterRecord) -> None:
        """Count one more dead letter."""
        self.count += 1
        self.first = min(self.first, dead_letter.at)
        self.last = max(self.last, dead_letter.at)
        counters = (self.spellings, dead_letter.client), (self.sources, dead_letter.source)
        for counts, item in counters:
            if item in counts or len(counts) < SOURCES_MAX:
                counts[item] += 1

    @property
    def name(self) -> str:
        """The most frequent spelling."""
        return self.spellings.most_common(1)[0][0]

    def as_json(self, current_client: str | None) -> dict[str, Any]:
        """Return the name and its counts as JSON values."""
        return {
            "name": self.name,
            "dead_letters": self.count,
            "sources": dict(self.sources.most_common()),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "current_client": current_client,
        }


@dataclass(frozen=True, slots=True)
class UnmatchedNames:
    """Every unmatched name."""

    names: tuple[UnmatchedName, ...]
    """The most frequent first."""
    others: int
    """Dead letters with names beyond `NAMES_MAX`."""


async def unmatched_names(dead_letters: AsyncIterable[DeadLetterRecord]) -> UnmatchedNames:
    """Return the names in dead letters of the reason `REASON`."""
    names: dict[str, UnmatchedName] = {}
    others = 0
    async for dead_letter in dead_letters:
        key = comparable_name(dead_letter.client)
        name = names.get(key)
        if name is None:
            if len(names) >= NAMES_MAX:
                others += 1
                continue
            name = names[key] = UnmatchedName(dead_letter.at, dead_letter.at)
        name.add(dead_letter)
    by_count = sorted(names.values(), key=lambda one: (-one.count, one.name))
    return UnmatchedNames(tuple(by_count), others)


def current_client(directory: Directory, name: UnmatchedName) -> str | None:
    """Return the client that has the name now; its dead letters can be replayed."""
    return directory.resolve(name.name) if name.name else None
