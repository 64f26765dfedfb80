"""Trust: a beta reputation (Josang & Ismail, 2002) over decayed, capped evidence.

P = (r + a W) / (r + s + W); the points of source k are ((1 - a) r_k - a s_k) / D, and a + the sum
of the points equals P identically (`docs/methods.md#trust`). One unit of evidence is 2^40, so that
every number after the decayed sums is an exact integer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.policy.model import TrustPolicy
from rapport.domain.policy.relationship import PrivacyPolicy
from rapport.domain.procurement.missing_inputs import MissingInput
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.small_groups import (
    People,
    disclose_parts,
    meets_minimum,
    people,
    people_sum_weights,
)
from rapport.domain.stats import beta_cdf

TRUST_QUESTIONS: Final = ("recommend", "relationship", "trust")
REASSIGNMENTS_FORGIVEN: Final = 2
OPPORTUNITY: Final = "raise_the_level"
"""A signal that asks IT for more; it is no evidence against IT."""
SOURCES: Final = {
    "client": ("closed", "promise", "rating", "reassigned", "reopened", "signal", "survey"),
    "own": ("survey",),
    "independent": ("independent",),
}
"""The sources of evidence for each viewpoint, in alphabetical order."""
ANSWERS: Final = frozenset({"independent", "survey"})
RATED: Final = "client.rated"


class TrustEvidence(NamedTuple):
    """The evidence of one event: viewpoint, source, weight (units of evidence), value (0 to 1)."""

    viewpoint: str
    source: str
    weight: Fraction
    value: Fraction


class SourceSums(NamedTuple):
    """The two decayed sums of a source, and its cap in units of 2^-40."""

    source: str
    positive: str
    negative: str
    cap: int
    people: tuple[People, ...]
    """The sums that count respondents, by question; empty for a source without answers."""


class CappedEvidence(NamedTuple):
    """The capped evidence of a source, for and against, in units of 2^-40."""

    source: str
    positive: int
    negative: int


@dataclass(frozen=True, slots=True)
class TrustCoefficients:
    """The trust policy in integers."""

    sources: dict[str, tuple[SourceSums, ...]]
    base: int
    base_denominator: int
    prior: int
    sufficient_uncertainty: float
    minimum_people: int

    def uncertainty(self, evidence: int) -> float:
        """Return the uncertainty of trust, 0 to 1, for evidence in units of 2^-40."""
        return self.prior / (evidence + self.prior)


def trust_coefficients(policy: TrustPolicy, privacy: PrivacyPolicy) -> TrustCoefficients:
    """Return the coefficients of a policy."""
    base, base_denominator = policy.base_rate.as_integer_ratio()
    return TrustCoefficients(
        sources={
            viewpoint: tuple(_source_sums(viewpoint, source, policy) for source in sources)
            for viewpoint, sources in SOURCES.items()
        },
        base=base,
        base_denominator=base_denominator,
        prior=policy.prior_weight * UNIT,
        sufficient_uncertainty=float(policy.sufficient_uncertainty),
        minimum_people=privacy.minimum_respondents,
    )


def _source_sums(viewpoint: str, source: str, policy: TrustPolicy) -> SourceSums:
    positive, negative = sum_names(viewpoint, source)
    cap = int(getattr(policy.caps, source) * UNIT)
    return SourceSums(source, positive, negative, cap, _people(viewpoint, source))


def _people(viewpoint: str, source: str) -> tuple[People, ...]:
    if source == "rating":
        return (people(RATED),)
    questions = TRUST_QUESTIONS if source in ANSWERS else ()
    return tuple(people(f"{viewpoint}.{question}") for question in questions)


def sum_names(viewpoint: str, source: str) -> tuple[str, str]:
    """Return the names of the sums for and against, of a source from a viewpoint."""
    return f"trust.{viewpoint}.{source}.for", f"trust.{viewpoint}.{source}.against"


def trust_sum_weights(key: str, policy: TrustPolicy) -> tuple[SumWeight, ...]:
    """Return what a measure counts for in trust."""
    evidence = evidence_of(key, policy)
    if evidence is None:
        return ()
    positive, negative = sum_names(evidence.viewpoint, evidence.source)
    weighted = (
        (positive, evidence.weight * evidence.value),
        (negative, evidence.weight * (1 - evidence.value)),
    )
    days = policy.half_life_days
    return (
        *(SumWeight(name, days, round(units * UNIT)) for name, units in weighted if units),
        *_respondents(key, days),
    )


def _respondents(key: str, half_life_days: int) -> tuple[SumWeight, ...]:
    match key.split("|"):
        case ["answer", viewpoint, question, *_]:
            return people_sum_weights(f"{viewpoint}.{question}", half_life_days)
        case ["ticket.rated", *_]:
            return people_sum_weights(RATED, half_life_days)
    return ()


def trust(sums: DecayedSums, coefficients: TrustCoefficients, viewpoint: str = "client") -> Score:
    """Return trust from a viewpoint: of the client, IT's own, or of an independent party."""
    capped: list[CappedEvidence] = []
    missing: list[MissingInput] = []
    small: list[str] = []
    for source in coefficients.sources[viewpoint]:
        r, s = capped_sums(sums, source)
        if not (r or s):
            missing.append(source.source)
            continue
        capped.append(CappedEvidence(source.source, r, s))
        if source.people and not _enough_respondents(sums, source, coefficients.minimum_people):
            small.append(source.source)
    name = "trust" if viewpoint == "client" else f"trust.{viewpoint}"
    if small and not _others_suffice(capped, small, coefficients):
        return _withheld(name, small, tuple(missing), coefficients)
    score = _score(name, capped, tuple(missing), coefficients)
    return _suppress(score, small, coefficients) if small else score


