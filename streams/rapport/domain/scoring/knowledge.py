"""Knowledge of a client: five facets, each with its source, its age and its validity.

K = sum of weight x source x freshness (`docs/methods.md#knowledge`). The newest observation of a
facet counts; of two on one day, the one from the client. A facet is fresh until its validity has
passed, then its worth halves with every further validity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rapport.domain.ledger.decay import UNIT, decayed
from rapport.domain.ledger.decayed_sums import DecayedSums
from rapport.domain.ledger.newest_evidence import OLD_DAYS
from rapport.domain.policy.relationship import KnowledgePolicy
from rapport.domain.scoring.evidence import (
    NO_EVIDENCE,
    EvidenceLevel,
    ScoreEvidence,
    inputs_level,
)
from rapport.domain.scoring.score import Part, Score, over_common_denominator

FACETS: Final = ("business_strategy", "goals", "mission", "pain_points", "strategic_plan")
"""In alphabetical order."""
SOURCES: Final = ("client", "inferred")
_MARKS: Final = {
    facet: tuple((source, f"knowledge|{facet}|{source}") for source in SOURCES) for facet in FACETS
}


@dataclass(frozen=True, slots=True)
class Facet:
    """The state of one facet."""

    name: str
    source: str | None
    """`client`, `inferred`, or None without any observation."""
    observed_day: int | None
    valid_days: int
    worth: float
    """The worth of the source times freshness, 0 to 1."""
    stale: bool
    """Whether the newest observation is past its validity."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge score and its facets."""

    score: Score
    facets: tuple[Facet, ...]

    @property
    def stale(self) -> tuple[str, ...]:
        """The facets whose newest observation is past its validity."""
        return tuple(facet.name for facet in self.facets if facet.stale)


@dataclass(frozen=True, slots=True)
class KnowledgeCoefficients:
    """The knowledge policy in integers."""

    denominator: int
    weights: tuple[int, ...]
    valid_days: tuple[int, ...]
    worth: dict[str, int]


def knowledge_coefficients(policy: KnowledgePolicy) -> KnowledgeCoefficients:
    """Return the coefficients of a policy."""
    denominator, weights = over_common_denominator(
        Fraction(getattr(policy.weights, facet)) for facet in FACETS
    )
    return KnowledgeCoefficients(
        denominator=denominator * UNIT,
        weights=weights,
        valid_days=tuple(getattr(policy.valid_days, facet) for facet in FACETS),
        worth={"client": UNIT, "inferred": round(policy.inferred_worth * UNIT)},
    )


def knowledge_mark(key: str) -> str | None:
    """Return the mark of a measure that observes a facet: the measure itself."""
    return key if key.startswith("knowledge|") else None


def knowledge(sums: DecayedSums, coefficients: KnowledgeCoefficients) -> Knowledge:
    """Return the knowledge of a client on the day of its sums."""
    facets: list[Facet] = []
    parts: list[Part] = []
    for name, weight, valid_days in zip(
        FACETS, coefficients.weights, coefficients.valid_days, strict=True
    ):
        source, observed = newest(sums, name)
        worth = 0 if source is None else coefficients.worth[source]
        stale = source is not None and sums.day > observed + valid_days
        if stale:
            worth = worth * decayed(observed + valid_days, sums.day, valid_days) // UNIT
        day = None if source is None else observed
        facets.append(Facet(name, source, day, valid_days, worth / UNIT, stale))
        parts.append(Part(name, weight * worth, weight * UNIT))
    missing = tuple([facet.name for facet in facets if facet.source is None])
    score = Score(
        name="knowledge",
        denominator=coefficients.denominator,
        baseline=0,
        parts=tuple(parts),
        confidence=1 - len(missing) / len(FACETS),
        missing=missing,
        evidence=_evidence(facets, parts, sums.day),
    )
    return Knowledge(score, tuple(facets))


def _evidence(facets: Sequence[Facet], parts: Sequence[Part], day: int) -> ScoreEvidence:
    observed = [
        (day - facet.observed_day, part.points)
        for facet, part in zip(facets, parts, strict=True)
        if facet.observed_day is not None
    ]
    level = inputs_level(len(observed), len(FACETS))
    if level is EvidenceLevel.NONE:
        return NO_EVIDENCE
    old = sum([points for age_days, points in observed if age_days > OLD_DAYS])
    whole = sum([points for _, points in observed])
    newest_days = min([age_days for age_days, _ in observed])
    return ScoreEvidence(level, newest_days, old / whole if whole else 0.0)


def newest(sums: DecayedSums, facet: str) -> tuple[str | None, int]:
    """Return the source and the day of the newest observation of a facet."""
    days = sums.newest
    best: tuple[str | None, int] = (None, -1)
    for source, mark in _MARKS[facet]:
        observed = days.get(mark, -1)
        if observed > best[1]:
            best = (source, observed)
    return best
