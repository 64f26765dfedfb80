"""The compiled grammar of one language: groups of patterns, and frames over groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.signals.lexicon import CACHED_TOKENS_MAX, Lexicon
from rapport.domain.signals.patterns import Pattern

Start = tuple[int, int, Pattern]
"""A group, the bits that a sentence must have, and the pattern of the group."""
Joins = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
"""First word -> the words after it, and the one token that replaces all of them."""

_NO_CLASS: Final = (0, ())


@dataclass(frozen=True, slots=True)
class Frame:
    """A signal's rule: all `groups` and no guard, within `sentences` neighbouring sentences."""

    name: str
    signal: str
    groups: tuple[int, ...]
    needs: int
    guards: int
    sentences: int


@dataclass(frozen=True, slots=True)
class SentenceGroups:
    """The groups in a sentence as a bit set, and the first words that match each group."""

    present: int
    words: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Matches the groups of one language in a sentence, as a bit-parallel scan over tokens."""

    common: frozenset[str]
    frames: tuple[Frame, ...]
    lexicon: Lexicon
    breaks: int
    joins: Joins
    starts: Mapping[int, tuple[Start, ...]]
    """The bit of a pattern's first word -> the patterns."""
    _cache: dict[str, tuple[int, tuple[Start, ...]]] = field(default_factory=dict)

    def match(self, tokens: Sequence[str]) -> SentenceGroups:
        """Return the groups of one sentence; linear in its length."""
        joined, originals = self._joined(tokens)
        entries = [self._cache.get(token) or self._look_up(token) for token in joined]
        bits = [bit for bit, _ in entries]
        sentence = 0
        for bit in bits:
            sentence |= bit
        present = 0
        words: dict[int, str] = {}
        for index, (_, starts) in enumerate(entries):
            for group, needs, pattern in starts:
                if needs & sentence != needs or present >> group & 1:
                    continue
                end = pattern.end(bits, index, self.breaks)
                if end:
                    present |= 1 << group
                    words[group] = " ".join(originals[index:end])
        return SentenceGroups(present, words)

    def _look_up(self, token: str) -> tuple[int, tuple[Start, ...]]:
        if len(self._cache) >= CACHED_TOKENS_MAX:
            self._cache.clear()
        bits = self.lexicon.bits(token)
        starts: list[Start] = []
        remaining = bits
        while remaining:
            lowest = remaining & -remaining
            starts.extend(self.starts.get(lowest, ()))
            remaining ^= lowest
        self._cache[token] = entry = (bits, tuple(starts)) if bits else _NO_CLASS
        return entry

    def _joined(self, tokens: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        if self.joins.keys().isdisjoint(tokens):
            return tokens, tokens
        joined: list[str] = []
        originals: list[str] = []
        at = 0
        while at < len(tokens):
            size, token = self._join_at(tokens, at)
            joined.append(token)
            originals.append(" ".join(tokens[at : at + size]))
            at += size
        return joined, originals

    def _join_at(self, tokens: Sequence[str], at: int) -> tuple[int, str]:
        for following, token in self.joins.get(tokens[at], ()):
            size = 1 + len(following)
            if tuple(tokens[at + 1 : at + size]) == following:
                return size, token
        return 1, tokens[at]
