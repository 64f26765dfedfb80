"""Which signals a client's own words give, and the words that say so; no learned model."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.signals.compiler import compile_language
from rapport.domain.signals.grammar import Found, Frame, Grammar
from rapport.domain.signals.tokens import sentences
from rapport.domain.signals.vocabulary import VocabularySource

COMMON_SHARE_TRIED: Final = 0.5


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal, the words of the text that are the reason for it, and the frame they fill."""

    name: str
    matched: tuple[str, ...]
    frame: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The grammars of the languages that signals are looked for in."""

    grammars: Mapping[str, Grammar]


@dataclass(frozen=True, slots=True)
class SignalNames:
    """Gives the names of a text's signals; a value that can be sent to another process."""

    vocabulary: Vocabulary

    def __call__(self, text: str) -> tuple[str, ...]:
        """Return the names, sorted."""
        return tuple(signal.name for signal in find_signals(text, self.vocabulary))


def compile_vocabulary(source: VocabularySource, place: str) -> Vocabulary:
    """Make a vocabulary ready to find signals; raises `VocabularyError` with the place."""
    return Vocabulary(
        {
            language: compile_language(language, getattr(source, language), f"{place}: {language}")
            for language in type(source).model_fields
        }
    )


def find_signals(
    text: str, vocabulary: Vocabulary, language: str | None = None
) -> tuple[Signal, ...]:
    """Return each signal of the text once, by name, with the words that gave it.

    Without a known language, each is tried that half as many common words speak for as for the
    most likely one.
    """
    parts = sentences(text)
    found: dict[str, Signal] = {}
    for grammar in _grammars(parts, vocabulary, language):
        for signal in _signals(grammar, [grammar.find(part) for part in parts]):
            found.setdefault(signal.name, signal)
    return tuple(found[name] for name in sorted(found))


def _grammars(
    parts: Sequence[tuple[str, ...]], vocabulary: Vocabulary, language: str | None
) -> Sequence[Grammar]:
    known = vocabulary.grammars.get((language or "")[:2].lower())
    if known is not None:
        return (known,)
    words = [token for part in parts for token in part]
    counts = [
        (sum(map(grammar.common.__contains__, words)), grammar)
        for grammar in vocabulary.grammars.values()
    ]
    least = max(count for count, _ in counts) * COMMON_SHARE_TRIED
    return [grammar for count, grammar in counts if count >= least]


def _signals(grammar: Grammar, found: Sequence[Found]) -> Iterator[Signal]:
    for one in found:
        if one.present:
            yield from _fill(grammar.frames, one, sentences_seen=1)
    for first, second in itertools.pairwise(found):
        if first.present and second.present:
            both = Found(first.present | second.present, {**second.words, **first.words})
            yield from _fill(grammar.frames, both, sentences_seen=2)


def _fill(frames: Sequence[Frame], found: Found, sentences_seen: int) -> Iterator[Signal]:
    present = found.present
    for frame in frames:
        needed = frame.needs & present == frame.needs and not frame.guards & present
        if needed and frame.sentences >= sentences_seen:
            matched = tuple(found.words[group] for group in frame.groups)
            yield Signal(frame.signal, matched, frame.name)
