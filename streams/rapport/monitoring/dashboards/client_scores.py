"""One client's scores, and the contribution of each component."""

from typing import Any, Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.fleet import ALERT_TEXTS
from rapport.monitoring.dashboards.panel import Panel, PanelRow, Query, bars, stat
from rapport.monitoring.dashboards.promql import own
from rapport.monitoring.dashboards.targets import score_stat, target
from rapport.monitoring.metrics import purchases, relationship, scores
from rapport.monitoring.metrics.model import Metric

_FROM: Final = "from"
_TO: Final = "to"
_UNDER: Final = "under"
LEAST_POINTS: Final = 0.0005
"""Points below it round to none."""


def _stat(title: str, metric: Metric, text: str) -> Panel:
    return score_stat(title, text, own(metric), title.lower())


def _waterfall(title: str, part: Metric, text: str, base_of: Metric | None = None) -> Panel:
    """Return a waterfall chart: each bar begins where the previous one ends.

    The bars of `base_of` begin with what is in the score beside its parts.
    """
    points = own(part, "component")
    if base_of is not None:
        rest = f"{own(base_of)} - sum ({points})"
        points = f'(label_replace({rest}, "component", "base", "", "") or {points})'
    return Panel(
        title=title,
        kind="barchart",
        unit="percentunit",
        description=text,
        queries=(
            Query(points, instant=True, color=palette.GREY),
            Query(f"{points} > {LEAST_POINTS}", instant=True, color=palette.BLUE),
            Query(f"-{points} > {LEAST_POINTS}", instant=True, color=palette.VERMILLION),
        ),
        height=9,
        transformations=(
            ("joinByField", {"byField": "component", "mode": "outer"}, ""),
            _kept("component", "Value #A", "Value #B", "Value #C"),
            ("calculateField", _running("Value #A"), ""),
            ("calculateField", _difference(_TO, "Value #A"), ""),
            ("calculateField", _least(_FROM, _TO), ""),
            _kept("component", _UNDER, "Value #B", "Value #C"),
            (
                "organize",
                {
                    "indexByName": {"component": 0, _UNDER: 1, "Value #B": 2, "Value #C": 3},
                    "renameByName": {"Value #B": "raises it", "Value #C": "lowers it"},
                },
                "",
            ),
        ),
        colors=(
            (_UNDER, palette.HIDDEN),
            ("raises it", palette.BLUE),
            ("lowers it", palette.VERMILLION),
        ),
        unseen=(_UNDER,),
    )


def _kept(*names: str) -> tuple[str, dict[str, Any], str]:
    return "filterFieldsByName", {"include": {"names": list(names)}}, ""


def _running(name: str) -> dict[str, Any]:
    cumulative = {"field": name, "reducer": "sum"}
    return {"mode": "cumulativeFunctions", "cumulative": cumulative, "alias": _TO}


def _difference(left: str, right: str) -> dict[str, Any]:
    binary = {"left": left, "operator": "-", "right": right}
    return {"mode": "binary", "binary": binary, "alias": _FROM}


def _least(*names: str) -> dict[str, Any]:
    reduce = {"reducer": "min", "include": list(names)}
    return {"mode": "reduceRow", "reduce": reduce, "alias": _UNDER}


def _missing(score: str) -> Panel:
    return bars(
        f"Points that {score} misses",
        "What each component could give and does not, the most first: where to gain.",
        f"{own(relationship.POINTS_MISSING, 'component', score=score)} > {LEAST_POINTS}",
        "{{component}}",
        unit="percentunit",
        height=9,
        color=palette.ORANGE,
    )


_TRUST: Final = Panel(
    title="Trust and its likely range",
    unit="percentunit",
    description="Trust as the client shows it, between the ends of its 90% range, beside the "
    "client's own median of the last closed weeks; absent while evidence is insufficient.",
    queries=(
        Query(own(scores.TRUST), "trust"),
        Query(own(scores.SCORE_HIGH, score="trust"), "high", color=palette.SKY),
        Query(own(scores.SCORE_LOW, score="trust"), "low", color=palette.SKY),
        Query(own(relationship.SCORE_PAST, score="trust"), "usual", color=palette.ORANGE),
        Query(target("trust"), "target", color=palette.GREY),
    ),
    minimum=0,
    maximum=1,
    below=(("high", "low"),),
)
_OTHERS: Final = Panel(
    title="Engagement, knowledge and participation",
    unit="percentunit",
    description="How engaged the client is, how well IT knows it, and who of IT takes part.",
    queries=(
        Query(own(scores.ENGAGEMENT), "engagement"),
        Query(own(relationship.KNOWLEDGE), "knowledge", color=palette.ORANGE),
        Query(own(relationship.PARTICIPATION), "participation", color=palette.SKY),
    ),
    minimum=0,
    maximum=1,
)
_CONFIDENCE: Final = bars(
    "Confidence of each score",
    "How sure each score is: evidence, inputs that are known, feeds that flow.",
    own(relationship.SCORE_CONFIDENCE, "score"),
    "{{score}}",
    unit="percentunit",
    width=24,
    height=7,
    maximum=1,
)
SCORES_ROW: Final = PanelRow(
    "How the client stands",
    (
        _stat("Trust", scores.TRUST, "As the client shows it."),
        _stat(
            "Engagement", scores.ENGAGEMENT, "Recency, frequency, breadth, response and strategy."
        ),
        _stat(
            "Knowledge",
            relationship.KNOWLEDGE,
            "How complete and fresh IT's knowledge of the client is.",
        ),
        _stat(
            "Participation",
            relationship.PARTICIPATION,
            "Which roles of IT take part, and with one message.",
        ),
        stat(
            "Purchases outside IT",
            "The detector's state at the last closed week.",
            own(purchases.STATE),
            "state",
            texts=ALERT_TEXTS,
        ),
        stat(
            "Impact",
            "Volume of contact times the greatest gap to a target.",
            own(relationship.IMPACT),
            "impact",
            steps=((None, palette.BLUE),),
        ),
        _TRUST,
        _OTHERS,
    ),
)
WHY_ROW: Final = PanelRow(
    "Where every point comes from",
    (
        _waterfall(
            "Trust, from base rate to score",
            scores.TRUST_PART,
            "The base rate, and what each source of evidence adds or takes; the last bar ends at "
            "trust, exactly.",
            scores.TRUST,
        ),
        _missing("trust"),
        _waterfall(
            "Engagement, part by part",
            scores.ENGAGEMENT_PART,
            "What each component gives; the last bar ends at engagement, exactly.",
        ),
        _missing("engagement"),
        _CONFIDENCE,
    ),
)
