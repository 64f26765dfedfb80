"""Missing inputs of a score or a detector, as data that each language describes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrokenFeed:
    """Feed of a source that is silent for longer than its usual gaps."""

    source: str
    silence_days: int
    usual_silence_days: int


@dataclass(frozen=True, slots=True)
class UnclassifiedPurchases:
    """Purchases whose records do not say whether IT agreed to them."""

    ratio: float
    """Part of all purchases, 0 to 1."""


@dataclass(frozen=True, slots=True)
class MissingRate:
    """Currency for which the policy has no exchange rate."""

    currency: str


InputName = str
"""Name of a score's component, or a key of `Language.inputs`."""
MissingInput = InputName | BrokenFeed | UnclassifiedPurchases | MissingRate
