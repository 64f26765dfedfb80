"""The source of the signal vocabulary: TOML, validated, and extended by a second file."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport_schemas.fields import Signal
from rapport_schemas.wire.errors import RapportError

GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Words = Annotated[str, StringConstraints(max_length=65_536)]


class VocabularyError(RapportError):
    """A vocabulary is not valid; the message says where and why."""


class FrameSource(Section):
    """The rule of a signal: all groups of `all`, none of `none`, within `sentences` sentences."""

    name: GroupName
    signal: Signal | None = None
    all: str = ""
    none: str = ""
    sentences: Annotated[int, Field(ge=1, le=2)] = 2
    remove: bool = False


class LanguageSource(Section):
    """One language; lists are separated by commas, and a leading - removes a word."""

    common: Words = ""
    breaks: Words = ""
    negations: Words = ""
    joins: dict[str, Words] = Field(default_factory=dict)
    words: dict[GroupName, Words] = Field(default_factory=dict)
    phrases: dict[GroupName, Words] = Field(default_factory=dict)
    frames: list[FrameSource] = Field(default_factory=list)


class VocabularySource(Section):
    """The languages of the vocabulary."""

    nl: LanguageSource = LanguageSource()
    en: LanguageSource = LanguageSource()


def read_vocabulary(text: str, origin: str) -> VocabularySource:
    """Parse a vocabulary in TOML; raises `VocabularyError` with line, key and reason."""
    document = parse_toml(text, origin, VocabularyError)
    return validate(VocabularySource, document, VocabularyError)


def extend_vocabulary(base: VocabularySource, extra: VocabularySource) -> VocabularySource:
    r"""Return the base merged with the extra; a leading - and `remove` delete entries.

    >>> base = read_vocabulary("[en.words]\nparty = 'agency, firm'", "base")
    >>> extra = read_vocabulary("[en.words]\nparty = 'guild, -firm'", "extra")
    >>> extend_vocabulary(base, extra).en.words["party"]
    'agency, guild'
    """
    return VocabularySource(
        nl=_extend_language(base.nl, extra.nl), en=_extend_language(base.en, extra.en)
    )


def entries(words: str) -> list[str]:
    r"""Return the entries of a list that is separated by commas or newlines.

    >>> entries("a b, c\n d,,")
    ['a b', 'c', 'd']
    """
    parts = words.replace("\n", ",").split(",")
    return [" ".join(part.split()) for part in parts if part.strip()]


def _extend_language(base: LanguageSource, extra: LanguageSource) -> LanguageSource:
    return LanguageSource(
        common=_extend_words(base.common, extra.common),
        breaks=_extend_words(base.breaks, extra.breaks),
        negations=_extend_words(base.negations, extra.negations),
        joins=_extend_groups(base.joins, extra.joins),
        words=_extend_groups(base.words, extra.words),
        phrases=_extend_groups(base.phrases, extra.phrases),
        frames=_extend_frames(base.frames, extra.frames),
    )


def _extend_groups(base: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    names = dict.fromkeys((*base, *extra))
    return {name: _extend_words(base.get(name, ""), extra.get(name, "")) for name in names}


def _extend_words(base: str, extra: str) -> str:
    added = entries(extra)
    removed = {entry[1:].strip() for entry in added if entry.startswith("-")}
    kept = dict.fromkeys([*entries(base), *(entry for entry in added if not entry.startswith("-"))])
    return ", ".join(entry for entry in kept if entry not in removed)


def _extend_frames(base: list[FrameSource], extra: list[FrameSource]) -> list[FrameSource]:
    frames = {frame.name: frame for frame in (*base, *extra)}
    return [frame for frame in frames.values() if not frame.remove]
