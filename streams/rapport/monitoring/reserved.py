"""The labels that an installation cannot have beside `job`: Rapport itself uses their names."""

from typing import Final

from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.dashboards.catalogue import DASHBOARDS
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.metrics.intake import INTAKE

_PROMETHEUS: Final = ("alertname", "alertstate", "instance", "le", "quantile")
_VARIABLES: Final = ("datasource", "intake")
"""The choices above the dashboards that are no labels of Rapport's series."""
RESERVED: Final = frozenset(
    (
        *_PROMETHEUS,
        *_VARIABLES,
        *(choice.name for board in DASHBOARDS for choice in board.choices),
        *(label for metric in (*METRICS, *INTAKE) for label in metric.labels),
        *(label for alert in ALERTS for label in alert.labels),
    )
)
"""Prometheus would keep the label of the scrape, or the rules would read another than they mean."""


def refusal(label: str) -> str | None:
    """Return why a label cannot distinguish installations; None: it can.

    >>> refusal("cluster")
    >>> refusal("owner")
    'Rapport itself uses the label owner; choose another name, such as cluster'
    """
    if label == "job":
        return "the rules always keep the label job; --worker-job and --intake-job say its values"
    if label.startswith("__"):
        return f"Prometheus keeps labels that begin with __, such as {label}, for itself"
    if label in RESERVED:
        return f"Rapport itself uses the label {label}; choose another name, such as cluster"
    return None
