"""Perception gap: IT's own view of the relationship minus the view of the other side.

Formula and worked numbers: `docs/methods.md#perception-gap`.

The other side is the client itself. Only where its evidence is insufficient, and that of the
independent party is not, the independent party speaks for it. The gap is the difference of two
trust scores, so the parts of both add up to it exactly.
"""

from dataclasses import dataclass
from math import sqrt

from rapport.domain.policy.relationship import PerceptionPolicy
from rapport.domain.procurement.stats import normal_cdf
from rapport.domain.scoring.evidence import weakest
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.small_groups import COMBINED


@dataclass(frozen=True, slots=True)
class Perception:
    """The gap, -1 to 1 (above 0, IT rates itself higher), with its probability."""

    score: Score
    own: Score
    """Trust as IT itself sees it."""
    independent: Score
    """Trust as an independent party sees it."""
    against: str
    """The view with which IT's own view is compared: `independent` or `client`."""
    probability: float | None
    """The probability that IT rates itself higher than the other side does; None: unknown."""
    overrates: bool
    """Whether the gap and its probability reach the thresholds of the policy."""


def perception(
    own: Score, client: Score, independent: Score, policy: PerceptionPolicy
) -> Perception:
    """Return the gap between the views of the relationship, each a trust score."""
    is_indirect = independent.sufficient and not client.sufficient
    other, against = (independent, "independent") if is_indirect else (client, "client")
    views = (("own view", own), ("client view", client), ("independent view", independent))
    score = Score(
        name="perception",
        denominator=own.denominator * other.denominator,
        baseline=own.baseline * other.denominator - other.baseline * own.denominator,
        parts=tuple(
            sorted(
                _parts(against, other.parts, -own.denominator)
                + _parts("own", own.parts, other.denominator)
            )
        ),
        confidence=min(own.confidence, other.confidence),
        missing=_missing(views),
        evidence=weakest((own.evidence, other.evidence)),
        withheld=_withheld(views, against),
    )
    gap = score.ratio(score.numerator)
    probability = None
    if score.sufficient:
        probability = normal_cdf(gap / sqrt(_variance(own) + _variance(other)))
    return Perception(
        score=score,
        own=own,
        independent=independent,
        against=against,
        probability=probability,
        overrates=probability is not None
        and gap >= policy.alert_gap
        and probability >= policy.alert_probability,
    )


def _parts(viewpoint: str, parts: tuple[Part, ...], times: int) -> list[Part]:
    # A gap has no maximum to reach: the possible points of a part are its points.
    return [
        Part(_component(viewpoint, part.component), part.points * times, part.points * times)
        for part in parts
    ]


def _component(viewpoint: str, component: str) -> str:
    return component if component == COMBINED else f"{viewpoint}.{component}"


_Views = tuple[tuple[str, Score], ...]
"""Each view by the name of the input."""


def _missing(views: _Views) -> tuple[str, ...]:
    return tuple([n for n, view in views if not view.parts and view.withheld is None])


def _withheld(views: _Views, against: str) -> Withheld | None:
    """Return the withheld views, and the combined sources of the client's view."""
    inputs, combined, minimum = [], [], 0
    for name, view in views:
        if view.withheld is None:
            continue
        minimum = view.withheld.minimum
        if not view.parts:
            inputs.append(name)
        elif against == "client":
            inputs += [_component(against, source) for source in view.withheld.inputs]
            combined += [_component(against, source) for source in view.withheld.combined]
    return Withheld(tuple(inputs), minimum, tuple(combined)) if inputs else None


def _variance(view: Score) -> float:
    """Return the variance of the beta distribution of a trust score.

    >>> from rapport.domain.scoring.evidence import NO_EVIDENCE
    >>> from rapport.domain.scoring.score import Score
    >>> view = Score(name="", denominator=1, baseline=0, parts=(), confidence=1.0, missing=(),
    ...     evidence=NO_EVIDENCE, shape=(9.0, 3.0))
    >>> round(_variance(view), 7)
    0.0144231
    """
    alpha, beta = view.shape or (1.0, 1.0)
    total = alpha + beta
    return alpha * beta / (total * total * (total + 1))
