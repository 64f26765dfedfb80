"""Alerts on suppliers, on peers and on all clients together; none of them is urgent."""

from typing import Final

from rapport.monitoring.alerts.alert import (
    IT_MANAGEMENT,
    Alert,
    Case,
    Runbook,
    Slot,
    Text,
    per_client,
)
from rapport.monitoring.alerts.cases import fires, plain_series, with_near_misses
from rapport.monitoring.metrics import feeds, purchases

_CONFIDENT: Final = f"and on (client) {purchases.CONFIDENCE} >= 0.5"
_FLOWS: Final = f'unless on () {feeds.SOURCE_STATE}{{source="procurement",state="broken"}} == 1'
_FEED: Final = (feeds.SOURCE_STATE, 'source="procurement",state="broken"', 0)
_NEW: Final = fires(
    "a new supplier of size fires",
    (purchases.NEW_SUPPLIERS, "", 1),
    (purchases.CONFIDENCE, "", 0.5),
    suppliers="1",
)
NEW_SUPPLIER: Final = Alert(
    name="RapportNewOutsideSupplier",
    expr=per_client(f"{purchases.NEW_SUPPLIERS} > 0 {_CONFIDENT}"),
    depends_on=("procurement",),
    summary=Text(
        en="{name} buys from a new outside supplier",
        nl="{name} koopt bij een nieuwe leverancier van buiten",
    ),
    description=Text(
        en=(
            "{name} bought from {suppliers} outside supplier(s) of size that it never bought from before; its page names them and "
            "what was spent."
        ),
        nl=(
            "{name} kocht bij {suppliers} leverancier(s) van betekenis buiten IT om, waar het nooit eerder kocht; de pagina van de "
            "klant noemt ze, met de bedragen."
        ),
    ),
    slots={"suppliers": Slot()},
    runbook=Runbook(
        meaning=(
            "In the last four weeks the client spent many times its usual amount with a supplier that is nowhere in its history, "
            "however late that history arrived."
        ),
        check="`/clients/CLIENT` names the supplier, the amount, and what is usual for the client.",
        act="Ask what it needed. Record the purchase as joint or sanctioned when it was.",
    ),
    cases=with_near_misses(
        _NEW,
        ("no new supplier stays silent", purchases.NEW_SUPPLIERS, 0),
        ("a client with a short history stays silent", purchases.CONFIDENCE, 0.49),
    ),
)
_OUTLIER: Final = fires(
    "an outlier that lasts fires",
    (purchases.PEER_OUTLIER, "", 1),
    (purchases.PEER_PROBABILITY, "", 0.0021),
    (purchases.CONFIDENCE, "", 0.5),
    at="30h",
    chance="0.21",
)
PEER_OUTLIER: Final = Alert(
    name="RapportOutsidePurchasesFarFromPeers",
    expr=per_client(f"{purchases.PEER_OUTLIER} == 1 {_CONFIDENT}"),
    for_="1d",
    keep_firing_for="1d",
    depends_on=("procurement",),
    summary=Text(
        en="{name} buys far more IT outside than its peers",
        nl="{name} koopt veel meer IT buiten IT om dan vergelijkbare klanten",
    ),
    description=Text(
        en=(
            "Of what it buys, {name} buys far more IT outside IT than clients that buy as much: the chance that one of these buys "
            "that many outside is {chance} %."
        ),
        nl=(
            "Van wat het koopt, koopt {name} veel meer IT buiten IT om dan klanten die evenveel kopen: de kans dat zo'n klant er zo "
            "veel buiten IT om koopt, is {chance} %."
        ),
    ),
    slots={"chance": Slot(purchases.PEER_PROBABILITY, "%.2f", "100 *")},
    runbook=Runbook(
        meaning=(
            "The client's share of outside purchases over a year is far above that of its peers. It is a level and no change: the "
            "alert on a rise may well be silent."
        ),
        check="`/clients/CLIENT` has what it bought and what peers of its volume would have bought.",
        act="Find out what IT does not offer to this kind of client. A policy may say it is right.",
    ),
    cases=with_near_misses(
        _OUTLIER,
        ("an outlier of a few hours stays silent", purchases.PEER_OUTLIER, "1x20 0x200"),
        ("a client that is not known well stays silent", purchases.CONFIDENCE, 0.49),
    ),
)
_SPREADS: Final = Case(
    name="a supplier that spreads fires",
    series=plain_series((purchases.SPREADING_SUPPLIER, 'supplier="acme"', "9x180"), _FEED),
    labels=(("supplier", "acme"),),
    slot_texts={"clients": "9"},
)
SUPPLIER_SPREADS: Final = Alert(
    name="RapportSupplierSpreads",
    expr=f"max by (supplier) ({purchases.SPREADING_SUPPLIER}) > 0 {_FLOWS}",
    owner=IT_MANAGEMENT,
    by=("supplier",),
    depends_on=("procurement",),
    summary=Text(
        en="More and more clients buy from {supplier}",
        nl="Steeds meer klanten kopen bij {supplier}",
    ),
    description=Text(
        en="{clients} clients buy from {supplier} outside IT, many more than before.",
        nl="{clients} klanten kopen buiten IT om bij {supplier}, veel meer dan voorheen.",
    ),
    slots={"clients": Slot()},
    runbook=Runbook(
        meaning=(
            "An outside supplier spreads over clients: many more buy from it in a quarter than a year ago, or than in the quarter "
            "before where the history is young."
        ),
        check="Is it one supplier under two names, or a contract that IT made itself?",
        act="Find out what it offers. Offer it, or make a contract for all.",
        who="IT management.",
    ),
    cases=with_near_misses(
        _SPREADS,
        (
            "a supplier that spread for minutes stays silent",
            purchases.SPREADING_SUPPLIER,
            "9x3 _x180",
        ),
        ("a feed that is broken silences it", feeds.SOURCE_STATE, 1),
    ),
)
_COMMON: Final = Case(
    name="a common rise fires",
    series=plain_series(
        (purchases.COMMON_RISE, "", 2.01), (purchases.COMMON_RISE_LIMIT, "", 2), _FEED
    ),
    at="90m",
    slot_texts={"ratio": "2.0"},
)
COMMON_RISE: Final = Alert(
    name="RapportCommonRiseOfPurchases",
    expr=f"max({purchases.COMMON_RISE}) > max({purchases.COMMON_RISE_LIMIT}) {_FLOWS}",
    severity="warning",
    owner=IT_MANAGEMENT,
    by=(),
    depends_on=("procurement",),
    summary=Text(
        en="Outside purchases rise for many clients at once",
        nl="Aankopen buiten IT om nemen bij veel klanten tegelijk toe",
    ),
    description=Text(
        en=(
            "Recent outside purchases of all clients together are {ratio} times the level of a year ago. Each client is held "
            "against the others, so the alert per client does not see this."
        ),
        nl=(
            "De recente aankopen buiten IT om van alle klanten samen zijn {ratio} maal die van een jaar geleden. Elke klant wordt "
            "tegen de andere gehouden, dus de waarschuwing per klant ziet dit niet."
        ),
    ),
    slots={"ratio": Slot(format="%.1f")},
    runbook=Runbook(
        meaning=(
            "All clients together buy more outside IT than a year ago, by more than the policy's `purchases.guard_ratio` (by "
            "default one and a half times)."
        ),
        check="Did a feed begin to deliver more, or a category move? If not, the rise is real.",
        act="Bring it to IT's management: this is about IT's offer, not about one client.",
        who="IT management.",
    ),
    cases=with_near_misses(
        _COMMON,
        ("a rise to the policy's limit stays silent", purchases.COMMON_RISE, 2),
        ("a higher limit in the policy silences it", purchases.COMMON_RISE_LIMIT, 2.5),
        ("a feed that is broken silences it", feeds.SOURCE_STATE, 1),
    ),
)
