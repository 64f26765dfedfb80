"""Trust: a beta reputation (Josang & Ismail, 2002) over decayed evidence, the newest up to a cap.

P = (r + a W) / (r + s + W); the points of source k are ((1 - a) r_k - a s_k) / D, and a + the sum
of the points equals P identically (`docs/methods.md#trust`). One unit of evidence is 2^40, so that
every number after the decay is an exact integer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import DecayedSums, SumWeight
from rapport.domain.ledger.newest_evidence import EvidenceSource, EvidenceWeight, NewestEvidence
from rapport.domain.policy.model import TrustPolicy
from rapport.domain.policy.relationship import PrivacyPolicy
from rapport.domain.procurement.missing_inputs import MissingInput
from rapport.domain.procurement.stats import beta_cdf
from rapport.domain.scoring.evidence import (
    NO_EVIDENCE,
    EvidenceLevel,
    ScoreEvidence,
    score_evidence,
    trust_level,
)
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.small_groups import Disclosure, disclose_parts, enough_respondents

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
ANSWERED: Final = frozenset({*ANSWERS, "rating"})
"""The sources whose evidence is given by respondents."""
RATED: Final = "rated"
"""What stands for the question that a rating of a ticket answers."""


CLOSED_SUMS: Final = ("tickets.closed.met", "tickets.closed.missed")
"""The decayed sums of tickets that were closed on time, and late."""


class TrustEvidence(NamedTuple):
    """The evidence of one event: viewpoint, source, weight (units of evidence), value (0 to 1)."""

    viewpoint: str
    source: str
    weight: Fraction
    value: Fraction


class CappedEvidence(NamedTuple):
    """The capped evidence of a source, for and against, in units of 2^-40."""

    source: str
    positive: int
    negative: int


@dataclass(frozen=True, slots=True)
class TrustCoefficients:
    """The trust policy in integers."""

    sources: dict[str, dict[str, EvidenceSource]]
    """Viewpoint -> source -> what it is in the ledger."""
    base: int
    base_denominator: int
    prior: int
    minimum_people: int

    def uncertainty(self, evidence: int) -> float:
        """Return the uncertainty of trust, 0 to 1, for evidence in units of 2^-40."""
        return self.prior / (evidence + self.prior)


def trust_coefficients(policy: TrustPolicy, privacy: PrivacyPolicy) -> TrustCoefficients:
    """Return the coefficients of a policy."""
    base, base_denominator = policy.base_rate.as_integer_ratio()
    return TrustCoefficients(
        sources={
            viewpoint: {source: evidence_source(viewpoint, source, policy) for source in sources}
            for viewpoint, sources in SOURCES.items()
        },
        base=base,
        base_denominator=base_denominator,
        prior=policy.prior_weight * UNIT,
        minimum_people=privacy.minimum_respondents,
    )


def evidence_source(viewpoint: str, source: str, policy: TrustPolicy) -> EvidenceSource:
    """Return a source of trust as the ledger keeps it."""
    cap = int(getattr(policy.caps, source) * UNIT)
    return EvidenceSource(f"trust.{viewpoint}.{source}", policy.half_life_days, cap)


def trust_evidence_weights(key: str, policy: TrustPolicy) -> tuple[EvidenceWeight, ...]:
    """Return what a measure weighs as evidence of trust."""
    evidence = evidence_of(key, policy)
    if evidence is None:
        return ()
    return (
        EvidenceWeight(
            evidence_source(evidence.viewpoint, evidence.source, policy),
            round(evidence.weight * evidence.value * UNIT),
            round(evidence.weight * (1 - evidence.value) * UNIT),
            _question(key),
        ),
    )


def _question(key: str) -> str | None:
    match key.split("|"):
        case ["answer", _, question, *_]:
            return question
        case ["ticket.rated", *_]:
            return RATED
    return None


def closed_sum_weights(key: str, policy: TrustPolicy) -> tuple[SumWeight, ...]:
    """Return what a closed ticket counts for in the sums of tickets closed on time and late."""
    evidence = evidence_of(key, policy)
    if evidence is None or evidence.source != "closed":
        return ()
    met, missed = CLOSED_SUMS
    name = met if evidence.value else missed
    units = round(evidence.weight * UNIT)
    return (SumWeight(name, policy.half_life_days, units),) if units else ()


def trust(sums: DecayedSums, coefficients: TrustCoefficients, viewpoint: str = "client") -> Score:
    """Return trust from a viewpoint: of the client, IT's own, or of an independent party."""
    capped: list[CappedEvidence] = []
    counted: list[NewestEvidence] = []
    missing: list[MissingInput] = []
    small: list[str] = []
    for source, kept in coefficients.sources[viewpoint].items():
        newest = sums.evidence.get(kept.name)
        if newest is None or not newest.amount:
            missing.append(source)
            continue
        capped.append(CappedEvidence(source, *capped_evidence(newest)))
        counted.append(newest)
        if source in ANSWERED and not _enough_respondents(newest, coefficients.minimum_people):
            small.append(source)
    level = trust_level(sum([newest.amount for newest in counted]), coefficients.prior)
    view = _View("trust" if viewpoint == "client" else f"trust.{viewpoint}", tuple(missing))
    evidence = score_evidence(level, counted, sums.day)
    if not small:
        return _score(view, capped, evidence, None, coefficients)
    return _suppressed(view, capped, small, evidence, coefficients)


