"""Builders of the PromQL expressions of panels."""

import re
from typing import Final

from rapport.monitoring.metrics import scores
from rapport.monitoring.metrics.model import PREFIX, Metric
from rapport.monitoring.rules.promql import with_matchers

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


def ordering(metric: Metric) -> str:
    """Return a value between 0 and 1 of every client, and 2 of one that has none.

    Grafana leaves a table in no order where the column that it sorts by has an empty cell.
    """
    return f"{per_client(metric)} or 2 * {per_client(scores.CLIENT_INFO)}"


def named(metric: Metric, **labels: str) -> str:
    """Return one series per client, with its name and owner."""
    return f"{per_client(metric, **labels)} {NAMED}"


def of_choice(expr: str, choice: str) -> str:
    """Return an expression that reads only series of the clients of a hidden variable.

    >>> of_choice("max by (client) (rapport_client_state) - max (rapport_clients)", "most_urgent")
    'max by (client) (rapport_client_state{client=~"$most_urgent"}) - max (rapport_clients)'
    """
    of_client = f"{PREFIX}client_"

    def matchers(series: str) -> tuple[str, ...]:
        return (f'client=~"${choice}"',) if series.startswith(of_client) else ()

    return with_matchers(expr, matchers)


def began(series: str, condition: str) -> str:
    """Return the series that meet a condition now and did not a day ago.

    Of several workers that show a series, the greatest value counts, whatever worker it was.

    >>> began("max by (client) (up)", "== 0")
    '(max by (client) (up) == 0) unless (max by (client) (up offset 1d) == 0)'
    """
    return f"({series} {condition}) unless ({ago(series, DAY)} {condition})"


def at_end(expr: str) -> str:
    """Return an expression whose series are those of the end of the time range, at every step.

    >>> at_end('sum(rapport_ready) > rapport_clients{job="a"}')
    'sum(rapport_ready @ end()) > rapport_clients{job="a"} @ end()'
    """
    return re.sub(rf"\b{PREFIX}\w+(\{{[^}}]*\}})?", r"\g<0> @ end()", expr)


def changed(series: str, since: str = DAY) -> str:
    """Return the series that have another value than a day (or `since`) ago.

    >>> changed("max by (client) (up)")
    'max by (client) (up) != max by (client) (up offset 1d)'
    """
    return f"{series} != {ago(series, since)}"


def ago(series: str, since: str) -> str:
    """Return an aggregation over one selector as it was before."""
    return f"{series.removesuffix(')')} offset {since})"
