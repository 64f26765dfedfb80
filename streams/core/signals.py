"""Which signals a client's own words give, and the words that say so; no learned model."""

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import snowballstemmer

from rapport.schemas.errors import RapportError
from rapport.streams.core.text import sentences

LANGUAGES = {"nl": "dutch", "en": "english"}
_GAP_TOKENS = 6


class SignalVocabularyError(RapportError):
    """The vocabulary cannot be used as it is written."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal, and the words of the text that are the reason for it."""

    name: str
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words in order; `gaps[i]` says that other words may stand before word i."""

    words: tuple[tuple[str, ...], ...]
    gaps: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """All `groups` present and none of `guards`, within two neighbouring sentences."""

    signal: str
    groups: tuple[str, ...]
    guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One language's groups of patterns and frames; `common` are the words that betray it."""

    groups: Mapping[str, tuple[Pattern, ...]]
    frames: tuple[Frame, ...]
    common: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The languages that signals are looked for in."""

    languages: Mapping[str, Language]


def parse_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary in TOML; what is wrong in it is named with its place."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise SignalVocabularyError(f"the signal vocabulary is not TOML: {wrong}") from wrong
    unknown = set(document) - set(LANGUAGES)
    if unknown or not document:
        raise SignalVocabularyError(
            f"the signal vocabulary has the languages {sorted(unknown)}; expected tables nl and en"
        )
    return Vocabulary({name: _language(name, document[name]) for name in document})


def _language(name: str, table: Any) -> Language:
    if not isinstance(table, dict) or not {"groups", "frames"} <= set(table):
        raise SignalVocabularyError(f"[{name}] needs the tables [{name}.groups] and frames")
    words = table["groups"]
    if not isinstance(words, dict) or not all(isinstance(line, str) for line in words.values()):
        raise SignalVocabularyError(
            f"[{name}.groups]: each group is one text of comma-parted words"
        )
    groups = {
        group: tuple(
            _pattern(name, part) for part in line.replace("\n", ",").split(",") if part.strip()
        )
        for group, line in words.items()
    }
    frames = tuple(_frame(name, entry, groups) for entry in table["frames"])
    return Language(groups, frames, frozenset(str(table.get("common", "")).split()))


def _pattern(name: str, part: str) -> Pattern:
    words: list[tuple[str, ...]] = []
    gaps: list[bool] = []
    gap = False
    for word in part.split():
        if word == "...":
            gap = True
            continue
        words.append(tuple(_matcher(name, choice) for choice in word.split("|") if choice))
        gaps.append(gap)
        gap = False
    if not words or gap or gaps[0]:
        raise SignalVocabularyError(
            f"[{name}.groups]: {part.strip()!r} may not begin or end with ..."
        )
    return Pattern(tuple(words), tuple(gaps))


def _matcher(name: str, word: str) -> str:
    if "*" in word or word == "IT":
        return word
    return "~" + _stem(name, word.lower())


def _frame(name: str, entry: Any, groups: Mapping[str, Any]) -> Frame:
    try:
        frame = Frame(
            entry["signal"], tuple(entry["all"].split()), tuple(entry.get("none", "").split())
        )
    except (TypeError, KeyError, AttributeError) as wrong:
        raise SignalVocabularyError(f"{name}.frames: {entry!r} needs signal and all") from wrong
    missing = [group for group in (*frame.groups, *frame.guards) if group not in groups]
    if missing or not frame.groups:
        raise SignalVocabularyError(f"{name}.frames: {entry!r} names no known group {missing}")
    return frame


@lru_cache(maxsize=2)
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[name])


@lru_cache(maxsize=32_768)
def _stem(name: str, word: str) -> str:
    return word if len(word) > 40 else str(_stemmer(name).stemWord(word))  # noqa: PLR2004 (no word is longer)


@lru_cache(maxsize=32_768)
def _fits(name: str, choices: tuple[str, ...], token: str) -> bool:
    return any(_fits_one(name, choice, token) for choice in choices)


def _fits_one(name: str, choice: str, token: str) -> bool:
    if choice[0] == "~":
        return choice[1:] in (token, _stem(name, token))
    if choice[0] == "*":
        return token.endswith(choice[1:])
    return token.startswith(choice[:-1]) if choice[-1] == "*" else token == choice


def find_signals(text: str, vocabulary: Vocabulary, lang: str | None = None) -> tuple[Signal, ...]:
    """Return each signal of the text once, by name, with the first words that gave it."""
    parts = sentences(text)
    found: dict[str, tuple[str, ...]] = {}
    for name in _languages(parts, vocabulary, lang):
        for tokens in _windows(parts):
            _look(name, vocabulary.languages[name], tokens, found)
    return tuple(Signal(signal, found[signal]) for signal in sorted(found))


def _languages(
    parts: tuple[tuple[str, ...], ...], vocabulary: Vocabulary, lang: str | None
) -> tuple[str, ...]:
    known = (lang or "")[:2].lower()
    if known in vocabulary.languages:
        return (known,)
    words = [token for part in parts for token in part]
    counts = {
        name: sum(word in language.common for word in words)
        for name, language in vocabulary.languages.items()
    }
    best = max(counts.values())
    return tuple(name for name in counts if counts[name] == best)


def _windows(parts: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    yield from parts
    for first, second in itertools.pairwise(parts):
        yield (*first, ".", *second)


def _look(
    name: str, language: Language, tokens: tuple[str, ...], found: dict[str, tuple[str, ...]]
) -> None:
    seen: dict[str, str | None] = {}

    def span(group: str) -> str | None:
        if group not in seen:
            seen[group] = _first(name, language.groups[group], tokens)
        return seen[group]

    for frame in language.frames:
        if frame.signal in found:
            continue
        spans = [words for group in frame.groups if (words := span(group)) is not None]
        if len(spans) == len(frame.groups) and all(span(guard) is None for guard in frame.guards):
            found[frame.signal] = tuple(spans)


def _first(name: str, patterns: tuple[Pattern, ...], tokens: tuple[str, ...]) -> str | None:
    for pattern in patterns:
        for start, token in enumerate(tokens):
            if _fits(name, pattern.words[0], token):
                end = _end(name, pattern, tokens, start)
                if end is not None:
                    return " ".join(tokens[start:end])
    return None


def _end(name: str, pattern: Pattern, tokens: tuple[str, ...], start: int) -> int | None:
    ends = {start + 1}
    for choices, gap in zip(pattern.words[1:], pattern.gaps[1:], strict=True):
        reach = {at + step for at in ends for step in range(_GAP_TOKENS + 1 if gap else 1)}
        ends = {at + 1 for at in reach if at < len(tokens) and _fits(name, choices, tokens[at])}
        if not ends:
            return None
    return min(ends)
