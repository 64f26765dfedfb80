"""Suppliers outside IT: who is paid most, who is new, who spreads, who buys unlike its peers."""

from typing import Final

from rapport.monitoring.grafana.panel import (
    BAD,
    BLUE,
    GOOD,
    GREEN,
    GREY,
    OF_ROW,
    ORANGE,
    VERMILLION,
    WATCH,
    Column,
    Dashboard,
    Note,
    Panel,
    Query,
    Row,
    joined,
)
from rapport.monitoring.grafana.promql import INFO, NAMED, began, per_client
from rapport.monitoring.metrics import purchases

SPEND: Final = f"max by (client, supplier, currency) ({purchases.SUPPLIER_SPEND})"
_COLUMNS: Final = (
    Column("client", "client"),
    Column("name", "Client", link=OF_ROW),
    Column("Value #B", "Observed", "short"),
    Column("Value #C", "Expected", "short"),
    Column("Value #D", "Alert from", "short"),
    Column("Value #E", "New suppliers", "short", ((None, GOOD), (1, WATCH))),
    Column("Value #F", "Chance beside its peers", "percentunit"),
    Column("Value #G", "Far from its peers", "short", ((None, GOOD), (1, BAD))),
)
_SUPPLIER_COLUMNS: Final = (
    Column("supplier", "Supplier"),
    Column("Value #A", "Clients", "short"),
    Column("Value #B", "Spend", "short"),
    Column("Value #C", "Spreads to", "short"),
)
_SPREAD: Final = f"max by (supplier) ({purchases.SPREADING_SUPPLIER})"
_COMMON_RISE: Final = f"max({purchases.COMMON_RISE})"
_COMMON_RISE_LIMIT: Final = f"max({purchases.COMMON_RISE_LIMIT})"
_RISE: Final = Panel(
    title="Common rise",
    kind="stat",
    unit="short",
    description="Recent outside purchases of all clients against a year before; 1 is no change.",
    queries=(
        Query(f"{_COMMON_RISE} <= {_COMMON_RISE_LIMIT}", "rise", instant=True),
        Query(
            f"{_COMMON_RISE} > {_COMMON_RISE_LIMIT}", "rise above the policy's limit", instant=True
        ),
    ),
    width=6,
    height=5,
    colors=(("rise", GOOD), ("rise above the policy's limit", BAD)),
)
_SPREADING: Final = Panel(
    title="Suppliers that spread",
    kind="stat",
    unit="short",
    description="Outside suppliers that more clients buy from than was to be expected.",
    queries=(Query(f"max({purchases.SPREADING_SUPPLIERS})", "suppliers"),),
    width=6,
    height=5,
    steps=((None, GOOD), (1, WATCH)),
)
_NEW: Final = Panel(
    title="Clients with a new supplier",
    kind="stat",
    unit="short",
    description="Clients that began to buy from an outside supplier of size.",
    queries=(Query(f"sum({purchases.NEW_SUPPLIERS} > bool 0)", "clients"),),
    width=6,
    height=5,
    steps=((None, GOOD), (1, WATCH)),
)
_OUTLIERS: Final = Panel(
    title="Clients far from their peers",
    kind="stat",
    unit="short",
    description="Clients that buy far more outside than those that buy as much at all.",
    queries=(Query(f"sum({purchases.PEER_OUTLIER})", "clients"),),
    width=6,
    height=5,
    steps=((None, GOOD), (1, BAD)),
)
_PAID: Final = Panel(
    title="Who is paid most outside, 28 days",
    kind="bargauge",
    unit="short",
    description="Over the three largest suppliers of each client, in whole units of the currency.",
    queries=(
        Query(
            f"topk(15, sum by (supplier, currency) ({SPEND}))",
            "{{supplier}} ({{currency}})",
            instant=True,
        ),
    ),
    height=11,
    minimum=0,
)
_SHARED: Final = Panel(
    title="Suppliers of several clients",
    kind="table",
    unit="short",
    description="For how many clients a supplier is among their three largest, and what they paid "
    "it; in how many clients it spreads beyond expectation, where it does.",
    queries=(
        Query(f"count by (supplier) ({SPEND})", instant=True),
        Query(f"sum by (supplier) ({SPEND})", instant=True),
        Query(f"{_SPREAD} or count by (supplier) ({SPEND}) * 0", instant=True),
    ),
    height=11,
    transformations=joined("supplier", _SUPPLIER_COLUMNS, "Value #A"),
    columns=_SUPPLIER_COLUMNS,
)
_CLIENTS: Final = Panel(
    title="Clients",
    kind="table",
    unit="short",
    description="Outside purchases of each client against its own past and against its peers.",
    queries=tuple(
        Query(expr, instant=True)
        for expr in (
            INFO,
            per_client(purchases.PURCHASES_OBSERVED),
            per_client(purchases.PURCHASES_EXPECTED),
            per_client(purchases.PURCHASES_THRESHOLD),
            per_client(purchases.NEW_SUPPLIERS),
            per_client(purchases.PEER_PROBABILITY),
            per_client(purchases.PEER_OUTLIER),
        )
    ),
    width=24,
    height=12,
    transformations=joined("client", _COLUMNS, "Value #F", falling=False),
    columns=_COLUMNS,
)
_STANDING: Final = Panel(
    title="Purchases of IT by sanction, 28 days",
    kind="timeseries",
    unit="short",
    description="Over all clients: outside IT, sanctioned, made together, or not classified.",
    queries=tuple(
        Query(f'sum({purchases.PURCHASES_BY_SANCTION}{{sanction="{name}"}})', name, color=color)
        for name, color in (
            ("outside", VERMILLION),
            ("sanctioned", BLUE),
            ("joint", GREEN),
            ("unclassified", GREY),
        )
    ),
    minimum=0,
    bars=True,
)
_LEVEL: Final = Panel(
    title="Outside purchases of all clients",
    kind="timeseries",
    unit="short",
    description="Observed in 4 weeks and the running one, against what was to be expected.",
    queries=(
        Query(f"sum({per_client(purchases.PURCHASES_OBSERVED)})", "observed"),
        Query(f"sum({per_client(purchases.PURCHASES_EXPECTED)})", "expected", color=ORANGE),
    ),
    minimum=0,
)
SUPPLIERS: Final = Dashboard(
    slug="suppliers",
    title="Rapport: suppliers",
    description="From whom clients buy IT around IT.",
    rows=(
        Row("Now", (_RISE, _SPREADING, _NEW, _OUTLIERS)),
        Row("Suppliers", (_PAID, _SHARED)),
        Row("Clients", (_CLIENTS,)),
        Row("Over time", (_LEVEL, _STANDING)),
    ),
    notes=(
        Note(
            "New suppliers",
            f"({began(purchases.NEW_SUPPLIERS.series, '> 0')}) {NAMED}",
            "{{name}}: a new outside supplier of size",
            ORANGE,
        ),
    ),
)
