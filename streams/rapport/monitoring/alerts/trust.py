"""Alerts on trust: it falls, is low, is under its target, or rose; and a promise is overdue."""

from typing import Final

from rapport.monitoring.alerts.alert import ConcernAlert, on_concern
from rapport.monitoring.alerts.cases import (
    MetricValues,
    concern_case,
    news_case,
    with_silent_concern,
)
from rapport.monitoring.alerts.slots import Slot, largest, of, policy_value, since
from rapport.monitoring.metrics import relationship, scores
from rapport.monitoring.metrics.policy_values import POLICY_VALUE

_SOURCES: Final = ("tickets", "surveys", "relationship")
_SCORE: Final = 'score="trust"'
_NOW: Final = of(scores.TRUST, factor="100 *")
_PAST: Final = of(relationship.SCORE_PAST, factor="100 *", matchers=_SCORE)
_TARGET: Final = of(relationship.TARGET, factor="100 *", matchers=_SCORE)
_WEEKS: Final = policy_value("compare.past_weeks")
_LOW: Final = largest(POLICY_VALUE, 'key="concerns.trust_low"')
_MARGIN: Final = largest(POLICY_VALUE, 'key="concerns.trust_low_margin"')


def _moved(now: float, past: float) -> tuple[MetricValues, ...]:
    return (
        (scores.TRUST, "", now),
        (relationship.SCORE_PAST, _SCORE, past),
        (POLICY_VALUE, 'key="compare.past_weeks"', 13),
    )


TRUST_FALLING: Final = ConcernAlert(
    name="RapportTrustFalling",
    concern="trust_falling",
    expr=on_concern("trust_falling"),
    severity="warning",
    depends_on=_SOURCES,
    slots={"now": _NOW, "past": _PAST, "weeks": _WEEKS, "since": since("trust_falling")},
    cases=with_silent_concern(
        concern_case(
            "trust that fell fires",
            "trust_falling",
            *_moved(0.544, 0.71),
            now="54",
            past="71",
            weeks="13",
        ),
    ),
)
TRUST_LOW: Final = ConcernAlert(
    name="RapportTrustLow",
    concern="trust_low",
    expr=on_concern("trust_low"),
    severity="warning",
    depends_on=_SOURCES,
    slots={
        "trust": _NOW,
        "mark": policy_value("concerns.trust_low", factor="100 *"),
        "end": Slot(f"100 * ({_LOW} + {_MARGIN})"),
        "target": _TARGET,
        "since": since("trust_low"),
    },
    cases=with_silent_concern(
        concern_case(
            "trust that is low fires, with the policy's mark and target",
            "trust_low",
            (scores.TRUST, "", 0.434),
            (POLICY_VALUE, 'key="concerns.trust_low"', 0.45),
            (POLICY_VALUE, 'key="concerns.trust_low_margin"', 0.03),
            (relationship.TARGET, _SCORE, 0.7),
            trust="43",
            mark="45",
            end="48",
            target="70",
        ),
    ),
)
TRUST_UNDER_TARGET: Final = ConcernAlert(
    name="RapportTrustUnderTarget",
    concern="trust_under_target",
    expr=on_concern("trust_under_target"),
    depends_on=_SOURCES,
    slots={"trust": _NOW, "target": _TARGET, "since": since("trust_under_target")},
    cases=with_silent_concern(
        concern_case(
            "trust under its target fires, with the policy's target",
            "trust_under_target",
            (scores.TRUST, "", 0.584),
            (relationship.TARGET, _SCORE, 0.7),
            trust="58",
            target="70",
        ),
    ),
)
TRUST_RISEN: Final = ConcernAlert(
    name="RapportTrustRisen",
    concern="trust_risen",
    expr=on_concern("trust_risen"),
    kind="opportunity",
    depends_on=_SOURCES,
    slots={"now": _NOW, "past": _PAST, "weeks": _WEEKS, "since": since("trust_risen")},
    cases=with_silent_concern(
        news_case(
            "trust that rose fires",
            "trust_risen",
            *_moved(0.71, 0.544),
            now="71",
            past="54",
            weeks="13",
        ),
    ),
)


def _overdue(name: str, kind: str) -> ConcernAlert:
    return ConcernAlert(
        name=name,
        concern=kind,
        expr=on_concern(kind),
        depends_on=("relationship",),
        slots={"since": since(kind)},
        cases=with_silent_concern(concern_case("what is past its day fires", kind)),
    )


PROMISE_OVERDUE: Final = _overdue("RapportPromiseOverdue", "promise_overdue")
ACTION_OVERDUE: Final = _overdue("RapportActionOverdue", "action_overdue")
