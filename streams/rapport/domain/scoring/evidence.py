"""Evidence of a score: how much is known, on one scale for all scores, and how old that is.

Of trust the scale reads the confidence (1 - uncertainty); of other scores, the share of inputs that
have data (`docs/methods.md#evidence`). A score without evidence has no value.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from rapport.domain.ledger.newest_evidence import NewestEvidence

MOSTLY_OLD: Final = 0.5
"""Evidence is mostly old above this share of old weight."""


class EvidenceLevel(IntEnum):
    """How much evidence there is; more is greater."""

    NONE = 0
    THIN = 1
    FAIR = 2
    STRONG = 3

    @property
    def key(self) -> str:
        """The level as JSON, metrics and texts name it."""
        return self.name.lower()


TRUST_PERCENT: Final = (
    (EvidenceLevel.STRONG, 94),
    (EvidenceLevel.FAIR, 88),
    (EvidenceLevel.THIN, 75),
)
"""The least confidence of each level of trust, in percent."""
INPUTS_PERCENT: Final = (
    (EvidenceLevel.STRONG, 80),
    (EvidenceLevel.FAIR, 50),
    (EvidenceLevel.THIN, 25),
)
"""The least share of inputs with data of each level of other scores, in percent."""


class ScoreEvidence(NamedTuple):
    """How much is known of a score, and how old it is."""

    level: EvidenceLevel
    newest_days: int | None = None
    """The age of the newest evidence in days; None: unknown, or there is none."""
    old_ratio: float = 0.0
    """The share of the weight that is older than 90 days, 0 to 1."""

    @property
    def mostly_old(self) -> bool:
        """Whether over half of the weight is older than 90 days."""
        return self.old_ratio > MOSTLY_OLD


NO_EVIDENCE: Final = ScoreEvidence(EvidenceLevel.NONE)


def trust_level(amount: int, prior: int) -> EvidenceLevel:
    """Return the level of trust, by its evidence and the weight of the prior.

    >>> [trust_level(units, 2).key for units in (5, 6, 14, 15, 31, 32)]
    ['none', 'thin', 'thin', 'fair', 'fair', 'strong']
    """
    return _level(amount, amount + prior, TRUST_PERCENT)


def inputs_level(present: int, inputs: int) -> EvidenceLevel:
    """Return the level of a score by the number of its inputs that have data.

    >>> [inputs_level(present, 5).key for present in range(6)]
    ['none', 'none', 'thin', 'fair', 'strong', 'strong']
    """
    return _level(present, inputs, INPUTS_PERCENT)


def score_evidence(
    level: EvidenceLevel, counted: Iterable[NewestEvidence | None], day: int
) -> ScoreEvidence:
    """Return the evidence of a score with the ages of the sources that it counts."""
    sources = [newest for newest in counted if newest is not None and newest.amount]
    if level is EvidenceLevel.NONE or not sources:
        return ScoreEvidence(level)
    old = sum([newest.old for newest in sources])
    return ScoreEvidence(
        level,
        newest_days=day - max([newest.newest_day for newest in sources]),
        old_ratio=old / sum([newest.amount for newest in sources]),
    )


def aged(level: EvidenceLevel, ages: ScoreEvidence) -> ScoreEvidence:
    """Return the evidence of a score that rests on others, and is as old as these.

    >>> aged(EvidenceLevel.THIN, ScoreEvidence(EvidenceLevel.STRONG, 3, 0.2)).newest_days
    3
    """
    return NO_EVIDENCE if level is EvidenceLevel.NONE else ages._replace(level=level)


def weakest(views: Iterable[ScoreEvidence]) -> ScoreEvidence:
    """Return the evidence of a comparison: the least level, and the oldest of each age.

    >>> weakest([ScoreEvidence(EvidenceLevel.FAIR, 3, 0.6), ScoreEvidence(EvidenceLevel.THIN, 9)])
    ScoreEvidence(level=<EvidenceLevel.THIN: 1>, newest_days=9, old_ratio=0.6)
    """
    views = tuple(views)
    ages = [view.newest_days for view in views if view.newest_days is not None]
    return ScoreEvidence(
        level=min([view.level for view in views], default=EvidenceLevel.NONE),
        newest_days=max(ages, default=None),
        old_ratio=max([view.old_ratio for view in views], default=0.0),
    )


def _level(part: int, whole: int, thresholds: Iterable[tuple[EvidenceLevel, int]]) -> EvidenceLevel:
    for level, percent in thresholds:
        if 100 * part >= percent * whole:
            return level
    return EvidenceLevel.NONE
