"""Rule-based signal detection in a client's own words, with the words that match; no model."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.signals.compiler import compile_language
from rapport.domain.signals.grammar import Frame, Grammar, SentenceGroups
from rapport.domain.signals.tokens import sentences
from rapport.domain.signals.vocabulary import VocabularySource

COMMON_WORDS_RATIO_MIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Signal:
    """One detected signal, the words of the text that match, and the frame that they fill."""

    name: str
    matched: tuple[str, ...]
    frame: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The grammars per language."""

    grammars: Mapping[str, Grammar]


@dataclass(frozen=True, slots=True)
class SignalNames:
    """A function from a text to the names of its signals, picklable for a process pool."""

    vocabulary: Vocabulary

    def __call__(self, text: str) -> tuple[str, ...]:
        """Return the sorted names."""
        return tuple(signal.name for signal in find_signals(text, self.vocabulary))


def compile_vocabulary(source: VocabularySource, origin: str) -> Vocabulary:
    """Compile a vocabulary; raises `VocabularyError` with the key at fault."""
    return Vocabulary(
        {
            language: compile_language(language, getattr(source, language), f"{origin}: {language}")
            for language in type(source).model_fields
        }
    )


def find_signals(
    text: str, vocabulary: Vocabulary, language: str | None = None
) -> tuple[Signal, ...]:
    """Return each signal of the text once, by name, with the words that match.

    Without a known language, every language is tried that has at least half as many common words
    in the text as the most likely one.
    """
    parts = sentences(text)
    signals: dict[str, Signal] = {}
    for grammar in _grammars(parts, vocabulary, language):
        for signal in _signals(grammar, [grammar.match(part) for part in parts]):
            signals.setdefault(signal.name, signal)
    return tuple(signals[name] for name in sorted(signals))


def _grammars(
    parts: Sequence[tuple[str, ...]], vocabulary: Vocabulary, language: str | None
) -> Sequence[Grammar]:
    own = vocabulary.grammars.get((language or "")[:2].lower())
    if own is not None:
        return (own,)
    words = [token for part in parts for token in part]
    counts = [
        (sum(map(grammar.common.__contains__, words)), grammar)
        for grammar in vocabulary.grammars.values()
    ]
    least = max(count for count, _ in counts) * COMMON_WORDS_RATIO_MIN
    return [grammar for count, grammar in counts if count >= least]


def _signals(grammar: Grammar, parts: Sequence[SentenceGroups]) -> Iterator[Signal]:
    for part in parts:
        if part.present:
            yield from _fill(grammar.frames, part, sentence_count=1)
    for first, second in itertools.pairwise(parts):
        if first.present and second.present:
            words = {**second.words, **first.words}
            both = SentenceGroups(first.present | second.present, words)
            yield from _fill(grammar.frames, both, sentence_count=2)


def _fill(frames: Sequence[Frame], groups: SentenceGroups, sentence_count: int) -> Iterator[Signal]:
    present = groups.present
    for frame in frames:
        filled = frame.needs & present == frame.needs and not frame.guards & present
        if filled and frame.sentences >= sentence_count:
            matched = tuple(groups.words[group] for group in frame.groups)
            yield Signal(frame.signal, matched, frame.name)
