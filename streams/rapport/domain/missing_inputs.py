"""Inputs that a score or a judgement lacks, as data: a language says them, nothing parses them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrokenFeed:
    """A source whose feed is broken: silent for longer than its own rhythm explains."""

    source: str
    silence_days: int
    usual_silence_days: int


@dataclass(frozen=True, slots=True)
class UnclassifiedPurchases:
    """Purchases of which nobody said whether IT agreed to them."""

    ratio: float
    """Of all purchases, 0 to 1."""


@dataclass(frozen=True, slots=True)
class MissingRate:
    """A currency for which the policy has no exchange rate."""

    currency: str


InputName = str
"""The name of an input: a component of a score, or a key of `Language.inputs`."""
MissingInput = InputName | BrokenFeed | UnclassifiedPurchases | MissingRate
