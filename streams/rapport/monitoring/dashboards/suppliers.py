"""Suppliers outside IT: the best paid, new ones, spreading ones; and clients unlike their peers."""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import (
    OF_ROW,
    Dashboard,
    Note,
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    stat,
    stats,
    table,
)
from rapport.monitoring.dashboards.promql import INFO, NAMED, began, ordering, per_client
from rapport.monitoring.metrics import purchases

SPEND: Final = f"max by (client, supplier, currency) ({purchases.SUPPLIER_SPEND})"
_COLUMNS: Final = (
    TableColumn("client"),
    TableColumn("name", "Client", links=OF_ROW),
    TableColumn("Value #B", "Observed", "short"),
    TableColumn("Value #C", "Expected", "short"),
    TableColumn("Value #D", "Alert from", "short"),
    TableColumn("Value #E", "New suppliers", "short", palette.watch_from(1)),
    TableColumn("Value #F", "Chance beside its peers", "percentunit"),
    TableColumn("Value #G", "Far from its peers", "short", palette.bad_from(1)),
    TableColumn("Value #H"),
)
_SUPPLIER_COLUMNS: Final = (
    TableColumn("supplier", "Supplier"),
    TableColumn("Value #A", "Clients", "short"),
    TableColumn("Value #B", "Spend", "short"),
    TableColumn("Value #C", "Spreads to", "short"),
)
_SPREAD: Final = f"max by (supplier) ({purchases.SPREADING_SUPPLIER})"
_COMMON: Final = f"max({purchases.COMMON_RISE})"
_LIMIT: Final = f"max({purchases.COMMON_RISE_LIMIT})"
_RISE: Final = stats(
    "Common rise",
    "Recent purchases outside IT of all clients against a year before, and the policy's limit.",
    Query(f"{_COMMON} <= {_LIMIT}", "rise", instant=True, color=palette.GOOD),
    Query(f"{_COMMON} > {_LIMIT}", "rise", instant=True, color=palette.BAD),
    Query(_LIMIT, "the policy's limit", instant=True, color=palette.GREY),
    width=6,
    height=5,
)
_NOW: Final = tuple(
    stat(title, text, expr, legend, width=6, height=5, steps=steps)
    for title, text, expr, legend, steps in (
        (
            "Suppliers that spread",
            "Outside suppliers that more clients buy from than was to be expected.",
            f"max({purchases.SPREADING_SUPPLIERS})",
            "suppliers",
            palette.watch_from(1),
        ),
        (
            "Clients with a new supplier",
            "Clients that began to buy from an outside supplier of size.",
            f"sum({per_client(purchases.NEW_SUPPLIERS)} > bool 0)",
            "clients",
            palette.watch_from(1),
        ),
        (
            "Clients far from their peers",
            "Clients that buy far more outside than those that buy as much at all.",
            f"sum({per_client(purchases.PEER_OUTLIER)})",
            "clients",
            palette.bad_from(1),
        ),
    )
)
_PAID: Final = bars(
    "Who is paid most outside, last closed weeks",
    "Over the three largest suppliers of each client, in whole units of the currency.",
    f"topk(15, sum by (supplier, currency) ({SPEND}))",
    "{{supplier}} ({{currency}})",
    height=11,
)
_SHARED: Final = table(
    "Suppliers of several clients",
    "For how many clients a supplier is among their three largest, and what they paid "
    "it; in how many clients it spreads beyond expectation, where it does.",
    "supplier",
    _SUPPLIER_COLUMNS,
    f"count by (supplier) ({SPEND})",
    f"sum by (supplier) ({SPEND})",
    f"{_SPREAD} or count by (supplier) ({SPEND}) * 0",
    sort_by="Value #A",
    height=11,
)
_CLIENTS: Final = table(
    "Clients",
    "Purchases outside IT of each client against its own past and against its peers.",
    "client",
    _COLUMNS,
    INFO,
    per_client(purchases.OBSERVED),
    per_client(purchases.EXPECTED),
    per_client(purchases.THRESHOLD),
    per_client(purchases.NEW_SUPPLIERS),
    per_client(purchases.PEER_PROBABILITY),
    per_client(purchases.PEER_OUTLIER),
    ordering(purchases.PEER_PROBABILITY),
    sort_by="Value #H",
    descending=False,
    width=24,
    height=12,
)
_SANCTIONS: Final = Panel(
    title="Purchases of IT by sanction, last closed weeks",
    description="Over all clients: outside IT, sanctioned, made together, or not classified.",
    queries=tuple(
        Query(f"sum({per_client(purchases.COUNT_BY_SANCTION, sanction=name)})", name, color=color)
        for name, color in palette.SANCTIONS
    ),
    minimum=0,
    bars=True,
)
_LEVEL: Final = Panel(
    title="Purchases outside IT of all clients",
    description="Observed in the last closed weeks, against what was to be expected.",
    queries=(
        Query(f"sum({per_client(purchases.OBSERVED)})", "observed"),
        Query(f"sum({per_client(purchases.EXPECTED)})", "expected", color=palette.ORANGE),
    ),
    minimum=0,
)
SUPPLIERS: Final = Dashboard(
    slug="suppliers",
    refresh="5m",
    title="Rapport: suppliers",
    description="From whom clients buy IT around IT.",
    rows=(
        PanelRow("Now", (_RISE, *_NOW)),
        PanelRow("Suppliers", (_PAID, _SHARED)),
        PanelRow("Clients", (_CLIENTS,)),
        PanelRow("Over time", (_LEVEL, _SANCTIONS)),
    ),
    notes=(
        Note(
            "New suppliers",
            f"({began(per_client(purchases.NEW_SUPPLIERS), '> 0')}) {NAMED}",
            "{{name}}: a new outside supplier of size",
            palette.ORANGE,
        ),
    ),
)
