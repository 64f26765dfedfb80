"""Grafana's provisioned alerts, from the same catalogue, with Grafana's own key names.

Grafana silently ignores `keepFiringFor` and `missing_series_evals_to_resolve` in Prometheus'
spelling. An alert on a concern has the value 1 or 0 for each client that a worker shows, and
Grafana keeps the alert of a client that none shows. Any other alert has a number only while it
fires.
"""

from typing import Any, Final

import yaml

from rapport.monitoring.alertmanager.annotations import grafana_annotations, grafana_queries
from rapport.monitoring.alerts.alert import Alert, ConcernAlert
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.rules.options import RuleOptions
from rapport.monitoring.rules.records import HELD_SECONDS

SOURCE_UID: Final = "rapport-prometheus"
EXPRESSION_UID: Final = "__expr__"
UID_CHARACTERS_MAX: Final = 40
WINDOW_SECONDS: Final = 600
INTERVAL_SECONDS: Final = 60
MISSING_MAX: Final = 5
"""Evaluations without a series that end an alert which has a number only while it fires."""


def grafana_alerting(options: RuleOptions | None = None) -> str:
    """Return the provisioning file of every alert."""
    chosen = options or RuleOptions()
    group = {
        "orgId": 1,
        "name": "rapport",
        "folder": "Rapport",
        "interval": f"{INTERVAL_SECONDS}s",
        "rules": [*(grafana_rule(alert, chosen) for alert in ALERTS), _data_source_rule(chosen)],
    }
    return yaml.safe_dump(
        {"apiVersion": 1, "groups": [group]}, sort_keys=False, allow_unicode=True, width=110
    )


def grafana_rule(alert: Alert, options: RuleOptions) -> dict[str, Any]:
    """Return one alert in Grafana's provisioning format."""
    concern = alert.concern if isinstance(alert, ConcernAlert) else ""
    queries = {"A": options.expression(alert.grafana_expr), **grafana_queries(alert, options)}
    slots = [_query(letter, query) for letter, query in queries.items()]
    condition = "$A > 0" if concern else "is_number($A)"
    return {
        "uid": alert.name.lower()[:UID_CHARACTERS_MAX],
        "title": alert.name,
        "condition": "B",
        "for": alert.for_,
        "keepFiringFor": alert.keep_firing_for,
        "noDataState": "KeepLast" if concern else "OK",
        # That Prometheus is away is told once, by a rule of its own.
        "execErrState": "KeepLast",
        "missing_series_evals_to_resolve": (
            HELD_SECONDS // INTERVAL_SECONDS if concern else MISSING_MAX
        ),
        "labels": {**alert.labels, **({"concern": concern} if concern else {})},
        "annotations": grafana_annotations(alert, options),
        "data": [slots[0], _condition(condition), *slots[1:]],
    }


def _data_source_rule(options: RuleOptions) -> dict[str, Any]:
    """Return the only rule that fires while Grafana cannot ask Prometheus."""
    return {
        "uid": "rapportprometheusunreachable",
        "title": "RapportPrometheusUnreachable",
        "condition": "B",
        "for": "5m",
        "keepFiringFor": "0m",
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "missing_series_evals_to_resolve": MISSING_MAX,
        "labels": {"severity": "critical", "kind": "pipeline", "owner": "operations"},
        "annotations": {
            "summary": "Grafana cannot ask Prometheus",
            "summary_nl": "Grafana kan Prometheus niet bevragen",
            "description": "No alert on a client begins or ends meanwhile.",
            "description_nl": "Zolang begint of eindigt geen waarschuwing over een klant.",
            "dashboard_url": f"{options.grafana_url}/d/rapport-pipeline/pipeline",
        },
        "data": [_query("A", "vector(1)"), _condition("$A < 1")],
    }


def _query(letter: str, expr: str) -> dict[str, Any]:
    return {
        "refId": letter,
        "relativeTimeRange": {"from": WINDOW_SECONDS, "to": 0},
        "datasourceUid": SOURCE_UID,
        "model": {"refId": letter, "expr": expr, "instant": True},
    }


def _condition(expression: str) -> dict[str, Any]:
    return {
        "refId": "B",
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": EXPRESSION_UID,
        "model": {"refId": "B", "type": "math", "expression": expression},
    }
