"""Infers what the priorities of tickets mean: words count before digits."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from rapport.domain.events.text_key import slug
from rapport.importers.inference.synonyms import PRIORITY_WORDS

PRIORITIES_MAX: Final = 12
_DIGIT: Final = re.compile(r"(?:p|prio|priority|prioriteit|sev|s)?-?([1-5])")
LOWEST: Final = 4
HIGHEST_DIGIT: Final = 5


class Priorities(NamedTuple):
    """The meaning of each value, the values without one, and what to check."""

    meanings: dict[str, str]
    unknown: list[str]
    notes: list[str]


def infer_priorities(values: Sequence[str]) -> Priorities:
    """Return the meanings of a column's values, the most frequent ones.

    >>> infer_priorities(["4 high", "3 normal", "5"]).meanings
    {'4 high': 'P2', '3 normal': 'P3', '5': 'P1'}
    """
    common = [value for value, _ in Counter(values).most_common(PRIORITIES_MAX)]
    words = {value: _word(value) for value in common}
    digits = {value: _digit(value) for value in common}
    is_reversed = _runs_opposite(words, digits)
    by_digit = [v for v in common if words[v] is None and v.strip().isdigit()]
    meanings: dict[str, str] = {}
    for value in common:
        meaning = words[value] or _of_digit(digits[value], is_reversed=is_reversed)
        if meaning:
            meanings[value] = meaning
    notes = []
    if is_reversed:
        notes.append(
            "digits and words run in opposite orders here (a higher number is more urgent): the "
            "words were taken"
        )
    if by_digit:
        best = HIGHEST_DIGIT if is_reversed else 1
        notes.append(
            f"{', '.join(map(repr, by_digit))}: numbers without a word, {best} was taken as the "
            "most urgent; in some systems 1 is the least urgent: check them"
        )
    return Priorities(meanings, [value for value in common if value not in meanings], notes)


def priority_table(column: str, found: Priorities) -> dict[str, Any]:
    """Return the field `priority` of a mapping."""
    values = {**found.meanings, **dict.fromkeys(found.unknown, "P3")}
    return {"column": column, "values": values, "default": "P3"}


def infer_priority(value: str) -> str | None:
    """Return the priority of one text; None if it is unknown.

    >>> [infer_priority(v) for v in ("3 - Moderate", "P1", "Hoog", "5", "5 very high", "?")]
    ['P3', 'P1', 'P2', 'P4', 'P1', None]
    """
    return _word(value) or _of_digit(_digit(value), is_reversed=False)


def are_priorities(values: Sequence[str]) -> bool:
    """Return whether most values of a column are priorities, of a few kinds."""
    distinct = set(values)
    known = sum(infer_priority(value) is not None for value in distinct)
    return 0 < len(distinct) <= PRIORITIES_MAX and 2 * known > len(distinct)


def _word(value: str) -> str | None:
    """Return the priority of the longest known word, so that `very high` is not `high`."""
    key = f"-{slug(value)}-"
    found = [word for word in PRIORITY_WORDS if f"-{word}-" in key]
    return PRIORITY_WORDS[max(found, key=len)] if found else None


def _digit(value: str) -> int | None:
    for word in slug(value).split("-"):
        match = _DIGIT.fullmatch(word)
        if match:
            return int(match[1])
    return None


def _of_digit(digit: int | None, *, is_reversed: bool) -> str | None:
    if digit is None:
        return None
    return f"P{min(HIGHEST_DIGIT + 1 - digit if is_reversed else digit, LOWEST)}"


def _runs_opposite(words: dict[str, str | None], digits: dict[str, int | None]) -> bool:
    """Return whether a higher digit stands beside the word of a higher urgency."""
    both = [
        (digit, int(word[1]))
        for value, word in words.items()
        if word is not None and (digit := digits[value]) is not None
    ]
    if len(both) == 1:
        ((digit, rank),) = both
        return digit != rank and abs(HIGHEST_DIGIT + 1 - digit - rank) < abs(digit - rank)
    pairs = [(a, b) for a in both for b in both if a < b and a[1] != b[1]]
    opposite = sum(a[1] > b[1] for a, b in pairs)
    return 2 * opposite > len(pairs)
