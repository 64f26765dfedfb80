"""Alerts on suppliers, on peers and on all clients together; none of them is urgent."""

from typing import Final

from rapport.monitoring.alerts.alert import (
    IT_MANAGEMENT,
    Alert,
    Case,
    ConcernAlert,
    on_concern,
)
from rapport.monitoring.alerts.cases import (
    concern_case,
    plain_series,
    with_near_misses,
    with_silent_concern,
)
from rapport.monitoring.alerts.slots import Slot, lasting, of, since
from rapport.monitoring.metrics import feeds, purchases

_BROKEN: Final = lasting(feeds.SOURCE_STATE, 'source="procurement",state="broken"')
_FLOWS: Final = f"unless on () {_BROKEN} == 1"
_FEED: Final = (feeds.SOURCE_STATE, 'source="procurement",state="broken"', "0x400")
NEW_SUPPLIER: Final = ConcernAlert(
    name="RapportNewOutsideSupplier",
    concern="new_supplier",
    expr=on_concern("new_supplier"),
    depends_on=("procurement",),
    slots={"suppliers": of(purchases.NEW_SUPPLIERS), "since": since("new_supplier")},
    cases=with_silent_concern(
        concern_case(
            "a new supplier of size fires",
            "new_supplier",
            (purchases.NEW_SUPPLIERS, "", 1),
            suppliers="1",
        ),
    ),
)
PEER_OUTLIER: Final = ConcernAlert(
    name="RapportOutsidePurchasesFarFromPeers",
    concern="far_from_peers",
    expr=on_concern("far_from_peers"),
    depends_on=("procurement",),
    slots={
        "chance": of(purchases.PEER_PROBABILITY, "%.2f", "100 *"),
        "since": since("far_from_peers"),
    },
    cases=with_silent_concern(
        concern_case(
            "a client that buys far more outside IT fires",
            "far_from_peers",
            (purchases.PEER_PROBABILITY, "", 0.0021),
            chance="0.21",
        ),
    ),
)
_SPREADS: Final = Case(
    name="a supplier that spreads fires",
    series=plain_series((purchases.SPREADING_SUPPLIER, 'supplier="acme"', "_x380 9x20"), _FEED),
    at="8d",
    labels=(("supplier", "acme"),),
    slot_texts={"clients": "9"},
)
_TWO_WORKERS: Final = Case(
    name="of two workers, the greater of their last numbers is told",
    series=plain_series(
        (purchases.SPREADING_SUPPLIER, 'supplier="acme",instance="a"', "_x300 9x70 8x20"),
        (purchases.SPREADING_SUPPLIER, 'supplier="acme",instance="b"', "_x300 7x90"),
    ),
    at="8d",
    labels=(("supplier", "acme"),),
    slot_texts={"clients": "8"},
)
SUPPLIER_SPREADS: Final = Alert(
    name="RapportSupplierSpreads",
    # Only the five that are least probable are named, and the fifth and the sixth change places.
    expr=f"max by (supplier) (last_over_time({purchases.SPREADING_SUPPLIER}[7d])) {_FLOWS}",
    keep_firing_for="0m",
    owner=IT_MANAGEMENT,
    by=("supplier",),
    depends_on=("procurement",),
    slots={"clients": Slot()},
    cases=(
        _TWO_WORKERS,
        *with_near_misses(
            _SPREADS,
            (
                "a supplier that is named for half an hour stays silent",
                purchases.SPREADING_SUPPLIER,
                "_x383 9x20",
            ),
            (
                "a supplier that has not been named for a week stays silent",
                purchases.SPREADING_SUPPLIER,
                "9x30 _x400",
            ),
            ("a feed that is broken silences it", feeds.SOURCE_STATE, "1x400"),
        ),
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
    expr=f"{lasting(purchases.COMMON_RISE)} > {lasting(purchases.COMMON_RISE_LIMIT)} {_FLOWS}",
    keep_firing_for="1d",
    severity="warning",
    owner=IT_MANAGEMENT,
    by=(),
    depends_on=("procurement",),
    slots={"ratio": Slot(format="%.1f")},
    cases=with_near_misses(
        _COMMON,
        ("a rise to the policy's limit stays silent", purchases.COMMON_RISE, 2),
        ("a rise of half an hour stays silent", purchases.COMMON_RISE, "2x6 2.01x200"),
        ("a higher limit in the policy silences it", purchases.COMMON_RISE_LIMIT, 2.5),
        ("a feed that is broken silences it", feeds.SOURCE_STATE, 1),
    ),
)
