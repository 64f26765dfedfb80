"""Compiles a vocabulary into grammars; each error names the line or key at fault."""

from collections.abc import Mapping
from itertools import product
from typing import Final

from rapport.domain.signals.grammar import Frame, Grammar, Joins, Start
from rapport.domain.signals.lexicon import Lexicon
from rapport.domain.signals.patterns import BitOf, PatternError, parse_patterns
from rapport.domain.signals.tokens import PAUSE
from rapport.domain.signals.vocabulary import FrameSource, LanguageSource, VocabularyError, entries

Classes = Mapping[str, tuple[str, ...]]
JOIN_CHOICES_MAX: Final = 4_096


def compile_language(language: str, source: LanguageSource, origin: str) -> Grammar:
    """Return the grammar of one language; raises `VocabularyError` with the key at fault."""
    lexicon = Lexicon(language)
    classes = _classes(source, origin)
    groups = {name: number for number, name in enumerate({**source.words, **source.phrases})}

    def bit_of(choices: tuple[str, ...]) -> int:
        return lexicon.add(_members(choices, classes))

    return Grammar(
        common=frozenset(entries(source.common)),
        frames=tuple(_frame(frame, groups, f"{origin}.frames") for frame in source.frames),
        lexicon=lexicon,
        breaks=lexicon.add((PAUSE, *entries(source.breaks), *entries(source.negations))),
        joins=_joins(source, f"{origin}.joins"),
        starts=_starts(source, groups, bit_of, origin),
    )


def _classes(source: LanguageSource, origin: str) -> Classes:
    classes: dict[str, tuple[str, ...]] = {}
    for name, words in source.words.items():
        try:
            classes[name] = _members(tuple(entries(words)), classes)
        except PatternError as error:
            raise VocabularyError(f"{origin}.words.{name}: {error}") from error
    return classes


def _members(choices: tuple[str, ...], classes: Classes) -> tuple[str, ...]:
    members: list[str] = []
    for choice in choices:
        if choice[0] == "<" and choice[-1] == ">":
            if choice[1:-1] not in classes:
                raise PatternError(f"{choice} is not a class of words above this line")
            members.extend(classes[choice[1:-1]])
        elif " " in choice or len(choice.strip("*=")) < 1:
            raise PatternError(f"{choice!r} is not one word; several words are a phrase")
        else:
            members.append(choice)
    return tuple(members)


def _starts(
    source: LanguageSource, groups: Mapping[str, int], bit_of: BitOf, origin: str
) -> dict[int, tuple[Start, ...]]:
    starts: dict[int, list[Start]] = {}
    for name, number in groups.items():
        phrases = entries(source.phrases.get(name, ""))
        if source.words.get(name):
            phrases.append(f"<{name}>")
        for entry in phrases:
            try:
                patterns = parse_patterns(entry, bit_of)
            except PatternError as error:
                raise VocabularyError(f"{origin}.phrases.{name}: {error}") from error
            for pattern in patterns:
                starts.setdefault(pattern.bits[0], []).append((number, pattern.needs, pattern))
    return {bit: tuple(patterns) for bit, patterns in starts.items()}


def _frame(source: FrameSource, groups: Mapping[str, int], origin: str) -> Frame:
    needed, guards = source.all.split(), source.none.split()
    unknown = [name for name in (*needed, *guards) if name not in groups]
    if unknown:
        raise VocabularyError(f"{origin}: frame {source.name!r} names no known group: {unknown}")
    if not needed or source.signal is None:
        raise VocabularyError(f"{origin}: frame {source.name!r} needs a signal and groups in `all`")
    numbers = tuple(groups[name] for name in needed)
    return Frame(
        name=source.name,
        signal=source.signal,
        groups=numbers,
        needs=sum({1 << number for number in numbers}),
        guards=sum({1 << groups[name] for name in guards}),
        sentences=source.sentences,
    )


def _joins(source: LanguageSource, origin: str) -> Joins:
    joins: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for token, words in source.joins.items():
        for entry in entries(words):
            choices = [part.split("|") for part in entry.split()]
            variants = list(product(*choices))
            if len(variants) > JOIN_CHOICES_MAX:
                raise VocabularyError(
                    f"{origin}.{token}: {entry!r} has {len(variants)} variants; at most "
                    f"{JOIN_CHOICES_MAX}"
                )
            for first, *following in variants:
                joins.setdefault(first, []).append((tuple(following), token))
    return {
        first: tuple(sorted(variants, key=lambda join: -len(join[0])))
        for first, variants in joins.items()
    }
