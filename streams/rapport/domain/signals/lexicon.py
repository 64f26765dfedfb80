"""Lexicon: a token's word classes, by stem, exact form, prefix, suffix or infix."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import snowballstemmer

from rapport.domain.signals.tokens import plain_word

LANGUAGES: Final = {"nl": "dutch", "en": "english"}
STEMMED_LENGTH_MAX: Final = 40
CACHED_TOKENS_MAX: Final = 65_536


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[language])


def stem(language: str, word: str) -> str:
    """Return the Snowball stem of a lower-case word; one of over 40 characters is its own stem.

    >>> stem("en", "suppliers"), stem("nl", "leveranciers")
    ('supplier', 'leverancier')
    """
    if len(word) > STEMMED_LENGTH_MAX:
        return word
    return str(_stemmer(language).stemWord(word))


class Lexicon:
    """The word classes of one language, one bit each; a token has the bits of its classes."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._exact: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._infixes: dict[str, int] = {}
        self._cache: dict[str, int] = {}
        self._bits: dict[frozenset[str], int] = {}

    def add(self, words: Iterable[str]) -> int:
        """Return the bit of a word class: `word`, `=form`, `prefix*`, `*suffix` or `*infix*`."""
        members = frozenset(plain_word(word) for word in words)
        bit = self._bits.get(members)
        if bit is None:
            bit = self._bits[members] = 1 << len(self._bits)
            for word in members:
                table, key = self._table_and_key(word)
                table[key] = table.get(key, 0) | bit
        return bit

    def _table_and_key(self, word: str) -> tuple[dict[str, int], str]:
        if word.startswith("="):
            return self._exact, word[1:]
        if word.startswith("*") and word.endswith("*"):
            return self._infixes, word.strip("*")
        if word.startswith("*"):
            return self._suffixes, word[1:]
        if word.endswith("*"):
            return self._prefixes, word[:-1]
        if not word.isalpha() or word.isupper():
            return self._exact, word
        return self._stems, stem(self._language, word)

    def bits(self, token: str) -> int:
        """Return the bits of all classes of the token."""
        bits = self._cache.get(token)
        if bits is None:
            if len(self._cache) >= CACHED_TOKENS_MAX:
                self._cache.clear()
            bits = self._cache[token] = self._look_up(token)
        return bits

    def _look_up(self, token: str) -> int:
        bits = self._exact.get(token, 0) | self._stems.get(stem(self._language, token), 0)
        word = token[:STEMMED_LENGTH_MAX]
        for size in range(2, len(word) + 1):
            bits |= self._prefixes.get(word[:size], 0) | self._suffixes.get(token[-size:], 0)
        for infix, infix_bits in self._infixes.items():
            if infix in word:
                bits |= infix_bits
        return bits
