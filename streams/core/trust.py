"""Trust: a beta reputation (Josang & Ismail 2002) over decayed, capped evidence.

P = (r + a W) / (r + s + W); the contribution of source k is ((1 - a) r_k - a s_k) / D, and
a + the sum of contributions equals P identically (domain core, section 1.1).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from rapport.streams.core.decay import SCALE, Weights, decayed, weights_to
from rapport.streams.core.measures import Measures
from rapport.streams.core.policy import TrustPolicy
from rapport.streams.core.score import Contribution, Score

TRUST_QUESTIONS: Final = frozenset({"trust", "relationship", "recommend"})
REASSIGNMENTS_FORGIVEN: Final = 2
OPPORTUNITY: Final = "raise_the_level"
"""A signal that asks for more of IT is no evidence against it."""
CLIENT_SOURCES: Final = (
    "survey",
    "rating",
    "closed",
    "reopened",
    "reassigned",
    "promise",
    "signal",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one event of a measure counts for: its source, weight (units) and value (0 to 1)."""

    source: str
    weight: Fraction
    value: Fraction


def trust(measures: Measures, policy: TrustPolicy, day: int, viewpoint: str = "client") -> Score:
    """Return trust as seen from a viewpoint: the client's, IT's own, or an independent party's."""
    sums = _sums(measures, policy, day, viewpoint)
    base, prior = Fraction(policy.base_rate), Fraction(policy.prior_weight)
    capped = {source: _capped(source, r, s, policy) for source, (r, s) in sums.items()}
    denominator = sum((r + s for r, s in capped.values()), prior)
    parts = tuple(
        Contribution(source, ((1 - base) * r - base * s) / denominator)
        for source, (r, s) in sorted(capped.items())
    )
    uncertainty = prior / denominator
    return Score(
        name="trust",
        value=sum((part.points for part in parts), base),
        baseline=base,
        contributions=parts,
        possible=tuple(
            Contribution(source, (1 - base) * (r + s) / denominator)
            for source, (r, s) in sorted(capped.items())
        ),
        confidence=float(1 - uncertainty),
        missing=tuple(source for source in _sources(viewpoint) if source not in capped),
        sufficient=uncertainty <= policy.sufficient_uncertainty,
        shape=_shape(capped.values(), base * prior, (1 - base) * prior),
    )


def _shape(
    sums: Iterable[tuple[Fraction, Fraction]], alpha: Fraction, beta: Fraction
) -> tuple[float, float]:
    """Return alpha and beta of the beta distribution that trust is the mean of."""
    for positive, negative in sums:
        alpha, beta = alpha + positive, beta + negative
    return float(alpha), float(beta)


def _sources(viewpoint: str) -> tuple[str, ...]:
    if viewpoint == "client":
        return CLIENT_SOURCES
    return ("independent",) if viewpoint == "independent" else ("survey",)


def _sums(
    measures: Measures, policy: TrustPolicy, day: int, viewpoint: str
) -> dict[str, tuple[Fraction, Fraction]]:
    weights = weights_to(policy.half_life_days, day)
    positive: dict[str, Fraction] = defaultdict(Fraction)
    negative: dict[str, Fraction] = defaultdict(Fraction)
    for evidence, amount in _evidence(measures, policy, viewpoint, weights):
        units = evidence.weight * amount / SCALE
        positive[evidence.source] += units * evidence.value
        negative[evidence.source] += units * (1 - evidence.value)
    return {
        source: (positive[source], negative[source])
        for source in positive
        if positive[source] or negative[source]
    }


def _evidence(
    measures: Measures, policy: TrustPolicy, viewpoint: str, weights: Weights
) -> Iterator[tuple[Evidence, int]]:
    amounts: dict[Evidence, int] = defaultdict(int)
    known = _known_evidence(policy, viewpoint)
    for key, days in measures.items():
        if key.startswith("buy."):
            continue
        if key not in known:
            known[key] = evidence_of(key, viewpoint, policy)
        evidence = known[key]
        if evidence is not None:
            amounts[evidence] += decayed(days, weights)
    yield from amounts.items()


def _capped(
    source: str, positive: Fraction, negative: Fraction, policy: TrustPolicy
) -> tuple[Fraction, Fraction]:
    cap, units = Fraction(getattr(policy.caps, source)), positive + negative
    share = min(Fraction(1), cap / units)
    return positive * share, negative * share


@lru_cache(maxsize=12)
def _known_evidence(policy: TrustPolicy, viewpoint: str) -> dict[str, Evidence | None]:  # noqa: ARG001 # the arguments are the cache's key
    # Of bounded size: purchases, whose keys hold names, are passed over before.
    return {}


def evidence_of(key: str, viewpoint: str, policy: TrustPolicy) -> Evidence | None:  # noqa: PLR0911 # one line a kind of evidence, as in the table of the paper
    """Return what one event of the measure `key` says of trust, or None when nothing."""
    kind, *rest = key.split("|")
    if kind == "answer":
        return _answer(rest, viewpoint, policy)
    if viewpoint != "client":
        return None
    weights = policy.weights
    match kind, rest:
        case "ticket.rated", [score, lowest, highest]:
            value = Fraction(int(score) - int(lowest), int(highest) - int(lowest))
            return Evidence("rating", Fraction(weights.rating), value)
        case "ticket.closed", [priority, sla, closed_by]:
            weight = Fraction(getattr(weights, f"closed_{priority.lower()}"))
            factor = Fraction(weights.closed_automatically) if closed_by == "auto" else Fraction(1)
            return Evidence("closed", weight * factor, Fraction(sla == "met"))
        case "ticket.reopened", []:
            return Evidence("reopened", Fraction(weights.reopened), Fraction(0))
        case "ticket.reassigned", [times] if int(times) > REASSIGNMENTS_FORGIVEN:
            return Evidence("reassigned", Fraction(weights.reassigned), Fraction(0))
        case "promise", [outcome]:
            return Evidence("promise", Fraction(weights.promise), Fraction(outcome == "kept"))
        case "signal", [name, _] if name != OPPORTUNITY:
            heavy = name == "external_supplier"
            units = weights.signal_external_supplier if heavy else weights.signal
            return Evidence("signal", Fraction(units), Fraction(0))
    return None


def _answer(rest: list[str], viewpoint: str, policy: TrustPolicy) -> Evidence | None:
    seen_from, question, score, lowest, highest = rest
    if seen_from != viewpoint or question not in TRUST_QUESTIONS:
        return None
    value = Fraction(int(score) - int(lowest), int(highest) - int(lowest))
    if viewpoint == "independent":
        return Evidence("independent", Fraction(policy.weights.independent), value)
    return Evidence("survey", Fraction(policy.weights.survey), value)
