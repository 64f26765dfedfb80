"""Panels of scores, whose colours follow the targets of the policy in force.

Grafana's thresholds are numbers, and a target is a series. So each colour has a query of its own,
and only the query of the level that holds has a result.
"""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import Panel, Query, stats
from rapport.monitoring.dashboards.promql import per_client, where
from rapport.monitoring.metrics import relationship
from rapport.monitoring.metrics.model import Metric

FAR_BELOW: Final = 0.15
"""So many points below its target a score is bad."""
LESS_TARGET_STEPS: Final = ((-1, palette.BAD), (-FAR_BELOW, palette.WATCH), (0, palette.GOOD))
"""Its first step has a number: without one it starts at 0 in Grafana's code, not below it."""


def target(score: str) -> str:
    """Return what a score should be at least."""
    return f"max ({where(relationship.TARGET, score=score)})"


def score_stat(title: str, description: str, expr: str, score: str) -> Panel:
    """Return one score as it is now, in the colour of its distance to the target."""
    goal = target(score)
    levels = (
        (f"{expr} >= {goal}", palette.GOOD),
        (f"{expr} < {goal} > {goal} - {FAR_BELOW}", palette.WATCH),
        (f"{expr} <= {goal} - {FAR_BELOW}", palette.BAD),
    )
    queries = tuple(Query(level, title, instant=True, color=color) for level, color in levels)
    return stats(title, description, *queries, unit="percentunit")


def less_target(metric: Metric, score: str) -> str:
    """Return a score of each client less its target."""
    return f"{per_client(metric)} - on () group_left () {target(score)}"
