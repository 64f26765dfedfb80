"""Reads an answer on a scale: a number, a labelled number, stars, or words of four languages.

The words are data, in `scale_words.toml`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import product
from typing import Final, NamedTuple

from rapport.domain.documents.toml import parse_toml
from rapport.domain.events.text_key import slug
from rapport_schemas.wire.errors import RapportError

_FILE: Final = "scale_words.toml"
NO_ANSWER: Final = "no_answer"
ABSOLUTE: Final = frozenset({"satisfied", "good"})
"""Families whose words are good or bad whatever the question is."""
_ALTERNATIVES: Final = re.compile(r"\(([^()]*\|[^()]*)\)")
_BETWEEN: Final = r"\s*[-\u2010-\u2015\u2212:=.,)\]|]+\s*|\s+"
"""What stands between a number and its label; without it `A1` is a code."""
_NUMBER: Final = re.compile(r"\(?(-?\d{1,3})([.,]0+)?\)?[.:]?", re.ASCII)
_OF_TOTAL: Final = re.compile(
    r"(\d{1,3})\s*(?:/|(?:out )?of|van(?: de)?|uit|op|von|sur)\s*(\d{1,3})"
    rf"(?:({_BETWEEN})(\D*))?",
    re.ASCII | re.IGNORECASE,
)
_FIRST: Final = re.compile(rf"[(\[]?(\d{{1,3}})({_BETWEEN})(\D+)", re.ASCII)
_LAST: Final = re.compile(rf"(\D+?)({_BETWEEN}|\s*[(\[])(\d{{1,3}})[)\]]?", re.ASCII)
_UNIT: Final = re.compile(
    r"(?:stars?|ster(?:ren)?|sterne?|étoiles?|points?|punt(?:en)?|punkte?|pts?)\.?", re.IGNORECASE
)
"""What a number counts on a scale; another word behind a number (`2 complaints`) is no label."""
_OR: Final = tuple(
    re.compile(between) for between in (r"\s*/\s*", r"\s+[-\u2013]\s+", r"\s+(?:of|or|oder|ou)\s+")
)
_REMARK: Final = re.compile(r"\s*\([^()\d]*\)$")
_STARS: Final = re.compile("([★⭐🌟]+)([☆✩]*)")
_STAR_COUNT: Final = re.compile("([0-9]{1,2})\\s*[★⭐🌟]")


class Word(NamedTuple):
    """The meaning of a word on a scale."""

    family: str
    rank: float
    """3 for the strongest word, 0 for the middle, below it for the opposite."""


class ScaleAnswer(NamedTuple):
    """The parts of an answer: a number, a word, or both."""

    number: int | None
    word: Word | None
    total: int | None = None
    """The number of points that the answer itself names, as in 4/5."""

    @property
    def is_no_answer(self) -> bool:
        """Whether the text says that there is no answer."""
        return self.word is not None and self.word.family == NO_ANSWER


def _patterns(pattern: str) -> Iterator[str]:
    """Yield the texts of a pattern.

    >>> list(_patterns("(very |)good"))
    ['very good', 'good']
    """
    parts = _ALTERNATIVES.split(pattern)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return ("".join(choice) for choice in product(*choices))


def _words() -> dict[str, Word]:
    text = (files(__package__) / _FILE).read_text(encoding="utf-8")
    return {
        _key(word): Word(family, float(rank))
        for family, ranks in parse_toml(text, _FILE, RapportError).values.items()
        for rank, patterns in ranks.items()
        for pattern in patterns
        for word in _patterns(pattern)
    }


def _key(text: str) -> str:
    """Return a text without case, accents and punctuation; a text of signs alone as it is."""
    key = slug(text.replace("\u2019", "'").replace("(e)", ""))
    return text.strip().casefold() if key == "-" else key


WORDS: Final = _words()


def word_of(text: str) -> Word | None:
    """Return the meaning of a word on a scale, or None."""
    return WORDS.get(_key(text)) or WORDS.get(_key(_REMARK.sub("", text)))


@lru_cache(maxsize=65_536)
def read_answer(text: str) -> ScaleAnswer | None:
    """Return the parts of an answer, or None if nothing in it is understood.

    >>> read_answer("5 - Completely")[0], read_answer("Extremely likely - 10")[:2]
    (5, (10, Word(family='likely', rank=4.0)))
    >>> read_answer("Helemaal mee oneens")[1].rank, read_answer("4/5"), read_answer("★★★☆☆")[::2]
    (-3.0, ScaleAnswer(number=4, word=None, total=5), (3, 5))
    """
    text = text.strip()
    if (word := word_of(text) or _no_answer_twice(text)) is not None:
        return ScaleAnswer(None, word)
    if found := _NUMBER.fullmatch(text):
        return ScaleAnswer(int(found[1]), None)
    if (found := _OF_TOTAL.fullmatch(text)) and (not found[4] or _is_label(found[3], found[4])):
        return ScaleAnswer(int(found[1]), None, int(found[2]))
    signs = re.sub(r"[\s\ufe0f]", "", text)
    if found := _STAR_COUNT.fullmatch(signs):
        return ScaleAnswer(int(found[1]), None)
    if found := _STARS.fullmatch(signs):
        full, empty = map(len, found.groups())
        return ScaleAnswer(full, None, full + empty if empty else None)
    return _labelled(text)


def _no_answer_twice(text: str) -> Word | None:
    """Return no answer for two ways to say it in one text: `weet niet / n.v.t.`."""
    for between in _OR:
        parts = between.split(text)
        words = [word_of(part) for part in parts]
        if len(parts) > 1 and all(word and word.family == NO_ANSWER for word in words):
            return words[0]
    return None


def _labelled(text: str) -> ScaleAnswer | None:
    """Return the number at the start or the end of a label."""
    if found := _FIRST.fullmatch(text):
        number, between, label = found.groups()
    elif found := _LAST.fullmatch(text):
        label, between, number = found.groups()
        between = " " if between == "-" else between  # `Room-5` is one word
    else:
        return None
    if not _is_label(between, label) or label.rstrip().endswith("-"):
        return None
    return ScaleAnswer(int(number), word_of(label))


def _is_label(between: str, label: str) -> bool:
    """Return whether a text beside a number is its label: behind a mark, or a known word.

    >>> _is_label(" - ", "Completely"), _is_label(" ", "agree"), _is_label(" ", "complaints")
    (True, True, False)
    """
    if not any(map(str.isalpha, label)):
        return False
    is_marked = bool(between.strip()) or label.startswith(("(", "["))
    return is_marked or word_of(label) is not None or bool(_UNIT.fullmatch(label.strip()))


def point_of(rank: float, lowest: int, highest: int) -> int | None:
    """Return the point of a scale for a word; None where a scale of that length has none.

    >>> [point_of(rank, 1, 5) for rank in (-3, -2, 0, 1, 2, 3)]
    [1, 2, 3, 4, 4, 5]
    >>> point_of(2, 1, 7), point_of(0, 1, 4), point_of(3, 0, 10)
    (6, None, None)
    """
    steps = _STEPS.get(highest - lowest + 1)
    if steps is None:
        return None
    size = min(int(abs(rank)), len(STRENGTHS) - 1)
    step = steps[size]
    if step is None:
        return None
    middle = (lowest + highest) / 2
    return int(middle + (step if rank > 0 else -step))


STRENGTHS: Final = ("middle", "weak", "plain", "strongest")
_STEPS: Final[dict[int, tuple[float | None, float, float, float]]] = {
    2: (None, 0.5, 0.5, 0.5),
    3: (0, 1, 1, 1),
    4: (None, 0.5, 0.5, 1.5),
    5: (0, 1, 1, 2),
    6: (None, 0.5, 1.5, 2.5),
    7: (0, 1, 2, 3),
}
"""Points of a scale -> the distance from its middle of a middle, weak, plain and strongest word."""
