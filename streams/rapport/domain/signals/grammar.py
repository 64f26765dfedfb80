"""One language of the vocabulary, made ready: groups of patterns, and frames over groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.signals.lexicon import KNOWN_TOKENS_MAX, Lexicon
from rapport.domain.signals.patterns import Pattern

Start = tuple[int, int, Pattern]
"""A group, the bits that a sentence must have, and the pattern that gives the group."""
Joins = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
"""By first word: the words after it, and the one word that all of them are read as."""

_NOTHING: Final = (0, ())


@dataclass(frozen=True, slots=True)
class Frame:
    """All `groups` present and no guard, in at most so many neighbouring sentences."""

    name: str
    signal: str
    groups: tuple[int, ...]
    needs: int
    guards: int
    sentences: int


@dataclass(frozen=True, slots=True)
class Found:
    """The groups that a sentence holds, as bits, and the first words that say so."""

    present: int
    words: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What finds the groups of one language in a sentence."""

    common: frozenset[str]
    frames: tuple[Frame, ...]
    lexicon: Lexicon
    breaks: int
    joins: Joins
    starts: Mapping[int, tuple[Start, ...]]
    """By the bit of a pattern's first word."""
    _known: dict[str, tuple[int, tuple[Start, ...]]] = field(default_factory=dict)

    def find(self, tokens: Sequence[str]) -> Found:
        """Return the groups of one sentence; linear in its length."""
        read, shown = self._joined(tokens)
        known = [self._known.get(token) or self._learn(token) for token in read]
        bits = [bit for bit, _ in known]
        sentence = 0
        for bit in bits:
            sentence |= bit
        present = 0
        words: dict[int, str] = {}
        for index, (_, starts) in enumerate(known):
            for group, needs, pattern in starts:
                if needs & sentence != needs or present >> group & 1:
                    continue
                end = pattern.end(bits, index, self.breaks)
                if end:
                    present |= 1 << group
                    words[group] = " ".join(shown[index:end])
        return Found(present, words)

    def _learn(self, token: str) -> tuple[int, tuple[Start, ...]]:
        if len(self._known) >= KNOWN_TOKENS_MAX:
            self._known.clear()
        bits = self.lexicon.bits(token)
        starts: list[Start] = []
        rest = bits
        while rest:
            lowest = rest & -rest
            starts.extend(self.starts.get(lowest, ()))
            rest ^= lowest
        self._known[token] = found = (bits, tuple(starts)) if bits else _NOTHING
        return found

    def _joined(self, tokens: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        if self.joins.keys().isdisjoint(tokens):
            return tokens, tokens
        read: list[str] = []
        shown: list[str] = []
        at = 0
        while at < len(tokens):
            size, token = self._join_at(tokens, at)
            read.append(token)
            shown.append(" ".join(tokens[at : at + size]))
            at += size
        return read, shown

    def _join_at(self, tokens: Sequence[str], at: int) -> tuple[int, str]:
        for rest, token in self.joins.get(tokens[at], ()):
            if tuple(tokens[at + 1 : at + 1 + len(rest)]) == rest:
                return 1 + len(rest), token
        return 1, tokens[at]
