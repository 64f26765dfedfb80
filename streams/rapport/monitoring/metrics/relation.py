"""The metrics of the scores beside trust and engagement; each is absent while evidence lacks."""

from typing import Final

from rapport.monitoring.metrics.model import Metric, gauge

TRUST_VIEW: Final = gauge(
    "client_trust_view_ratio",
    "Trust as IT itself (own) or an independent party (independent) sees it, 0 to 1; absent while "
    "too few people answered.",
    "client",
    "viewpoint",
)
PERCEPTION: Final = gauge(
    "client_perception_gap_ratio",
    "IT's own trust less the independent, else the client's, -1 to 1; above 0 IT overrates itself; "
    "absent while too few people answered.",
    "client",
)
PERCEPTION_PROBABILITY: Final = gauge(
    "client_perception_gap_probability_ratio",
    "Chance that IT thinks better of itself than the other side does, 0 to 1.",
    "client",
)
OVERRATES: Final = gauge(
    "client_perception_overrated",
    "1 when the gap is great and sure enough to say that IT overrates itself, else 0.",
    "client",
)
KNOWLEDGE: Final = gauge(
    "client_knowledge_ratio", "How complete and fresh IT's knowledge is, 0 to 1.", "client"
)
FACET_WORTH: Final = gauge(
    "client_knowledge_facet_ratio",
    "What a facet of the knowledge is worth: source times freshness, 0 to 1.",
    "client",
    "facet",
)
FACET_STALE: Final = gauge(
    "client_knowledge_facet_stale",
    "1 when a facet was known once and is past its validity, else 0.",
    "client",
    "facet",
)
PARTICIPATION: Final = gauge(
    "client_participation_ratio",
    "How far IT takes everyone along with one message, 0 to 1.",
    "client",
)
ROLE_BREADTH: Final = gauge(
    "client_role_breadth_ratio",
    "How far a role of IT takes part, 0 to 1; it saturates with touchpoints.",
    "client",
    "role",
)
MESSAGE: Final = gauge(
    "client_message_share_ratio",
    "Share of touchpoints that carried the agreed message; absent below the minimum group.",
    "client",
)
MATURITY_STAGE: Final = gauge(
    "client_maturity_stage",
    "Stage of the relation: 1 IT supplier, 2 partner, 3 innovative anticipator.",
    "client",
)
MATURITY_INDEX: Final = gauge(
    "client_maturity_index",
    "Stage plus the share of the next stage's criteria that are met, 1 to 3.",
    "client",
)
MATURITY_STEP: Final = gauge(
    "client_maturity_step",
    "1 when a stage was won in the last 4 closed weeks, -1 when one was lost, else 0.",
    "client",
)
DIVERGENCE: Final = gauge(
    "client_divergence_ratio", "How strongly signs contradict each other, 0 to 1.", "client"
)
DIVERGENCE_ALERT: Final = gauge(
    "client_divergence_alert", "1 when a contradiction is worth a warning, else 0.", "client"
)
SCORE_CONFIDENCE: Final = gauge(
    "client_score_confidence_ratio", "How sure a score is, 0 to 1.", "client", "score"
)
SCORE_PAST: Final = gauge(
    "client_score_past_ratio",
    "The median of a score over the client's own last closed weeks; absent while few are known.",
    "client",
    "score",
)
SCORE_FALLING: Final = gauge(
    "client_score_falling",
    "1 when a score is far below the client's own past at two looks in a row, until it is back for "
    "two, else 0.",
    "client",
    "score",
)
POINTS_MISSING: Final = gauge(
    "client_points_missing_ratio",
    "Points that a component could give to a score and does not, 0 to 1.",
    "client",
    "score",
    "component",
)
IMPACT: Final = gauge(
    "client_impact",
    "Volume of contact times how far a score is below its target; 0 on target.",
    "client",
    "score",
)
TARGET: Final = gauge(
    "score_target_ratio", "What a score should be at least, by the policy, 0 to 1.", "score"
)
RELATION_METRICS: Final = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
