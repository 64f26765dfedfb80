"""The metrics of what the scores rest on: bounds, thresholds, who took part, what was heard."""

from typing import Final

from rapport.monitoring.metrics.model import Metric, gauge

SCORE_LOW: Final = gauge(
    "client_score_low_ratio",
    "Lower end of a score's 90 % credible interval, where it has one.",
    "client",
    "score",
)
SCORE_HIGH: Final = gauge(
    "client_score_high_ratio",
    "Upper end of a score's 90 % credible interval, where it has one.",
    "client",
    "score",
)
VIEW_TRUST: Final = gauge(
    "client_view_trust_ratio",
    "Trust as IT itself (own) or an independent party sees it, 0 to 1; absent while too few "
    "people answered. The client's own view is rapport_client_trust_ratio.",
    "client",
    "viewpoint",
)
PURCHASES_THRESHOLD: Final = gauge(
    "client_outside_purchases_threshold",
    "Number of outside purchases in the running window from which it would be an alert.",
    "client",
)
SUPPLIER_SPEND: Final = gauge(
    "client_supplier_spend",
    "Outside spend of the last 28 days with each of the client's three largest suppliers, in whole "
    "units of the currency.",
    "client",
    "supplier",
    "currency",
)
ROLE_TOUCHPOINTS: Final = gauge(
    "client_role_touchpoints",
    "Decayed number of touchpoints that a role of IT took part in; absent below the minimum group.",
    "client",
    "role",
)
ROLE_MESSAGE: Final = gauge(
    "client_role_message_share_ratio",
    "Share of a role's touchpoints with the agreed message; absent below the minimum group.",
    "client",
    "role",
)
FACET_OBSERVED: Final = gauge(
    "client_knowledge_facet_observed_timestamp_seconds",
    "The day on which a facet of the knowledge was last learned; absent when it never was.",
    "client",
    "facet",
)
EVIDENCE_METRICS: Final = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
