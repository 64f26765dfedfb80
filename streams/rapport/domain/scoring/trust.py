"""Trust: a beta reputation (Josang & Ismail 2002) over decayed, capped evidence.

P = (r + a W) / (r + s + W); the points of source k are ((1 - a) r_k - a s_k) / D, and a + the sum
of the points equals P identically (`docs/methods.md#trust`). One unit of evidence is 2^40, so that
everything after the reading of a tally is an exact integer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums
from rapport.domain.missing_inputs import MissingInput
from rapport.domain.policy.model import TrustPolicy
from rapport.domain.policy.relationship import PrivacyPolicy
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.small_groups import (
    People,
    disclose_parts,
    meets_minimum,
    people,
    people_contributions,
)

TRUST_QUESTIONS: Final = ("recommend", "relationship", "trust")
REASSIGNMENTS_FORGIVEN: Final = 2
OPPORTUNITY: Final = "raise_the_level"
"""A signal that asks for more of IT is no evidence against it."""
SOURCES: Final = {
    "client": ("closed", "promise", "rating", "reassigned", "reopened", "signal", "survey"),
    "own": ("survey",),
    "independent": ("independent",),
}
"""Where evidence of each viewpoint comes from, ordered."""
ANSWERS: Final = frozenset({"independent", "survey"})
RATED: Final = "client.rated"


class Evidence(NamedTuple):
    """What one event says: seen from where, its source, weight (evidence units), value (0 to 1)."""

    viewpoint: str
    source: str
    weight: Fraction
    value: Fraction


class SourceSums(NamedTuple):
    """A source's two tallies, and its cap in units of 2^-40."""

    source: str
    positive: str
    negative: str
    cap: int
    people: tuple[People, ...]
    """Who answered, by question; empty: it is not what people answered."""


class CappedEvidence(NamedTuple):
    """A source's evidence for and against, in units of 2^-40."""

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
        """Return how unsure trust is, 0 to 1, with so much evidence in units of 2^-40."""
        return self.prior / (evidence + self.prior)


def trust_coefficients(policy: TrustPolicy, privacy: PrivacyPolicy) -> TrustCoefficients:
    """Return the policy as the calculation wants it."""
    base, base_denominator = policy.base_rate.as_integer_ratio()
    return TrustCoefficients(
        sources={
            viewpoint: tuple(_pair(viewpoint, source, policy) for source in sources)
            for viewpoint, sources in SOURCES.items()
        },
        base=base,
        base_denominator=base_denominator,
        prior=policy.prior_weight * UNIT,
        sufficient_uncertainty=float(policy.sufficient_uncertainty),
        minimum_people=privacy.minimum_respondents,
    )


def _pair(viewpoint: str, source: str, policy: TrustPolicy) -> SourceSums:
    positive, negative = sum_names(viewpoint, source)
    cap = int(getattr(policy.caps, source) * UNIT)
    return SourceSums(source, positive, negative, cap, _people(viewpoint, source))


def _people(viewpoint: str, source: str) -> tuple[People, ...]:
    if source == "rating":
        return (people(RATED),)
    questions = TRUST_QUESTIONS if source in ANSWERS else ()
    return tuple(people(f"{viewpoint}.{question}") for question in questions)


def sum_names(viewpoint: str, source: str) -> tuple[str, str]:
    """Return the names of the tallies for and against, of a source as seen from a viewpoint."""
    return f"trust.{viewpoint}.{source}.for", f"trust.{viewpoint}.{source}.against"


def trust_contributions(key: str, policy: TrustPolicy) -> tuple[Contribution, ...]:
    """Return what a measure counts for in trust."""
    evidence = evidence_of(key, policy)
    if evidence is None:
        return ()
    positive, negative = sum_names(evidence.viewpoint, evidence.source)
    weighed = (
        (positive, evidence.weight * evidence.value),
        (negative, evidence.weight * (1 - evidence.value)),
    )
    days = policy.half_life_days
    return (
        *(Contribution(name, days, round(units * UNIT)) for name, units in weighed if units),
        *_people_of(key, days),
    )


def _people_of(key: str, half_life_days: int) -> tuple[Contribution, ...]:
    match key.split("|"):
        case ["answer", viewpoint, question, *_]:
            return people_contributions(f"{viewpoint}.{question}", half_life_days)
        case ["ticket.rated", *_]:
            return people_contributions(RATED, half_life_days)
    return ()


