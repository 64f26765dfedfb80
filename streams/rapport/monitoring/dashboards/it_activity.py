"""IT's own activity: which roles take part with how many clients, and with one message.

Small-group suppression: no number rests on fewer touchpoints than the policy's minimum group.
"""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import (
    OF_ROW,
    Dashboard,
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    table,
)
from rapport.monitoring.dashboards.promql import INFO, ordering, per_client
from rapport.monitoring.dashboards.targets import LESS_TARGET_STEPS, less_target
from rapport.monitoring.metrics import relationship, scores

ROLES: Final = (
    ("cio", "CIO", palette.PURPLE),
    ("it_management", "IT management", palette.ORANGE),
    ("it_team", "IT team", palette.BLUE),
    ("project_managers", "project managers", palette.GREEN),
)
TOUCHPOINTS: Final = f"max by (client, role) ({relationship.ROLE_TOUCHPOINTS})"
WITH_MESSAGE: Final = f"max by (client, role) ({relationship.ROLE_MESSAGE}) * {TOUCHPOINTS}"
MESSAGE_OF_ROLE: Final = f"sum by (role) ({WITH_MESSAGE}) / sum by (role) ({TOUCHPOINTS})"
_COLUMNS: Final = (
    TableColumn("client"),
    TableColumn("name", "Client", links=OF_ROW),
    TableColumn("Value #B", "Participation", "percentunit"),
    TableColumn("Value #C", "less target", "percentunit", LESS_TARGET_STEPS),
    TableColumn("Value #D", "Message carried", "percentunit"),
    TableColumn("Value #E", "Roles that take part", "short", palette.good_from(2, 4)),
    TableColumn("Value #F"),
)
_TAKE_PART: Final = bars(
    "Clients that a role meets",
    "With how many clients each role of IT takes part.",
    f"count by (role) (max by (client, role) ({relationship.ROLE_BREADTH}) > 0)",
    "{{role}}",
)
_TOUCHPOINTS_BY_ROLE: Final = Panel(
    title="Touchpoints by role",
    description="Decayed number over the clients where it reaches the minimum group.",
    queries=tuple(
        Query(f"sum({per_client(relationship.ROLE_TOUCHPOINTS, role=role)})", text, color=c)
        for role, text, c in ROLES
    ),
    minimum=0,
    bars=True,
)
_MESSAGE: Final = bars(
    "The message, by role",
    "Share of touchpoints that carried the agreed message, over all clients.",
    MESSAGE_OF_ROLE,
    "{{role}}",
    unit="percentunit",
    maximum=1,
)
_CONSISTENCY: Final = Panel(
    title="One message over time",
    unit="percentunit",
    description="The role that carries the message least over the one that does most: 1 is one "
    "message; and the share of all touchpoints that carried it.",
    queries=(
        Query(f"min({MESSAGE_OF_ROLE}) / max({MESSAGE_OF_ROLE})", "consistency"),
        Query(f"sum({WITH_MESSAGE}) / sum({TOUCHPOINTS})", "message carried", color=palette.ORANGE),
    ),
    minimum=0,
    maximum=1,
)
_CLIENTS: Final = table(
    "Clients, the lowest participation first",
    "Per client: the score, the share of touchpoints with the message, and how many of "
    "the four roles take part.",
    "client",
    _COLUMNS,
    INFO,
    per_client(relationship.PARTICIPATION),
    less_target(relationship.PARTICIPATION, "participation"),
    per_client(relationship.MESSAGE),
    f"count by (client) (max by (client, role) ({relationship.ROLE_BREADTH}) > 0)",
    ordering(relationship.PARTICIPATION),
    sort_by="Value #F",
    descending=False,
    width=24,
    height=12,
)
_KNOWLEDGE: Final = bars(
    "What IT does not know, by facet",
    "For how many clients a facet of the knowledge is unknown or past its validity.",
    f"sum by (facet) (clamp_max(max by (client, facet) ({relationship.FACET_STALE}) "
    f"+ max by (client, facet) ({relationship.FACET_WORTH} == bool 0), 1))",
    "{{facet}}",
    color=palette.ORANGE,
)
_SIGNALS: Final = bars(
    "Signals over all clients, 28 days",
    "What clients say, in meetings and in text.",
    f"sum by (signal) (max by (client, signal, by) ({scores.SIGNALS_HEARD}))",
    "{{signal}}",
)
IT_ACTIVITY: Final = Dashboard(
    slug="it-activity",
    refresh="5m",
    title="Rapport: one IT, one message",
    description="Which roles of IT take part, and whether they give the agreed message.",
    rows=(
        PanelRow("Taking part", (_TAKE_PART, _TOUCHPOINTS_BY_ROLE)),
        PanelRow("One message", (_MESSAGE, _CONSISTENCY)),
        PanelRow("Clients", (_CLIENTS,)),
        PanelRow("What to learn and what is said", (_KNOWLEDGE, _SIGNALS)),
    ),
)
