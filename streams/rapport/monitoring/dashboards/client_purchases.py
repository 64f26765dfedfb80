"""One client's purchases of IT outside IT, against what was to be expected."""

from typing import Final

from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import Panel, PanelRow, Query, bars
from rapport.monitoring.dashboards.promql import own
from rapport.monitoring.metrics import purchases

_RISE: Final = Panel(
    title="Purchases outside IT against expectation",
    description="Purchases of IT outside IT in the last closed weeks, what the client's own "
    "past and the season lead one to expect, and the number from which it is an alert.",
    queries=(
        Query(own(purchases.OBSERVED), "observed"),
        Query(own(purchases.EXPECTED), "expected", color=palette.GREY),
        Query(own(purchases.THRESHOLD), "alert from", color=palette.VERMILLION),
    ),
    minimum=0,
)
_SPEND: Final = Panel(
    title="Spend on IT by sanction, last closed weeks",
    description="In whole units of the currency: outside IT, sanctioned by it, made together, or "
    "not classified. The alert counts purchases, and never sums.",
    queries=tuple(
        Query(
            own(purchases.SPEND_BY_SANCTION, "currency", sanction=name),
            f"{name} {{{{currency}}}}",
            color=color,
        )
        for name, color in palette.SANCTIONS
    ),
    minimum=0,
    bars=True,
)
_CHANCE: Final = Panel(
    title="Chance of that many",
    unit="percentunit",
    description="The chance of seeing that many purchases or more when nothing changed.",
    queries=(Query(own(purchases.PROBABILITY), "chance", color=palette.ORANGE),),
    minimum=0,
    maximum=1,
)
_SUPPLIERS: Final = bars(
    "Largest outside suppliers, last closed weeks",
    "Who was paid most outside, in whole units of the currency.",
    own(purchases.SUPPLIER_SPEND, "supplier", "currency"),
    "{{supplier}} ({{currency}})",
)
PURCHASES_ROW: Final = PanelRow("Buying around IT", (_RISE, _CHANCE, _SPEND, _SUPPLIERS))
