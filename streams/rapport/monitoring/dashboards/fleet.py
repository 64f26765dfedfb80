"""The fleet: every client, the greatest impact first, and what to do first."""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import (
    OF_ROW,
    OF_SERIES,
    Dashboard,
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    joined,
    stat,
)
from rapport.monitoring.dashboards.promql import INFO, NAMED, named, per_client
from rapport.monitoring.metrics import feeds, pipeline, purchases, relationship, scores

ALERT_TEXTS: Final = (
    (0, "clear", palette.GOOD),
    (1, "watch", palette.WATCH),
    (2, "alert", palette.BAD),
)
SCORE_STEPS: Final = palette.good_from(0.45, 0.6)
_COLUMNS: Final = (
    TableColumn("client", "client"),
    TableColumn("name", "Client", link=OF_ROW),
    TableColumn("owner", "Owner"),
    TableColumn("Value #B", "Impact", "short"),
    TableColumn("Trend #J", "Trust, trend", "percentunit", sparkline=True),
    TableColumn("Value #C", "Trust", "percentunit", SCORE_STEPS),
    TableColumn("Value #D", "Engagement", "percentunit", SCORE_STEPS),
    TableColumn("Value #E", "Knowledge", "percentunit", SCORE_STEPS),
    TableColumn("Value #F", "Stage", "short"),
    TableColumn("Value #G", "Purchases", "short", (*palette.watch_from(1), (2, palette.BAD))),
    TableColumn("Value #H", "Observed / expected", "short"),
    TableColumn("Value #I", "Perception gap", "percentunit"),
)


_NOW: Final = tuple(
    stat(title, text, expr, unit=unit, steps=steps)
    for title, expr, text, unit, steps in (
        (
            "Clients",
            pipeline.CLIENTS.series,
            "Clients that are registered.",
            "short",
            ((None, palette.BLUE),),
        ),
        (
            "Purchases in alert",
            f"sum({purchases.STATE} == bool 2)",
            "Clients whose purchases outside IT are rising.",
            "short",
            palette.bad_from(1),
        ),
        (
            "Signs that contradict",
            f"sum({relationship.DIVERGENCE_ALERT})",
            "Clients whose tickets are green while purchases rise, or that trust in silence.",
            "short",
            palette.watch_from(1),
        ),
        (
            "IT overrates itself",
            f"sum({relationship.OVERRATES})",
            "Clients with whom IT's own view is better than theirs, surely.",
            "short",
            palette.watch_from(1),
        ),
        (
            "Broken feeds",
            f'sum({feeds.SOURCE_STATE}{{state="broken"}})',
            "Sources that are silent beyond their own rhythm; scores that read them know less.",
            "short",
            palette.bad_from(1),
        ),
        (
            "Median trust",
            f"quantile(0.5, {per_client(scores.TRUST)})",
            "Half of the clients with enough evidence trust IT more than this.",
            "percentunit",
            SCORE_STEPS,
        ),
    )
)


def _table() -> Panel:
    observed, expected = purchases.OBSERVED, purchases.EXPECTED
    ratio = f"{per_client(observed)} / ({per_client(expected)} > 0)"
    rows = (
        INFO,
        f"sum by (client) ({relationship.IMPACT})",
        per_client(scores.TRUST),
        per_client(scores.ENGAGEMENT),
        per_client(relationship.KNOWLEDGE),
        per_client(relationship.MATURITY_STAGE),
        per_client(purchases.STATE),
        ratio,
        per_client(relationship.PERCEPTION),
    )
    return Panel(
        title="Clients, the greatest impact first",
        kind="table",
        description="Impact is the volume of contact times the gaps to the targets: what to do "
        "first. Click a client to see why. Purchases: 0 clear, 1 watch, 2 alert.",
        queries=(
            *(Query(expr, instant=True) for expr in rows),
            Query(per_client(scores.TRUST), "{{client}}"),
        ),
        width=24,
        height=14,
        transformations=(
            ("timeSeriesTable", {"J": {"stat": "lastNotNull"}}, "J"),
            *joined("client", _COLUMNS, "Value #B"),
        ),
        columns=_COLUMNS,
    )


_FIRST: Final = bars(
    "What to do first",
    "The ten greatest gaps to a target, times the volume of contact.",
    f"topk(10, max by (client, score) ({relationship.IMPACT}) {NAMED})",
    "{{name}}: {{score}}",
    height=10,
    link=OF_SERIES,
)
_ALERTS: Final = Panel(
    title="Purchases outside IT over time",
    kind="state-timeline",
    description="The detector's state at each closed week, per client.",
    queries=(Query(named(purchases.STATE), "{{name}}"),),
    height=10,
    texts=ALERT_TEXTS,
    link=OF_SERIES,
)
FLEET: Final = Dashboard(
    slug="fleet",
    title="Rapport: fleet",
    description="Every client of IT: how they stand, and where a gap is met by most contacts.",
    rows=(
        PanelRow("Now", (*_NOW, _table())),
        PanelRow("What to do first, and since when", (_FIRST, _ALERTS)),
    ),
)
