"""Grafana's provisioned alerts, from the same catalogue, with Grafana's own key names.

Grafana silently ignores `keepFiringFor` and `missing_series_evals_to_resolve` in Prometheus'
spelling. It fires on any value but 0, so the condition is that there is a number.
"""

from typing import Any, Final

import yaml

from rapport.monitoring.alertmanager.annotations import grafana_annotations, grafana_queries
from rapport.monitoring.alerts.alert import Alert
from rapport.monitoring.alerts.catalogue import ALERTS

SOURCE_UID: Final = "rapport-prometheus"
EXPRESSION_UID: Final = "__expr__"
UID_CHARACTERS_MAX: Final = 40
WINDOW_SECONDS: Final = 600


def grafana_alerting() -> str:
    """Return the provisioning file of every alert."""
    group = {
        "orgId": 1,
        "name": "rapport",
        "folder": "Rapport",
        "interval": "1m",
        "rules": [grafana_rule(alert) for alert in ALERTS],
    }
    return yaml.safe_dump(
        {"apiVersion": 1, "groups": [group]}, sort_keys=False, allow_unicode=True, width=110
    )


def grafana_rule(alert: Alert) -> dict[str, Any]:
    """Return one alert in Grafana's provisioning format."""
    slots = [_query(letter, query) for letter, query in grafana_queries(alert).items()]
    return {
        "uid": alert.name.lower()[:UID_CHARACTERS_MAX],
        "title": alert.name,
        "condition": "B",
        "for": alert.for_,
        "keepFiringFor": alert.keep_firing_for,
        "noDataState": "OK",
        "execErrState": "Error",
        "missing_series_evals_to_resolve": 5,
        "labels": alert.labels,
        "annotations": grafana_annotations(alert),
        "data": [_query("A", alert.expr), _CONDITION, *slots],
    }


def _query(letter: str, expr: str) -> dict[str, Any]:
    return {
        "refId": letter,
        "relativeTimeRange": {"from": WINDOW_SECONDS, "to": 0},
        "datasourceUid": SOURCE_UID,
        "model": {"refId": letter, "expr": expr, "instant": True},
    }


_CONDITION: Final[dict[str, Any]] = {
    "refId": "B",
    "relativeTimeRange": {"from": 0, "to": 0},
    "datasourceUid": EXPRESSION_UID,
    "model": {"refId": "B", "type": "math", "expression": "is_number($A)"},
}
