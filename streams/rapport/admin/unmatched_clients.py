"""What arrived for nobody: the names in dead letters that are no client's, by frequency."""

from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rapport.admin.dead_letter import DeadLetterRecord
from rapport.domain.clients import Directory

NAMES_MAX: Final = 100_000
"""Names that are told apart; letters of any more are counted together."""
SOURCES_MAX: Final = 20
REASON: Final = "unknown-client"


def same_name(name: str) -> str:
    """Return what two spellings of a name have in common, as the registry forgives them.

    >>> same_name(" FIN ") == same_name("fin")
    True
    """
    return name.strip().casefold()


@dataclass(slots=True)
class UnmatchedName:
    """One name, and what arrived for it."""

    first: datetime
    last: datetime
    letters: int = 0
    spellings: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)

    def add(self, letter: DeadLetterRecord) -> None:
        """Count one more letter."""
        self.letters += 1
        self.first, self.last = min(self.first, letter.at), max(self.last, letter.at)
        for counts, item in ((self.spellings, letter.client), (self.sources, letter.source)):
            if item in counts or len(counts) < SOURCES_MAX:
                counts[item] += 1

    @property
    def name(self) -> str:
        """The most frequent spelling."""
        return self.spellings.most_common(1)[0][0]

    def as_json(self, known_as: str | None) -> dict[str, Any]:
        """Return it for a script."""
        return {
            "name": self.name,
            "letters": self.letters,
            "sources": dict(self.sources.most_common()),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "known_as": known_as,
        }


@dataclass(frozen=True, slots=True)
class UnmatchedNames:
    """All that arrived for nobody."""

    found: tuple[UnmatchedName, ...]
    """The most frequent first."""
    others: int
    """Letters of names beyond `NAMES_MAX`."""


async def unmatched_names(letters: AsyncIterable[DeadLetterRecord]) -> UnmatchedNames:
    """Return the names in the letters given."""
    names: dict[str, UnmatchedName] = {}
    others = 0
    async for letter in letters:
        name = same_name(letter.client)
        stranger = names.get(name)
        if stranger is None:
            if len(names) >= NAMES_MAX:
                others += 1
                continue
            stranger = names[name] = UnmatchedName(letter.at, letter.at)
        stranger.add(letter)
    found = sorted(names.values(), key=lambda one: (-one.letters, one.name))
    return UnmatchedNames(tuple(found), others)


def current_client(directory: Directory, stranger: UnmatchedName) -> str | None:
    """Return the client that a name is of by now; its letters only wait to be replayed."""
    return directory.resolve(stranger.name) if stranger.name else None
