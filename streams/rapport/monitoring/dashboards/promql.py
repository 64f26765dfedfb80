"""Builders of the PromQL expressions of panels."""

from typing import Final

from rapport.monitoring.metrics import scores
from rapport.monitoring.metrics.model import Metric

INFO: Final = f"max by (client, name, owner) ({scores.CLIENT_INFO})"
NAMED: Final = f"* on (client) group_left (name, owner) {INFO}"
"""Adds the client's name; the maximum, as two workers may show a client during a rebalance."""
DAY: Final = "1d"


def where(metric: Metric, **labels: str) -> str:
    """Return a metric's series with some labels.

    >>> from rapport.monitoring.metrics.scores import TRUST
    >>> where(TRUST), where(TRUST, client="a")
    ('rapport_client_trust_ratio', 'rapport_client_trust_ratio{client="a"}')
    """
    matchers = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{metric}{{{matchers}}}" if matchers else metric.series


def own(metric: Metric, *by: str, **labels: str) -> str:
    """Return the series of the client that the dashboard shows, one per value of `by`."""
    aggregation = f"max by ({', '.join(by)})" if by else "max"
    return f"{aggregation} ({where(metric, client='$client', **labels)})"


def per_client(metric: Metric, **labels: str) -> str:
    """Return one series per client."""
    return f"max by (client) ({where(metric, **labels)})"


def named(metric: Metric, **labels: str) -> str:
    """Return one series per client, with its name and owner."""
    return f"{per_client(metric, **labels)} {NAMED}"


def began(series: str, condition: str) -> str:
    """Return the series that meet a condition now and did not a day ago.

    >>> began("up", "== 0")
    '(up == 0) unless (up offset 1d == 0)'
    """
    return f"({series} {condition}) unless ({series} offset {DAY} {condition})"


def changed(series: str, since: str = DAY) -> str:
    """Return the series that have another value than a day (or `since`) ago.

    >>> changed("up")
    'up != up offset 1d'
    """
    return f"{series} != {series} offset {since}"
