"""The client that alerts are tested with: its series, and how one of them is changed."""

from typing import Final

from rapport.monitoring.alerts.alert import Case
from rapport.monitoring.metrics import scores
from rapport.monitoring.metrics.model import Metric

FINANCE: Final = (("client", "finance"), ("name", "Finance"), ("owner", "team-finance"))
SAMPLES: Final = 240
_INFO: Final = (
    f'{scores.CLIENT_INFO}{{client="finance",name="Finance",owner="team-finance"}}',
    f"1x{SAMPLES}",
)
Series = tuple[tuple[str, str], ...]
Given = tuple[Metric, str, float | str]
"""A metric, further matchers, and its value (or values)."""


def fires(name: str, *series: Given, at: str = "2h", **says: str) -> Case:
    """Return a case in which the alert fires for the test client, and what its figures read."""
    return Case(name=name, series=finance(*series), at=at, labels=FINANCE, says=says)


def finance(*series: Given) -> Series:
    """Return the test client's series."""
    return (_INFO, *(_series(metric, 'client="finance"', *rest) for metric, *rest in series))


def plain(*series: Given) -> Series:
    """Return series of no client."""
    return tuple(_series(metric, "", *rest) for metric, *rest in series)


def _series(metric: Metric, own: str, matching: object, value: object) -> tuple[str, str]:
    labels = ",".join(part for part in (own, str(matching)) if part)
    values = value if isinstance(value, str) else f"{value}x{SAMPLES}"
    return (f"{metric}{{{labels}}}" if labels else metric.series, values)


def near_miss(
    firing: Case, name: str, metric: Metric, value: float | str, matching: str = ""
) -> Case:
    """Return the nearest miss: a case that fires with one series changed, and that stays silent."""
    values = value if isinstance(value, str) else f"{value}x{SAMPLES}"
    series = tuple(
        (place, values if _is(place, metric, matching) else old) for place, old in firing.series
    )
    return Case(name=name, series=series, at=firing.at, fires=False)


def _is(place: str, metric: Metric, matching: str) -> bool:
    return place.split("{", 1)[0] == metric.series and matching in place
