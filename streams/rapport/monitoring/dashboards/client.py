"""One client: its scores, their causes, and what changed."""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.client_purchases import PURCHASES_ROW
from rapport.monitoring.dashboards.client_scores import SCORES_ROW, WHY_ROW
from rapport.monitoring.dashboards.concerns import CONCERNS, STATE, URGENCY, firing_alerts
from rapport.monitoring.dashboards.panel import (
    Dashboard,
    Note,
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    table,
)
from rapport.monitoring.dashboards.promql import began, changed, own, where
from rapport.monitoring.metrics import feeds, purchases, relationship, scores

STAGE_TEXTS: Final = (
    (1, "IT supplier", palette.ORANGE),
    (2, "partner", palette.SKY),
    (3, "innovative anticipator", palette.GREEN),
)
_FACETS: Final = (
    TableColumn("facet", "Facet"),
    TableColumn("Value #A", "Worth", "percentunit", palette.good_from(0.3, 0.6)),
    TableColumn("Value #B", "Age", "s"),
    TableColumn("Value #C", "Stale", "short", palette.bad_from(1)),
)
VIEWS: Final = (
    Panel(
        "Perception gap",
        "IT's own view of the relationship minus the other side's, and the probability that IT "
        "rates itself higher (above 0) than the other side does.",
        (
            Query(own(relationship.PERCEPTION), "gap"),
            Query(
                own(relationship.PERCEPTION_PROBABILITY),
                "probability that it is above 0",
                color=palette.ORANGE,
            ),
        ),
        unit="percentunit",
    ),
    Panel(
        "Trust, seen from three sides",
        "As the client shows it, as IT itself believes, and as an independent party heard.",
        (
            Query(own(scores.TRUST), "the client"),
            Query(own(relationship.TRUST_VIEW, viewpoint="own"), "IT itself", color=palette.ORANGE),
            Query(
                own(relationship.TRUST_VIEW, viewpoint="independent"),
                "an independent party",
                color=palette.GREEN,
            ),
        ),
        unit="percentunit",
        minimum=0,
        maximum=1,
    ),
    Panel(
        "Signals, 28 days",
        "What was heard, or found in text: a supplier from outside, options kept open, an "
        "unclear role; and a wish to raise the level, which is an opportunity.",
        tuple(
            Query(f"sum ({own(scores.SIGNALS_HEARD, 'by', signal=name)})", text, color=c)
            for name, text, c in (
                ("external_supplier", "a supplier from outside", palette.VERMILLION),
                ("options_open", "options kept open", palette.ORANGE),
                ("unclear_role", "an unclear role", palette.PURPLE),
                ("raise_the_level", "raise the level", palette.BLUE),
            )
        ),
        width=24,
        minimum=0,
        bars=True,
    ),
)
_ROLES: Final = bars(
    "Touchpoints by role",
    "Which roles of IT met the client (decayed); absent below the minimum group.",
    own(relationship.ROLE_TOUCHPOINTS, "role"),
    "{{role}}",
)
_MESSAGE: Final = bars(
    "One message, by role",
    "Share of a role's touchpoints that carried the agreed message.",
    own(relationship.ROLE_MESSAGE, "role"),
    "{{role}}",
    unit="percentunit",
    maximum=1,
)
_KNOWLEDGE: Final = table(
    "What IT knows of the client",
    "Per facet: what the knowledge is worth (source times freshness), how old it is, "
    "and whether it is past its validity.",
    "facet",
    _FACETS,
    own(relationship.FACET_WORTH, "facet"),
    f"time() - {own(relationship.FACET_OBSERVED, 'facet')}",
    own(relationship.FACET_STALE, "facet"),
)
_STAGE: Final = Panel(
    title="Maturity over time",
    kind="state-timeline",
    description="The maturity stage: IT supplier, partner, innovative anticipator.",
    queries=(Query(own(relationship.MATURITY_STAGE), "stage"),),
    height=6,
    texts=STAGE_TEXTS,
)
_DIVERGENCE: Final = Panel(
    title="Conflicting signs",
    unit="percentunit",
    description="Tickets look fine while purchases outside IT rise; trust is high while surveys "
    "stay unanswered.",
    queries=(Query(own(relationship.DIVERGENCE), "divergence"),),
    height=6,
    minimum=0,
    maximum=1,
)
_WHO: Final = table(
    "Who",
    "The client's name, and the role of IT that owns the relationship.",
    "client",
    (TableColumn("client"), TableColumn("name", "Client"), TableColumn("owner", "Owner")),
    f"max by (client, name, owner) ({where(scores.CLIENT_INFO, client='$client')})",
    height=4,
)
_SILENT: Final = Panel(
    title="Silent sources",
    kind="state-timeline",
    description="Whether the client is silent beyond its own rhythm while the feed flows.",
    queries=(Query(own(feeds.CLIENT_SOURCE_SILENT, "source"), "{{source}}"),),
    width=24,
    height=6,
    texts=((0, "flowing", palette.GOOD), (1, "silent", palette.WATCH)),
)
CLIENT: Final = Dashboard(
    slug="client",
    title="Rapport: client",
    description="How one client sees IT, why, and what changed.",
    is_per_client=True,
    refresh="5m",
    rows=(
        PanelRow(
            "What is wrong, and who owns it",
            (STATE, URGENCY, _WHO, CONCERNS, firing_alerts(of_client=True)),
        ),
        SCORES_ROW,
        WHY_ROW,
        PURCHASES_ROW,
        PanelRow("How IT is seen, and what is heard", VIEWS),
        PanelRow("Participation", (_ROLES, _MESSAGE)),
        PanelRow("Knowing the client", (_KNOWLEDGE, _SILENT)),
        PanelRow("The maturity stage", (_STAGE, _DIVERGENCE)),
    ),
    notes=(
        Note(
            "Alerts on purchases",
            began(own(purchases.STATE, "client"), "== 2"),
            "purchases outside IT became an alert",
            palette.VERMILLION,
        ),
        Note(
            "New suppliers",
            began(own(purchases.NEW_SUPPLIERS, "client"), "> 0"),
            "a new outside supplier of size",
            palette.ORANGE,
        ),
        Note(
            "Stages",
            changed(own(relationship.MATURITY_STAGE, "client")),
            "the maturity stage changed",
            palette.BLUE,
        ),
    ),
)
