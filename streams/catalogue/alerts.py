"""Every alert: those of the families below, in their order. A new one is an entry in its family."""

from types import ModuleType
from typing import Final

from rapport.streams.catalogue import (
    event_alerts,
    purchase_alerts,
    score_alerts,
    signal_alerts,
    source_alerts,
    stage_alerts,
    supplier_alerts,
    worker_alerts,
)
from rapport.streams.catalogue.alert import DASHBOARD_PATH, Alert, Case
from rapport.streams.catalogue.purchase_alerts import PURCHASES_RISING

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
