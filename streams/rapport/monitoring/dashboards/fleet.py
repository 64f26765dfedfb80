"""The fleet: every client, the most urgent first, and what is wrong with them."""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.concerns import (
    BY_KIND,
    CONCERN_TEXTS,
    POINTS,
    RANK,
    SINCE_OF_FIRST,
    STATE_TEXTS,
    clients_in,
    firing_alerts,
)
from rapport.monitoring.dashboards.panel import (
    OF_ROW,
    OF_SERIES,
    ClientChoice,
    Dashboard,
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    joined,
    stat,
)
from rapport.monitoring.dashboards.promql import INFO, NAMED, at_end, of_choice, per_client
from rapport.monitoring.dashboards.targets import LESS_TARGET_STEPS, less_target, score_stat
from rapport.monitoring.metrics import concerns, feeds, pipeline, purchases, relationship, scores

ALERT_TEXTS: Final = (
    (0, "clear", palette.GOOD),
    (1, "watch", palette.WATCH),
    (2, "alert", palette.BAD),
)
ROWS_MAX: Final = 100
"""Clients in the table: a page for 10,000 clients must not be larger than one for 1,000."""
LINES_MAX: Final = 20
MOST_URGENT: Final = ClientChoice("most_urgent", f"topk({ROWS_MAX}, {RANK})")
_COLUMNS: Final = (
    TableColumn("client"),
    TableColumn("Value #B"),
    TableColumn("name", "Client", links=OF_ROW),
    TableColumn("owner", "Owner"),
    TableColumn("Value #C", "State", "short", texts=STATE_TEXTS),
    TableColumn("Value #D", "Urgency", "short"),
    TableColumn("concern", "First of all", texts=CONCERN_TEXTS, width=260),
    TableColumn("Value #M", "Since", "dateTimeFromNow"),
    TableColumn("Value #F", "Concerns", "short"),
    TableColumn("Trend #L", "Trust, 90 days", "percentunit", sparkline=True),
    TableColumn("Value #G", "Trust", "percentunit"),
    TableColumn("Value #H", "Trust less target", "percentunit", LESS_TARGET_STEPS),
    TableColumn("Value #I", "Engagement", "percentunit"),
    TableColumn("Value #J", "Engagement less target", "percentunit", LESS_TARGET_STEPS),
    TableColumn("Value #K", "Purchases", "short", texts=ALERT_TEXTS),
)
_NOW: Final = (
    *(
        stat(title, text, clients_in(state), steps=steps)
        for title, state, text, steps in (
            (
                "Act now",
                "act",
                "Clients with a concern about which someone should do something this week.",
                palette.bad_from(1),
            ),
            (
                "Watch",
                "watch",
                "Clients with a concern to keep an eye on, and none to act on.",
                palette.watch_from(1),
            ),
            (
                "Not known",
                "unknown",
                "Clients without enough evidence to say how they stand.",
                palette.watch_from(1),
            ),
        )
    ),
    stat(
        "Clients",
        "Clients that are registered.",
        f"max({pipeline.CLIENTS})",
        steps=((None, palette.BLUE),),
    ),
    stat(
        "Broken feeds",
        "Sources that are silent beyond their own rhythm; scores that read them know less.",
        f'sum(max by (source) ({feeds.SOURCE_STATE}{{state="broken"}}))',
        steps=palette.bad_from(1),
    ),
    score_stat(
        "Median trust",
        "Half of the clients with enough evidence trust IT more than this.",
        f"quantile(0.5, {per_client(scores.TRUST)})",
        "trust",
    ),
)


_KNOWN: Final = {
    "filters": [{"fieldName": "name", "config": {"id": "isNotNull", "options": {}}}],
    "type": "include",
    "match": "all",
}
"""Drops a client that has a trend and is not known now."""


def _table() -> Panel:
    rows = (
        INFO,
        RANK,
        per_client(concerns.STATE),
        per_client(concerns.URGENCY),
        f"topk by (client) (1, {POINTS})",
        f"count by (client) ({POINTS})",
        per_client(scores.TRUST),
        less_target(scores.TRUST, "trust"),
        per_client(scores.ENGAGEMENT),
        less_target(scores.ENGAGEMENT, "engagement"),
        per_client(purchases.STATE),
    )
    trend = Query(of_choice(per_client(scores.TRUST), MOST_URGENT.name), "{{client}}", step="1d")
    since = f"1000 * ({SINCE_OF_FIRST})"
    return Panel(
        title="Clients, the most urgent first",
        kind="table",
        description="The clients that need attention most: by state, then by the points of their "
        f"concerns, at most {ROWS_MAX}. Click a client to see why. A score is coloured by its "
        "distance to the target.",
        queries=(
            *(Query(of_choice(expr, MOST_URGENT.name), instant=True) for expr in rows),
            trend,
            Query(of_choice(since, MOST_URGENT.name), instant=True),
        ),
        width=24,
        height=14,
        transformations=(
            ("timeSeriesTable", {"L": {"stat": "lastNotNull"}}, "L"),
            *joined("client", _COLUMNS, "Value #B"),
            ("filterByValue", _KNOWN, ""),
        ),
        columns=_COLUMNS,
    )


_GAPS: Final = bars(
    "Greatest gaps, times the contact",
    "The ten greatest gaps to a target, times the volume of contact: where most people notice.",
    f"topk(10, max by (client, score) ({relationship.IMPACT})) {NAMED}",
    "{{name}}: {{score}}",
    height=10,
    links=OF_SERIES,
)
NOT_CLEAR: Final = ClientChoice(
    "not_clear",
    f"topk({LINES_MAX}, max by (client) (max_over_time({purchases.STATE}[$__range:1d])) > 0)",
)
_ALERTS: Final = Panel(
    title="Purchases outside IT over time",
    kind="state-timeline",
    description="The detector's state at each closed week, of clients that were not clear all the "
    f"time, at most {LINES_MAX}.",
    queries=(
        Query(
            of_choice(
                f"{per_client(purchases.STATE)} * on (client) group_left (name) {at_end(INFO)}",
                NOT_CLEAR.name,
            ),
            "{{name}}",
            step="1d",
        ),
    ),
    height=10,
    texts=ALERT_TEXTS,
    links=OF_SERIES,
)
FLEET: Final = Dashboard(
    slug="fleet",
    title="Rapport: fleet",
    description="Every client of IT: who needs attention first, and why.",
    refresh="5m",
    choices=(MOST_URGENT, NOT_CLEAR),
    rows=(
        PanelRow("Now", (*_NOW, _table())),
        PanelRow("Alerts", (firing_alerts(of_client=False),)),
        PanelRow("What is wrong, and since when", (BY_KIND, _ALERTS, _GAPS)),
    ),
)
