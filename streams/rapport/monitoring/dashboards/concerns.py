"""What is wrong with clients: their states, their concerns, and the alerts that fire."""

from typing import Final

from rapport.domain.concerns.kinds import KINDS, NEWS
from rapport.language.language import find_language
from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import (
    OF_ROW,
    PAGE_PATH,
    Panel,
    Query,
    TableColumn,
    Texts,
    table,
)
from rapport.monitoring.dashboards.promql import own, per_client
from rapport.monitoring.metrics import concerns, relationship
from rapport.monitoring.rules.options import RUNBOOK_URL

STATE_TEXTS: Final[Texts] = (
    (3, "act now", palette.BAD),
    (2, "watch", palette.WATCH),
    (1, "not known", palette.GREY),
    (0, "normal", palette.GOOD),
)
CONCERN_NAMES: Final = tuple((kind.name, find_language("en").concerns[kind.name]) for kind in KINDS)
CONCERN_TEXTS: Final[Texts] = tuple((kind, title, "") for kind, title in CONCERN_NAMES)
ALERT_TEXTS: Final[Texts] = (
    *CONCERN_TEXTS,
    *((kind.name, find_language("en").concerns[kind.name], "") for kind in NEWS),
)
"""What alerts are about: concerns, and good news."""
POINTS: Final = f"max by (client, concern) ({concerns.CONCERN_POINTS})"
_STATE: Final = per_client(concerns.STATE)
_ACKNOWLEDGED: Final = f"{per_client(concerns.ACKNOWLEDGED)} == 1"
_PLACE: Final = f"({_STATE} unless on (client) {_ACKNOWLEDGED} or 0 * {_STATE} + 1.5)"
"""The state; an acknowledged client is between those to watch and those not known yet."""
_NOTED: Final = f"max by (client, concern) ({concerns.CONCERN_ACKNOWLEDGED}) == 1"
_NOTED_POINTS: Final = f"(sum by (client) ({POINTS} and {_NOTED}) or {_STATE} * 0)"
RANK: Final = (
    f"(1e6 * {_PLACE} + {per_client(concerns.URGENCY)} - {_NOTED_POINTS} + "
    f"({per_client(relationship.IMPACT)} / 1e6 or {_STATE} * 0))"
)
"""Orders clients as the pages do: by state, then urgency without what is acknowledged, then impact.

A client of which everything is acknowledged is below those to act on or to watch.
"""
SINCE: Final = f"max by (client, concern) ({concerns.SINCE})"
SINCE_OF_FIRST: Final = (
    f"max by (client) ({SINCE} and on (client, concern) topk by (client) (1, {POINTS}))"
)
"""Since when each client has the concern with the most points."""
_RUNBOOK: Final = (("The runbook", f"{RUNBOOK_URL}#${{__data.fields.alertname}}"),)

_PAGE: Final = (("What to do, on the client's page", f"{PAGE_PATH}${{client}}"),)


def firing_alerts(*, of_client: bool) -> Panel:
    """Return the alerts of Rapport that fire now, the oldest first."""
    matchers = 'alertname=~"Rapport.+", kind!="pipeline"'
    matchers += ', client="$client"' if of_client else ""
    firing = f'ALERTS{{alertstate="firing", {matchers}}}'
    since = f"ALERTS_FOR_STATE{{{matchers}}} and ignoring (alertstate) {firing}"
    client = () if of_client else (TableColumn("name", "Client", links=OF_ROW),)
    supplier = () if of_client else (TableColumn("supplier", "Supplier"),)
    columns = (
        *(() if of_client else (TableColumn("client"),)),
        *client,
        TableColumn("concern", "About", texts=ALERT_TEXTS),
        *supplier,
        TableColumn("alertname", "Alert", links=_RUNBOOK),
        TableColumn("severity", "Severity"),
        TableColumn("owner", "Owner"),
        TableColumn("Value", "Fires since", "dateTimeFromNow"),
    )
    labels = ", ".join(column.source for column in columns if column.source != "Value")
    return Panel(
        title="Alerts that fire",
        description="What Prometheus sends to the owner now, the oldest first; an alert "
        "without a client is about all of them. A click on an alert opens the runbook: what it "
        "means, and what to do.",
        queries=(Query(f"max by ({labels}) ({since}) * 1000", instant=True),),
        kind="table",
        columns=columns,
        width=12 if of_client else 24,
        height=8,
        transformations=(
            ("filterFieldsByName", {"include": {"names": [one.source for one in columns]}}, ""),
            ("organize", {"indexByName": {c.source: i for i, c in enumerate(columns)}}, ""),
            ("sortBy", {"sort": [{"field": "Value", "desc": False}]}, ""),
        ),
    )


CONCERNS: Final = table(
    "What is wrong",
    "The client's concerns, the most urgent first, with their points of urgency: 0 for a chore, "
    "and for what most clients have. A click opens the client's page: why, and what to do.",
    "concern",
    (
        TableColumn("concern", "Concern", texts=CONCERN_TEXTS, links=_PAGE),
        TableColumn("Value #A", "Points", "short"),
        TableColumn("Value #B", "Since", "dateTimeFromNow"),
    ),
    own(concerns.CONCERN_POINTS, "concern"),
    f"1000 * ({own(concerns.SINCE, 'concern')} and on (concern) "
    f"{own(concerns.CONCERN_POINTS, 'concern')})",
    sort_by="Value #A",
    height=8,
)
BY_KIND: Final = Panel(
    "Concerns, by kind",
    "How many clients have each concern; a client may have several.",
    (Query(f"sort_desc(count by (concern) ({POINTS}))", "{{concern}}", instant=True),),
    "bargauge",
    height=10,
    minimum=0,
    names=CONCERN_NAMES,
)
STATE: Final = Panel(
    "State",
    "What the pages say first: act now, watch, not known yet, or normal.",
    (Query(own(concerns.STATE), "State", instant=True),),
    "stat",
    width=6,
    height=4,
    texts=STATE_TEXTS,
)
URGENCY: Final = Panel(
    "Urgency",
    "The sum of the points of the concerns; clients are in this order.",
    (Query(own(concerns.URGENCY), "Urgency", instant=True),),
    "stat",
    width=6,
    height=4,
)


def clients_in(state: str) -> str:
    """Return the number of clients in a state."""
    value = concerns.STATE_VALUES[state]
    return f"sum({per_client(concerns.STATE)} == bool {value})"
