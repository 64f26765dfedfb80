"""Every alert: those of the families below, in their order. A new one is also in `texts.toml`."""

from types import ModuleType
from typing import Final

from rapport.monitoring.alerts import (
    feeds,
    intake,
    pipeline,
    purchases,
    scores,
    signals,
    suppliers,
    trust,
    worker,
)
from rapport.monitoring.alerts.alert import Alert, ConcernAlert


def alerts_of(family: ModuleType) -> tuple[Alert, ...]:
    """Return the alerts that a module defines, in order of definition."""
    return tuple(value for value in vars(family).values() if isinstance(value, Alert))


ALERTS: Final[tuple[Alert, ...]] = (
    *alerts_of(purchases),
    *alerts_of(suppliers),
    *alerts_of(trust),
    *alerts_of(scores),
    *alerts_of(signals),
    *alerts_of(feeds),
    *alerts_of(worker),
    *alerts_of(pipeline),
    *alerts_of(intake),
)
ALERT_OF_CONCERN: Final = {
    alert.concern: alert.name
    for alert in ALERTS
    if isinstance(alert, ConcernAlert) and alert.concern
}
"""The kind of a concern, or of good news -> the name of its alert."""
