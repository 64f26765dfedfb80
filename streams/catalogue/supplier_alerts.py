"""Alerts on suppliers and peers: worth a look in the morning, and nobody is woken."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.alert import OWNED, Alert, Case, Runbook
from rapport.streams.catalogue.metric import Metric

_INFO: Final = (
    f'{m.CLIENT_INFO.series}{{client="finance",name="Finance",owner="team-finance"}}',
    "1x3600",
)
_FINANCE: Final = (("client", "finance"), ("name", "Finance"), ("owner", "team-finance"))


def _of_finance(metric: Metric, values: str) -> tuple[tuple[str, str], ...]:
    return (_INFO, (f'{metric.series}{{client="finance"}}', values))


NEW_SUPPLIER: Final = Alert(
    name="RapportNewOutsideSupplier",
    expr=f"({m.NEW_SUPPLIERS.series} > 0) {OWNED}",
    hold="1h",
    keep="1h",
    severity="info",
    kind="risk",
    summary="{{ $labels.name }} buys from a new outside supplier",
    description=(
        '{{ $labels.name }} bought from {{ $value | printf "%.0f" }} outside supplier(s) of size '
        "that it never bought from before; its page names them and what was spent."
    ),
    runbook=Runbook(
        meaning=(
            "In the last four weeks the client spent many times its usual amount with a supplier "
            "that is nowhere in its history, however late that history arrived."
        ),
        check="`/clients/CLIENT` names the supplier, the amount, and what is usual for the client.",
        act="Ask what it needed. Record the purchase as joint or sanctioned when it was.",
        who="The owner of the relationship, in the alert's `owner` label.",
    ),
    cases=(
        Case(
            name="a new supplier of size fires",
            series=_of_finance(m.NEW_SUPPLIERS, "1x180"),
            at="2h",
            fires=True,
            labels=_FINANCE,
            summary="Finance buys from a new outside supplier",
            description=(
                "Finance bought from 1 outside supplier(s) of size that it never bought from "
                "before; its page names them and what was spent."
            ),
        ),
        Case(
            name="no new supplier stays silent",
            series=_of_finance(m.NEW_SUPPLIERS, "0x180"),
            at="2h",
            fires=False,
        ),
    ),
)
PEER_OUTLIER: Final = Alert(
    name="RapportOutsidePurchasesFarFromPeers",
    expr=f"({m.PEER_OUTLIER.series} == 1) {OWNED}",
    hold="1d",
    keep="1d",
    severity="info",
    kind="risk",
    summary="{{ $labels.name }} buys far more IT outside than its peers",
    description=(
        "Of what it buys, {{ $labels.name }} buys far more IT outside IT than clients that buy as "
        "much; its page has the numbers."
    ),
    runbook=Runbook(
        meaning=(
            "The client's share of outside purchases over a year is far above that of its peers. "
            "It is a level and no change: the alert on a rise may well be silent."
        ),
        check="`/clients/CLIENT` has what it bought and what peers of its volume would have bought.",
        act="Find out what IT does not offer to this kind of client. A policy may say it is right.",
        who="The owner of the relationship, in the alert's `owner` label.",
    ),
    cases=(
        Case(
            name="an outlier that lasts fires",
            series=_of_finance(m.PEER_OUTLIER, "1x3000"),
            at="30h",
            fires=True,
            labels=_FINANCE,
            summary="Finance buys far more IT outside than its peers",
            description=(
                "Of what it buys, Finance buys far more IT outside IT than clients that buy as "
                "much; its page has the numbers."
            ),
        ),
        Case(
            name="an outlier of a few hours stays silent",
            series=_of_finance(m.PEER_OUTLIER, "1x600 0x3000"),
            at="30h",
            fires=False,
        ),
    ),
)
SUPPLIER_SPREADS: Final = Alert(
    name="RapportSupplierSpreads",
    expr=f"max by (supplier) ({m.SPREADING_SUPPLIER.series}) > 0",
    hold="1h",
    keep="1h",
    severity="info",
    kind="pipeline",
    summary="More and more clients buy from {{ $labels.supplier }}",
    description=(
        '{{ $value | printf "%.0f" }} clients buy from {{ $labels.supplier }} outside IT, many '
        "more than before."
    ),
    runbook=Runbook(
        meaning=(
            "An outside supplier spreads over clients: many more buy from it in a quarter than a "
            "year ago, or than in the quarter before where the history is young."
        ),
        check="Is it one supplier under two names, or a contract that IT made itself?",
        act="Find out what it offers. Offer it, or make a contract for all.",
        who="IT management.",
    ),
    cases=(
        Case(
            name="a supplier that spreads fires",
            series=((f'{m.SPREADING_SUPPLIER.series}{{supplier="acme"}}', "9x180"),),
            at="2h",
            fires=True,
            labels=(("supplier", "acme"),),
            summary="More and more clients buy from acme",
            description="9 clients buy from acme outside IT, many more than before.",
        ),
        Case(
            name="a supplier that spread for minutes stays silent",
            series=((f'{m.SPREADING_SUPPLIER.series}{{supplier="acme"}}', "9x30 _x180"),),
            at="2h",
            fires=False,
        ),
    ),
)
