"""Builders of promtool cases: the test client, its series, and the near misses of a firing case."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import Case
from rapport.monitoring.metrics import concerns, scores
from rapport.monitoring.metrics.model import Metric

CLIENT_LABELS: Final = (("client", "finance"), ("name", "Finance"), ("owner", "team-finance"))
JOB: Final = "rapport"
SAMPLES: Final = 240
SINCE: Final = 1_793_444_400
"""Midnight of 1 November 2026 in Auckland, where it is 31 October in UTC."""
SINCE_TEXT: Final = "2026-11-01"
ABSENT: Final = f"_x{SAMPLES}"
"""The values of a series that is absent."""
AT: Final = "6m"
"""When the alerts on concerns are looked at: their concern is then five minutes old."""
BRIEF: Final = f"_x2 10x{SAMPLES}"
"""The values of a series that is four minutes old then."""
ENDED: Final = f"10x5 stale _x{SAMPLES}"
"""The values of a series that ends then, and was there for six minutes."""
AWAY_AT: Final = "30m"
"""When the alert is looked at whose worker has been away for twenty minutes."""
_GOES_ON: Final = f"x{SAMPLES}"
_GOES_AWAY: Final = f"x8 stale _x{SAMPLES}"
_CLIENT: Final = 'client="finance"'
_INFO: Final = (
    f'{scores.CLIENT_INFO}{{job="{JOB}",{_CLIENT},name="Finance",owner="team-finance"}}',
    f"1x{SAMPLES}",
)
_ANOTHER: Final = (
    (f'{scores.CLIENT_INFO}{{job="{JOB}",client="hr",name="HR",owner="team-hr"}}', f"1x{SAMPLES}"),
    (
        f'{concerns.CONCERN_POINTS}{{job="{JOB}",client="hr",concern="of_a_newer_worker"}}',
        f"10x{SAMPLES}",
    ),
)
"""A client with a concern that has no alert: only a newer version knows it."""
Series = tuple[tuple[str, str], ...]
Values = float | str
"""A number for all samples, or values in promtool's notation."""
MetricValues = tuple[Metric, str, Values]
"""A metric, further matchers, and its values."""
NearMiss = tuple[str, Metric, Values] | tuple[str, Metric, Values, str]
"""A case's name, the metric whose series changes, its new values, and a part of its matchers."""


def concern_case(
    name: str, kind: str, *series: MetricValues, points: float = 10, **slot_texts: str
) -> Case:
    """Return a case in which the alert on a concern fires for the test client."""
    return Case(
        name,
        client_series(
            (concerns.CONCERN_POINTS, f'concern="{kind}"', f"_x1 {points}x{SAMPLES}"),
            (concerns.SINCE, f'concern="{kind}"', SINCE),
            *series,
        ),
        at=AT,
        labels=(*CLIENT_LABELS, ("concern", kind)),
        slot_texts={"since": SINCE_TEXT, **slot_texts},
    )


def news_case(name: str, kind: str, *series: MetricValues, **slot_texts: str) -> Case:
    """Return a case in which the alert on good news fires for the test client."""
    return Case(
        name,
        client_series(
            (concerns.NEWS, f'news="{kind}"', f"_x1 1x{SAMPLES}"),
            (concerns.SINCE, f'concern="{kind}"', SINCE),
            *series,
        ),
        at=AT,
        labels=(*CLIENT_LABELS, ("concern", kind)),
        slot_texts={"since": SINCE_TEXT, **slot_texts},
    )


def client_series(*series: MetricValues) -> Series:
    """Return the test client's series, beside another client with a concern of another kind."""
    return (_INFO, *_ANOTHER, *(_series(_CLIENT, *one) for one in series))


def plain_series(*series: MetricValues) -> Series:
    """Return series without a client."""
    return tuple(_series("", *one) for one in series)


def with_silent_concern(firing: Case, *near_misses: NearMiss) -> tuple[Case, ...]:
    """Return a firing case of a concern, those without it or with a brief one, and others."""
    series = concerns.CONCERN_POINTS
    if any(selector.startswith(concerns.NEWS.series) for selector, _ in firing.series):
        series = concerns.NEWS
    firing, *silent = with_near_misses(
        firing,
        ("a client without it stays silent", series, ABSENT, _CLIENT),
        ("what holds for four minutes stays silent", series, BRIEF, _CLIENT),
        ("what ended is silent at once", series, ENDED, _CLIENT),
        *near_misses,
    )
    return (firing, _while_away(firing), *silent)


def _while_away(firing: Case) -> Case:
    """Return the case in which no worker shows the client any longer: its last numbers are told."""
    series = tuple(
        (selector, values.replace(_GOES_ON, _GOES_AWAY) if _CLIENT in selector else values)
        for selector, values in firing.series
    )
    return replace(
        firing, name=f"{firing.name}, also while its worker is away", series=series, at=AWAY_AT
    )


def with_near_misses(firing: Case, *near_misses: NearMiss) -> tuple[Case, ...]:
    """Return a firing case and its near misses: one series differs, and the alert is silent."""
    return (firing, *(_near_miss(firing, *one) for one in near_misses))


def _near_miss(firing: Case, name: str, metric: Metric, values: Values, part: str = "") -> Case:
    series = tuple(
        (selector, _values(values) if _selects(selector, metric, part) else old)
        for selector, old in firing.series
    )
    return Case(name, series, firing.at, fires=False)


def _series(client: str, metric: Metric, matchers: str, values: Values) -> tuple[str, str]:
    job = "" if "job=" in matchers else f'job="{JOB}"'
    labels = ",".join(filter(None, (job, client, matchers)))
    return (f"{metric}{{{labels}}}" if labels else metric.series, _values(values))


def _values(values: Values) -> str:
    return values if isinstance(values, str) else f"{values}x{SAMPLES}"


def _selects(selector: str, metric: Metric, part: str) -> bool:
    return selector.split("{", 1)[0] == metric.series and part in selector