def _score(
    name: str,
    capped: Sequence[CappedEvidence],
    missing: tuple[MissingInput, ...],
    coefficients: TrustCoefficients,
) -> Score:
    base, whole, prior = coefficients.base, coefficients.base_denominator, coefficients.prior
    r_all, s_all = sum(one.positive for one in capped), sum(one.negative for one in capped)
    denominator = r_all + s_all + prior
    uncertainty = coefficients.uncertainty(r_all + s_all)
    return Score(
        name=name,
        denominator=whole * denominator,
        baseline=base * denominator,
        parts=tuple(
            Part(source, (whole - base) * r - base * s, (whole - base) * (r + s))
            for source, r, s in capped
        ),
        confidence=1 - uncertainty,
        missing=missing,
        sufficient=uncertainty <= coefficients.sufficient_uncertainty,
        shape=(
            (r_all + prior * base / whole) / UNIT,
            (s_all + prior * (whole - base) / whole) / UNIT,
        ),
    )


def _enough_respondents(sums: DecayedSums, source: SourceSums, minimum: int) -> bool:
    """Return whether one question of a source has at least `minimum` respondents."""
    return any(meets_minimum(sums, group, minimum) for group in source.people)


def _others_suffice(
    capped: Sequence[CappedEvidence], small: Sequence[str], coefficients: TrustCoefficients
) -> bool:
    """Return whether the evidence without the small groups is sufficient for a score.

    If not, the score would be little more than their answers, and it is withheld.
    """
    others = sum(one.positive + one.negative for one in capped if one.source not in small)
    return coefficients.uncertainty(others) <= coefficients.sufficient_uncertainty


def _suppress(score: Score, small: Sequence[str], coefficients: TrustCoefficients) -> Score:
    """Return a score in which the small groups are combined with other evidence."""
    disclosure = disclose_parts(score.parts, small, coefficients.minimum_people)
    if disclosure is None:
        return _withheld(score.name, small, score.missing, coefficients)
    return replace(score, parts=disclosure.parts, withheld=disclosure.withheld)


def _withheld(
    name: str,
    small: Sequence[str],
    missing: tuple[MissingInput, ...],
    coefficients: TrustCoefficients,
) -> Score:
    withheld = Withheld(tuple(small), coefficients.minimum_people)
    return replace(_score(name, (), missing, coefficients), sufficient=False, withheld=withheld)


def probability_under(score: Score, bound: float) -> float:
    """Return the probability that trust is under a bound; 0 where its value is not.

    >>> score = Score(name="trust", denominator=10, baseline=4, parts=(), confidence=0.8,
    ...     missing=(), sufficient=True, shape=(4.0, 6.0))
    >>> round(probability_under(score, 0.7), 3), probability_under(score, 0.4)
    (0.975, 0.0)
    """
    if score.shape is None or score.numerator / score.denominator >= bound:
        return 0.0
    return beta_cdf(bound, *score.shape)


def capped_sums(sums: DecayedSums, source: SourceSums) -> tuple[int, int]:
    """Return the evidence of a source, for and against, up to its cap, in units of 2^-40."""
    r, s, cap = sums[source.positive], sums[source.negative], source.cap
    if r + s > cap:
        return r * cap // (r + s), s * cap // (r + s)
    return r, s


def evidence_of(key: str, policy: TrustPolicy) -> TrustEvidence | None:  # noqa: PLR0911 # one line a kind of evidence, as in the table of the paper
    """Return the evidence of one event of the measure `key`; None when it has none."""
    weights = policy.weights
    match key.split("|"):
        case ["answer", viewpoint, question, *scale] if question in TRUST_QUESTIONS:
            source = "independent" if viewpoint == "independent" else "survey"
            return TrustEvidence(
                viewpoint, source, Fraction(getattr(weights, source)), _scale_value(scale)
            )
        case ["ticket.rated", *scale]:
            return _client_evidence("rating", Fraction(weights.rating), _scale_value(scale))
        case ["ticket.closed", priority, sla, closed_by]:
            weight = Fraction(getattr(weights, f"closed_{priority.lower()}"))
            factor = Fraction(weights.closed_automatically) if closed_by == "auto" else Fraction(1)
            return _client_evidence("closed", weight * factor, Fraction(sla == "met"))
        case ["ticket.reopened"]:
            return _client_evidence("reopened", Fraction(weights.reopened))
        case ["ticket.reassigned", times] if int(times) > REASSIGNMENTS_FORGIVEN:
            return _client_evidence("reassigned", Fraction(weights.reassigned))
        case ["promise", outcome]:
            return _client_evidence(
                "promise", Fraction(weights.promise), Fraction(outcome == "kept")
            )
        case ["signal", name, _] if name != OPPORTUNITY:
            heavy = name == "external_supplier"
            units = weights.signal_external_supplier if heavy else weights.signal
            return _client_evidence("signal", Fraction(units))
    return None


def _client_evidence(source: str, weight: Fraction, value: Fraction = Fraction(0)) -> TrustEvidence:
    return TrustEvidence("client", source, weight, value)


def _scale_value(scale: list[str]) -> Fraction:
    score, lowest, highest = map(int, scale)
    return Fraction(score - lowest, highest - lowest)
