"""Which classes of words a token belongs to: by stem, by exact form, by its beginning or end."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import snowballstemmer

from rapport.domain.signals.tokens import plain_word

LANGUAGES: Final = {"nl": "dutch", "en": "english"}
STEMMED_LENGTH_MAX: Final = 40
KNOWN_TOKENS_MAX: Final = 65_536


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[language])


def stem(language: str, word: str) -> str:
    """Return the stem of a lower-case word; a word longer than any real one is its own stem.

    >>> stem("en", "suppliers"), stem("nl", "leveranciers")
    ('supplier', 'leverancier')
    """
    if len(word) > STEMMED_LENGTH_MAX:
        return word
    return str(_stemmer(language).stemWord(word))


class Lexicon:
    """The classes of words of one language, each a bit; a token has the bits of its classes."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._exact: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._tails: dict[str, int] = {}
        self._middles: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._bits: dict[frozenset[str], int] = {}

    def add(self, words: Iterable[str]) -> int:
        """Return the bit of a class of words: `word`, `=form`, `begin*`, `*end` or `*middle*`."""
        members = frozenset(plain_word(word) for word in words)
        bit = self._bits.get(members)
        if bit is None:
            bit = self._bits[members] = 1 << len(self._bits)
            for word in members:
                table, key = self._place(word)
                table[key] = table.get(key, 0) | bit
        return bit

    def _place(self, word: str) -> tuple[dict[str, int], str]:
        if word.startswith("="):
            return self._exact, word[1:]
        if word.startswith("*") and word.endswith("*"):
            return self._middles, word.strip("*")
        if word.startswith("*"):
            return self._tails, word[1:]
        if word.endswith("*"):
            return self._heads, word[:-1]
        if not word.isalpha() or word.isupper():
            return self._exact, word
        return self._stems, stem(self._language, word)

    def bits(self, token: str) -> int:
        """Return the bits of all classes that hold the token."""
        found = self._known.get(token)
        if found is None:
            if len(self._known) >= KNOWN_TOKENS_MAX:
                self._known.clear()
            found = self._known[token] = self._look_up(token)
        return found

    def _look_up(self, token: str) -> int:
        found = self._exact.get(token, 0) | self._stems.get(stem(self._language, token), 0)
        word = token[:STEMMED_LENGTH_MAX]
        for size in range(2, len(word) + 1):
            found |= self._heads.get(word[:size], 0) | self._tails.get(token[-size:], 0)
        for middle, bits in self._middles.items():
            if middle in word:
                found |= bits
        return found
