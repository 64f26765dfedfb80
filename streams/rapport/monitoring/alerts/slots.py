"""A number, a day or a list in the text of an alert, and the query that finds it.

Queries name whole series. What selects those of the alert's own client is added where the text is
made: matchers for Prometheus, whose texts ask for one client at a time, and none for Grafana.
"""

from dataclasses import dataclass
from typing import Final

from rapport.monitoring.metrics.concerns import SINCE
from rapport.monitoring.metrics.model import Metric
from rapport.monitoring.metrics.policy_values import POLICY_VALUE
from rapport.monitoring.rules.promql import over_time

HELD: Final = "3d"
"""How long the last known values count while no worker shows any."""
NUMBER: Final = "%.0f"
DAY: Final = "day"
"""The format of a moment that is shown as a day, such as 2026-11-02."""
_HOURS_TO_DAY: Final = 13
"""From the start of a day in its zone to an instant of that date in UTC, for -10:00 to +13:00."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot shows; without a query, the value of the alert's own expression."""

    query: str = ""
    format: str = NUMBER
    label: str = ""
    """The label that is shown instead of the value; Grafana cannot show it, and shows nothing."""
    each: tuple[str, tuple[str, ...]] = ("", ())
    """A label and its values: the slot lists those that have a series, with their numbers."""


def of(metric: Metric, format_: str = NUMBER, factor: str = "", matchers: str = "") -> Slot:
    """Return the slot of a client's series, such as `of(TRUST, factor="100 *")`."""
    return Slot(f"{factor} {largest(metric, matchers)}".strip(), format_)


def largest(metric: Metric, matchers: str = "", by: str = "") -> str:
    """Return the greatest of a client's series, or of those of all clients."""
    selector = f"{metric}{{{matchers}}}" if matchers else str(metric)
    return f"max by ({'client' if 'client' in metric.labels else by}) ({selector})"


def lasting(metric: Metric, matchers: str = "", by: str = "") -> str:
    """Return the greatest of a series of all clients, or the last known of three days.

    It is for series that are there whenever a worker is: their end says only that it is away.
    """
    now = largest(metric, matchers, by)
    return f"({now} or {over_time(now, HELD)})"


def policy_value(key: str, format_: str = NUMBER, factor: str = "") -> Slot:
    """Return the slot with a number of the policy in force."""
    return of(POLICY_VALUE, format_, factor, f'key="{key}"')


def since(kind: str) -> Slot:
    """Return the slot with the day since which a concern is on."""
    return day(SINCE, f'concern="{kind}"')


def day(metric: Metric, matchers: str = "") -> Slot:
    """Return the slot with a day, given the series of its start."""
    return of(metric, DAY, f"{3600 * _HOURS_TO_DAY} +", matchers)
