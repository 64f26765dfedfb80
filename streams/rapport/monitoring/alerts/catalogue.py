"""Every alert: those of the families below, in their order. A new one is an entry in its family."""

from types import ModuleType
from typing import Final

from rapport.monitoring.alerts import feeds as source_alerts
from rapport.monitoring.alerts import maturity as stage_alerts
from rapport.monitoring.alerts import pipeline as event_alerts
from rapport.monitoring.alerts import purchases as purchase_alerts
from rapport.monitoring.alerts import scores as score_alerts
from rapport.monitoring.alerts import signals as signal_alerts
from rapport.monitoring.alerts import suppliers as supplier_alerts
from rapport.monitoring.alerts import worker as worker_alerts
from rapport.monitoring.alerts.alert import DASHBOARD_PATH, Alert, Case
from rapport.monitoring.alerts.purchases import PURCHASES_RISING

__all__ = ["ALERTS", "DASHBOARD_PATH", "FAMILIES", "PURCHASES_RISING", "Alert", "Case"]

FAMILIES: Final[tuple[ModuleType, ...]] = (
    purchase_alerts,
    supplier_alerts,
    score_alerts,
    stage_alerts,
    signal_alerts,
    source_alerts,
    worker_alerts,
    event_alerts,
)
ALERTS: Final[tuple[Alert, ...]] = tuple(
    value for family in FAMILIES for value in vars(family).values() if isinstance(value, Alert)
)