def trust(standing: DecayedSums, terms: TrustCoefficients, viewpoint: str = "client") -> Score:
    """Return trust as seen from a viewpoint: the client's, IT's own, or an independent party's."""
    capped: list[CappedEvidence] = []
    missing: list[MissingInput] = []
    few: list[str] = []
    for pair in terms.sources[viewpoint]:
        r, s = capped_sums(standing, pair)
        if not (r or s):
            missing.append(pair.source)
            continue
        capped.append(CappedEvidence(pair.source, r, s))
        if pair.people and not _asked_enough(standing, pair, terms.minimum_people):
            few.append(pair.source)
    name = "trust" if viewpoint == "client" else f"trust.{viewpoint}"
    if few and not _others_suffice(capped, few, terms):
        return _nothing_told(name, few, tuple(missing), terms)
    known = _score(name, capped, tuple(missing), terms)
    return _without_few(known, few, terms) if few else known


def _score(
    name: str,
    capped: Sequence[CappedEvidence],
    missing: tuple[MissingInput, ...],
    terms: TrustCoefficients,
) -> Score:
    base, whole, prior = terms.base, terms.base_denominator, terms.prior
    r_all, s_all = sum(one.positive for one in capped), sum(one.negative for one in capped)
    denominator = r_all + s_all + prior
    uncertainty = terms.uncertainty(r_all + s_all)
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
        sufficient=uncertainty <= terms.sufficient_uncertainty,
        shape=(
            (r_all + prior * base / whole) / UNIT,
            (s_all + prior * (whole - base) / whole) / UNIT,
        ),
    )


def _asked_enough(standing: DecayedSums, pair: SourceSums, minimum: int) -> bool:
    """Return whether so many people answered one of a source's questions."""
    return any(meets_minimum(standing, counted, minimum) for counted in pair.people)


def _others_suffice(
    capped: Sequence[CappedEvidence], few: Sequence[str], terms: TrustCoefficients
) -> bool:
    """Return whether there would be a score without what few people answered.

    If not, it is little more than those answers, and nothing of it is told.
    """
    others = sum(one.positive + one.negative for one in capped if one.source not in few)
    return terms.uncertainty(others) <= terms.sufficient_uncertainty


def _without_few(known: Score, few: Sequence[str], terms: TrustCoefficients) -> Score:
    """Return a score that tells the answers of the few together with some other evidence."""
    told = disclose_parts(known.parts, few, terms.minimum_people)
    if told is None:
        return _nothing_told(known.name, few, known.missing, terms)
    return replace(known, parts=told.parts, withheld=told.withheld)


def _nothing_told(
    name: str, few: Sequence[str], missing: tuple[MissingInput, ...], terms: TrustCoefficients
) -> Score:
    withheld = Withheld(tuple(few), terms.minimum_people)
    return replace(_score(name, (), missing, terms), sufficient=False, withheld=withheld)


def capped_sums(standing: DecayedSums, pair: SourceSums) -> tuple[int, int]:
    """Return a source's evidence for and against, no more than its cap, in units of 2^-40."""
    r, s, cap = standing[pair.positive], standing[pair.negative], pair.cap
    if r + s > cap:
        return r * cap // (r + s), s * cap // (r + s)
    return r, s


def evidence_of(key: str, policy: TrustPolicy) -> Evidence | None:  # noqa: PLR0911 # one line a kind of evidence, as in the table of the paper
    """Return what one event of the measure `key` says of trust, or None when nothing."""
    weights = policy.weights
    match key.split("|"):
        case ["answer", viewpoint, question, *scale] if question in TRUST_QUESTIONS:
            source = "independent" if viewpoint == "independent" else "survey"
            return Evidence(viewpoint, source, Fraction(getattr(weights, source)), _place(scale))
        case ["ticket.rated", *scale]:
            return _of_client("rating", Fraction(weights.rating), _place(scale))
        case ["ticket.closed", priority, sla, closed_by]:
            weight = Fraction(getattr(weights, f"closed_{priority.lower()}"))
            factor = Fraction(weights.closed_automatically) if closed_by == "auto" else Fraction(1)
            return _of_client("closed", weight * factor, Fraction(sla == "met"))
        case ["ticket.reopened"]:
            return _of_client("reopened", Fraction(weights.reopened))
        case ["ticket.reassigned", times] if int(times) > REASSIGNMENTS_FORGIVEN:
            return _of_client("reassigned", Fraction(weights.reassigned))
        case ["promise", outcome]:
            return _of_client("promise", Fraction(weights.promise), Fraction(outcome == "kept"))
        case ["signal", name, _] if name != OPPORTUNITY:
            heavy = name == "external_supplier"
            units = weights.signal_external_supplier if heavy else weights.signal
            return _of_client("signal", Fraction(units))
    return None


def _of_client(source: str, weight: Fraction, value: Fraction = Fraction(0)) -> Evidence:
    return Evidence("client", source, weight, value)


def _place(scale: list[str]) -> Fraction:
    score, lowest, highest = map(int, scale)
    return Fraction(score - lowest, highest - lowest)
