"""The client that alerts are tested with: its series, and how one of them is changed."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.alert import Case
from rapport.streams.catalogue.metric import Metric

FINANCE: Final = (("client", "finance"), ("name", "Finance"), ("owner", "team-finance"))
SAMPLES: Final = 240
_INFO: Final = (
    f'{m.CLIENT_INFO.series}{{client="finance",name="Finance",owner="team-finance"}}',
    f"1x{SAMPLES}",
)
Series = tuple[tuple[str, str], ...]


def finance(*series: tuple[Metric, str, float | str]) -> Series:
    """Return the test client's series: metric, further matchers, and its value (or values)."""
    return (_INFO, *(_series(metric, 'client="finance"', *rest) for metric, *rest in series))


def plain(*series: tuple[Metric, str, float | str]) -> Series:
    """Return series of no client."""
    return tuple(_series(metric, "", *rest) for metric, *rest in series)


def _series(metric: Metric, own: str, matching: object, value: object) -> tuple[str, str]:
    labels = ",".join(part for part in (own, str(matching)) if part)
    values = value if isinstance(value, str) else f"{value}x{SAMPLES}"
    return (f"{metric.series}{{{labels}}}" if labels else metric.series, values)


def misses(fires: Case, name: str, metric: Metric, value: float | str, matching: str = "") -> Case:
    """Return the nearest miss: a case that fires with one series changed, and that stays silent."""
    values = value if isinstance(value, str) else f"{value}x{SAMPLES}"
    series = tuple(
        (place, values if _is(place, metric, matching) else old) for place, old in fires.series
    )
    return Case(name=name, series=series, at=fires.at, fires=False)


def _is(place: str, metric: Metric, matching: str) -> bool:
    return place.split("{", 1)[0] == metric.series and matching in place