class _View(NamedTuple):
    """The name of trust from one viewpoint, and the sources without evidence."""

    name: str
    missing: tuple[MissingInput, ...]


def _score(
    view: _View,
    capped: Sequence[CappedEvidence],
    evidence: ScoreEvidence,
    disclosure: Disclosure | None,
    coefficients: TrustCoefficients,
) -> Score:
    """Return the score; `disclosure` has the parts where a small group is combined."""
    base, whole, prior = coefficients.base, coefficients.base_denominator, coefficients.prior
    r_all, s_all = sum([one.positive for one in capped]), sum([one.negative for one in capped])
    denominator = r_all + s_all + prior
    return Score(
        name=view.name,
        denominator=whole * denominator,
        baseline=base * denominator,
        parts=_parts(capped, coefficients) if disclosure is None else disclosure.parts,
        confidence=1 - coefficients.uncertainty(r_all + s_all),
        missing=view.missing,
        evidence=evidence,
        shape=(
            (r_all + prior * base / whole) / UNIT,
            (s_all + prior * (whole - base) / whole) / UNIT,
        ),
        withheld=None if disclosure is None else disclosure.withheld,
    )


def _parts(capped: Sequence[CappedEvidence], coefficients: TrustCoefficients) -> tuple[Part, ...]:
    base, whole = coefficients.base, coefficients.base_denominator
    return tuple(
        [
            Part(source, (whole - base) * r - base * s, (whole - base) * (r + s))
            for source, r, s in capped
        ]
    )


def _suppressed(
    view: _View,
    capped: Sequence[CappedEvidence],
    small: Sequence[str],
    evidence: ScoreEvidence,
    coefficients: TrustCoefficients,
) -> Score:
    """Return a score in which the small groups are combined with other evidence, or withheld."""
    minimum = coefficients.minimum_people
    if _others_suffice(capped, small, coefficients):
        disclosure = disclose_parts(_parts(capped, coefficients), small, minimum)
        if disclosure is not None:
            return _score(view, capped, evidence, disclosure, coefficients)
    withheld = Disclosure((), Withheld(tuple(small), minimum))
    return _score(view, (), NO_EVIDENCE, withheld, coefficients)


def _enough_respondents(newest: NewestEvidence, minimum: int) -> bool:
    """Return whether one question of a source has at least `minimum` respondents."""
    for weights, squares in newest.respondents.values():
        if enough_respondents(weights, squares, minimum):
            return True
    return False


def _others_suffice(
    capped: Sequence[CappedEvidence], small: Sequence[str], coefficients: TrustCoefficients
) -> bool:
    """Return whether the evidence without the small groups is sufficient for a score.

    If not, the score would be little more than their answers, and it is withheld.
    """
    others = sum([one.positive + one.negative for one in capped if one.source not in small])
    return trust_level(others, coefficients.prior) > EvidenceLevel.NONE


def probability_under(score: Score, bound: float) -> float:
    """Return the probability that trust is under a bound; 0 where its value is not.

    >>> score = Score(name="trust", denominator=10, baseline=4, parts=(), confidence=0.8,
    ...     missing=(), evidence=NO_EVIDENCE, shape=(4.0, 6.0))
    >>> round(probability_under(score, 0.7), 3), probability_under(score, 0.4)
    (0.975, 0.0)
    """
    if score.shape is None or score.numerator / score.denominator >= bound:
        return 0.0
    return beta_cdf(bound, *score.shape)


def capped_evidence(newest: NewestEvidence) -> tuple[int, int]:
    """Return the evidence of a source, for and against; together they are its amount."""
    total = newest.positive + newest.negative
    positive = newest.positive * newest.amount // total if total else 0
    return positive, newest.amount - positive


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
