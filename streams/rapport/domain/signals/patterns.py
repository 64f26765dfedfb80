"""Patterns of words: in order, with gaps of a bounded length, inside a clause or across clauses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rapport_schemas.wire.errors import RapportError

GAPS: Final = {"..": (3, True), "...": (6, True), "....": (12, False)}
STEPS_MAX: Final = 12
OPTIONAL_MAX: Final = 4

BitOf = Callable[[tuple[str, ...]], int]


class PatternError(RapportError):
    """A pattern that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word's bit for each step; before step i at most `gaps[i]` other words may stand."""

    bits: tuple[int, ...]
    gaps: tuple[int, ...]
    within_clause: tuple[bool, ...]

    @property
    def needs(self) -> int:
        """The bits that a sentence must have for the pattern to be in it."""
        needs = 0
        for bit in self.bits:
            needs |= bit
        return needs

    def end(self, tokens: Sequence[int], start: int, breaks: int) -> int:
        """Return the index after the last word of the match that starts there; 0 for none.

        Work is bounded by the steps and their gaps, whatever the length of the sentence.
        """
        ends = [start + 1]
        for step in range(1, len(self.bits)):
            ends = self._reach(step, tokens, ends, breaks)
            if not ends:
                return 0
        return ends[0]

    def _reach(self, step: int, tokens: Sequence[int], ends: list[int], breaks: int) -> list[int]:
        bit, gap = self.bits[step], self.gaps[step]
        stops = breaks if self.within_clause[step] else 0
        reached: list[int] = []
        for at in ends:
            for index in range(at, min(at + gap + 1, len(tokens))):
                if tokens[index] & bit and index + 1 not in reached:
                    reached.append(index + 1)
                if tokens[index] & stops:
                    break
        return reached


def parse_patterns(entry: str, bit_of: BitOf) -> tuple[Pattern, ...]:
    """Return the patterns of one entry: two when a word is optional (`word?`), and so on.

    `..` stands for at most 3 other words and `...` for at most 6, both inside the clause;
    `....` for at most 12, also across clauses. `a|b` is either; `<name>` any word of a class.
    `bit_of` gives the bit of a class of words. Raises `PatternError`.
    """
    return tuple(_pattern(entry, parts, bit_of) for parts in _variants(entry))


def _variants(entry: str) -> list[list[str]]:
    variants: list[list[str]] = [[]]
    optional = 0
    for part in entry.split():
        if part.endswith("?"):
            optional += 1
            variants = [*variants, *([*variant, part[:-1]] for variant in variants)]
        else:
            variants = [[*variant, part] for variant in variants]
    if optional > OPTIONAL_MAX:
        raise PatternError(f"{entry!r} has {optional} optional words; at most {OPTIONAL_MAX}")
    return variants


def _pattern(entry: str, parts: list[str], bit_of: BitOf) -> Pattern:
    bits: list[int] = []
    gaps: list[tuple[int, bool]] = []
    gap = (0, True)
    for part in parts:
        if part in GAPS:
            gap = max(gap, GAPS[part])
            continue
        choices = tuple(choice for choice in part.split("|") if choice)
        if not choices:
            raise PatternError(f"{entry!r}: {part!r} holds no word")
        bits.append(bit_of(choices))
        gaps.append(gap)
        gap = (0, True)
    if not bits or gap[0] or gaps[0][0]:
        raise PatternError(f"{entry!r} must begin and end with a word that is not optional")
    if len(bits) > STEPS_MAX:
        raise PatternError(f"{entry!r} has {len(bits)} words; at most {STEPS_MAX}")
    return Pattern(
        tuple(bits), tuple(size for size, _ in gaps), tuple(within for _, within in gaps)
    )
