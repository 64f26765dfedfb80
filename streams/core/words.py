"""Scores in words: one sentence with numbers, for a manager, in English."""

from rapport.streams.core.procurement import PurchaseHealth
from rapport.streams.core.score import Score
from rapport.streams.core.scores import ClientHealth

COMPONENTS = {
    "survey": "survey answers",
    "rating": "ticket ratings",
    "closed": "tickets closed in or out of time",
    "reopened": "reopened tickets",
    "reassigned": "tickets passed around",
    "promise": "promises kept or broken",
    "signal": "signals in text",
    "independent": "the independent party's rating",
    "several": "evidence of several kinds, as too few people answered to tell it apart,",
}


def purchase_reason(purchases: PurchaseHealth) -> str:
    """Return why outside purchases are, or are not, remarkable.

    >>> from rapport.streams.core.procurement import PurchaseHealth
    >>> health = PurchaseHealth(4, 0.85, 4.7, 3.15, 0.026, "watch", 104, (), (), ())
    >>> purchase_reason(health)[:53]
    '4 outside purchases in the last 4 weeks and this one,'
    >>> purchase_reason(health)[53:]
    ' 0.8 expected from its own past; ratio 4.7; chance 2.6 %'
    """
    return (
        f"{purchases.observed} outside purchase{'' if purchases.observed == 1 else 's'}"
        " in the last 4 weeks and this one,"
        f" {purchases.expected:.1f} expected from its own past; ratio {purchases.ratio:.1f}; "
        f"chance {percent(purchases.probability)}"
    )


def percent(share: float) -> str:
    """Return a share as a percentage that never claims to be nothing.

    >>> percent(0.0260807), percent(0.00001), percent(1.0)
    ('2.6 %', 'under 0.1 %', '100 %')
    """
    if share < 0.001:  # noqa: PLR2004 # below what one decimal of a percentage can show
        return "under 0.1 %"
    return f"{share * 100:.1f} %" if share < 0.1 else f"{share * 100:.0f} %"  # noqa: PLR2004 # one decimal below ten per cent


def score_reason(score: Score) -> str:
    """Return what moves a score most, or that there is too little to say."""
    if score.shown is None and score.withheld is not None:
        few, inputs = score.withheld.minimum, ", ".join(score.withheld.inputs)
        return f"{score.name}: withheld, fewer than {few} people answered ({inputs})"
    largest = score.largest()
    if score.shown is None or largest is None:
        return f"{score.name}: insufficient evidence (missing: {', '.join(score.missing)})"
    what = COMPONENTS.get(largest.component, largest.component)
    direction = "raise" if largest.points >= 0 else "lower"
    points = abs(score.ratio(largest.points)) * 100
    return f"{score.name} {score.shown * 100:.0f}: {what} {direction} it by {points:.0f}"


def top_reason(health: ClientHealth) -> str:
    """Return the one sentence that matters most about a client now."""
    if health.purchases.state != "clear":
        return purchase_reason(health.purchases)
    return score_reason(health.trust)
