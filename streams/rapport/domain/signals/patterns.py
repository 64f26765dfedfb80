"""Word patterns: word classes in order, with bounded gaps, inside one clause or across clauses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rapport_schemas.wire.errors import RapportError

GAPS: Final = {"..": (3, True), "...": (6, True), "....": (12, False)}
STEPS_MAX: Final = 12
OPTIONAL_MAX: Final = 4

BitOf = Callable[[tuple[str, ...]], int]


class PatternError(RapportError):
    """A pattern is not valid; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word class per step; at most `gaps[i]` other words come before step i."""

    bits: tuple[int, ...]
    gaps: tuple[int, ...]
    within_clause: tuple[bool, ...]

    @property
    def needs(self) -> int:
        """The bits of all steps: a sentence without them cannot match."""
        needs = 0
        for bit in self.bits:
            needs |= bit
        return needs

    def end(self, tokens: Sequence[int], start: int, breaks: int) -> int:
        """Return the index after the last word of the match that starts at `start`; 0 for none.

        The work is bounded by the steps and their gaps, not by the length of the sentence.
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
    """Return the patterns of one entry; each optional word (`word?`) doubles their number.

    `..` is a gap of at most 3 words and `...` of at most 6, both inside the clause; `....` is a gap
    of at most 12, also across clauses. `a|b` is either word; `<name>` is any word of a class.
    `bit_of` returns the bit of a word class. Raises `PatternError`.
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
            raise PatternError(f"{entry!r}: {part!r} has no word")
        bits.append(bit_of(choices))
        gaps.append(gap)
        gap = (0, True)
    if not bits or gap[0] or gaps[0][0]:
        raise PatternError(f"{entry!r} must begin and end with a word that is not optional")
    if len(bits) > STEPS_MAX:
        raise PatternError(f"{entry!r} has {len(bits)} words; at most {STEPS_MAX}")
    sizes, within_clause = zip(*gaps, strict=True)
    return Pattern(tuple(bits), sizes, within_clause)
