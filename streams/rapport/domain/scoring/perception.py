"""The perception gap: IT's own view of the relation minus the other side's.

Formula and worked numbers: `docs/methods.md#perception-gap`.

The other side is the independent party where it said enough, else the client. The gap is the
difference of two trusts, so the parts of both add up to it exactly.
"""

from dataclasses import dataclass
from math import sqrt

from rapport.domain.policy.relationship import PerceptionPolicy
from rapport.domain.scoring.score import Part, Score, Withheld
from rapport.domain.scoring.small_groups import COMBINED
from rapport.domain.stats import normal_cdf


@dataclass(frozen=True, slots=True)
class Perception:
    """The gap (-1 to 1; above 0 IT thinks better of itself), and how sure it is."""

    score: Score
    own: Score
    """Trust as IT itself sees it."""
    independent: Score
    """Trust as an independent party sees it."""
    against: str
    """Whose view IT's own is held against: `independent` or `client`."""
    probability: float | None
    """The chance that IT truly thinks better of itself than the other side does; None: unknown."""
    overrates: bool
    """Whether the gap is great and sure enough to say that IT overrates itself."""


def perception(
    own: Score, client: Score, independent: Score, policy: PerceptionPolicy
) -> Perception:
    """Return the gap between three views of the same relation, each a trust score."""
    other = independent if independent.sufficient else client
    against = "independent" if independent.sufficient else "client"
    score = Score(
        name="perception",
        denominator=own.denominator * other.denominator,
        baseline=own.baseline * other.denominator - other.baseline * own.denominator,
        parts=tuple(
            sorted(
                [
                    *_parts("own", own.parts, other.denominator),
                    *_parts(against, other.parts, -own.denominator),
                ]
            )
        ),
        confidence=min(own.confidence, other.confidence),
        missing=_missing(own, client, independent),
        sufficient=own.sufficient and other.sufficient,
        withheld=_withheld(own, client, independent, against),
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
    # A gap has no best: what a part gives is all that it could give.
    return [
        Part(_named(viewpoint, part.component), part.points * times, part.points * times)
        for part in parts
    ]


def _named(viewpoint: str, component: str) -> str:
    return component if component == COMBINED else f"{viewpoint}.{component}"


def _views(own: Score, client: Score, independent: Score) -> dict[str, Score]:
    return {"own view": own, "client view": client, "independent view": independent}


def _missing(own: Score, client: Score, independent: Score) -> tuple[str, ...]:
    views = _views(own, client, independent)
    return tuple(n for n, view in views.items() if not view.parts and view.withheld is None)


def _withheld(own: Score, client: Score, independent: Score, against: str) -> Withheld | None:
    """Return the views of which nothing may be told, and what is told together of the client's."""
    inputs, together, minimum = [], [], 0
    for name, view in _views(own, client, independent).items():
        if view.withheld is None:
            continue
        minimum = view.withheld.minimum
        if not view.parts:
            inputs.append(name)
        elif against == "client":
            inputs += [_named(against, source) for source in view.withheld.inputs]
            together += [_named(against, source) for source in view.withheld.combined]
    return Withheld(tuple(inputs), minimum, tuple(together)) if inputs else None


def _variance(view: Score) -> float:
    """Return the variance of a trust's beta distribution.

    >>> from rapport.domain.scoring.score import Score
    >>> view = Score(name="", denominator=1, baseline=0, parts=(), confidence=1.0, missing=(),
    ...     sufficient=True, shape=(9.0, 3.0))
    >>> round(_variance(view), 7)
    0.0144231
    """
    alpha, beta = view.shape or (1.0, 1.0)
    total = alpha + beta
    return alpha * beta / (total * total * (total + 1))
