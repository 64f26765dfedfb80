"""The signal vocabulary as a person writes it: read from TOML, checked, and extended by another."""

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
    """The vocabulary cannot be used as it is written: where, and why."""


class FrameSource(Section):
    """A signal is there when all groups are, and no group of `none`, in so many sentences."""

    name: GroupName
    signal: Signal | None = None
    all: str = ""
    none: str = ""
    sentences: Annotated[int, Field(ge=1, le=2)] = 2
    remove: bool = False


class LanguageSource(Section):
    """One language: lists are words parted by commas; a word with - before it is taken out."""

    common: Words = ""
    breaks: Words = ""
    negations: Words = ""
    joins: dict[str, Words] = Field(default_factory=dict)
    words: dict[GroupName, Words] = Field(default_factory=dict)
    phrases: dict[GroupName, Words] = Field(default_factory=dict)
    frames: list[FrameSource] = Field(default_factory=list)


class VocabularySource(Section):
    """The languages that signals are looked for in."""

    nl: LanguageSource = LanguageSource()
    en: LanguageSource = LanguageSource()


def read_vocabulary(text: str, place: str) -> VocabularySource:
    """Read a vocabulary in TOML; raises `VocabularyError` with the line, the key and the reason."""
    document = parse_toml(text, place, VocabularyError)
    return validate(VocabularySource, document, VocabularyError)


def extend(base: VocabularySource, extra: VocabularySource) -> VocabularySource:
    r"""Return the base with the words, groups and frames of the extra; - and `remove` take out.

    >>> base = read_vocabulary("[en.words]\nparty = 'agency, firm'", "base")
    >>> extra = read_vocabulary("[en.words]\nparty = 'guild, -firm'", "extra")
    >>> extend(base, extra).en.words["party"]
    'agency, guild'
    """
    return VocabularySource(
        nl=_extend_language(base.nl, extra.nl), en=_extend_language(base.en, extra.en)
    )


def entries(words: str) -> list[str]:
    r"""Return the entries of a list that is parted by commas or lines.

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
