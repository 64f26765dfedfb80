"""Every metric once: its name, kind, unit, help and labels; rules and panels refer to these."""

from typing import Final

from rapport.monitoring.metrics.evidence import EVIDENCE_METRICS
from rapport.monitoring.metrics.model import Metric
from rapport.monitoring.metrics.model import counter as _counter
from rapport.monitoring.metrics.model import gauge as _gauge
from rapport.monitoring.metrics.relation import RELATION_METRICS

CLIENT_INFO: Final = _gauge(
    "client_info",
    "Always 1: the client's name and the role that owns it.",
    "client",
    "name",
    "owner",
)
TRUST: Final = _gauge(
    "client_trust_ratio",
    "Trust as the client shows it, 0 to 1; absent while evidence is insufficient.",
    "client",
)
TRUST_CONFIDENCE: Final = _gauge(
    "client_trust_confidence_ratio", "1 less the uncertainty of trust, 0 to 1.", "client"
)
TRUST_SUFFICIENT: Final = _gauge(
    "client_trust_sufficient",
    "1 when there is enough evidence to speak of trust, else 0.",
    "client",
)
TRUST_PART: Final = _gauge(
    "client_trust_contribution_ratio",
    "Points that a source of evidence gives to trust; base rate plus these is trust, exactly. "
    "`combined` are told together, because too few people answered.",
    "client",
    "component",
)
ENGAGEMENT: Final = _gauge(
    "client_engagement_ratio", "Engagement, 0 to 1; absent while there was no contact.", "client"
)
ENGAGEMENT_CONFIDENCE: Final = _gauge(
    "client_engagement_confidence_ratio", "Share of engagement's inputs that are known.", "client"
)
ENGAGEMENT_PART: Final = _gauge(
    "client_engagement_contribution_ratio",
    "Points that a component gives to engagement; their sum is engagement, exactly. `combined` are "
    "told together, because too few people were invited.",
    "client",
    "component",
)
PURCHASES_OBSERVED: Final = _gauge(
    "client_outside_purchases_observed",
    "Purchases of IT outside IT in the last 4 full weeks and the running one.",
    "client",
)
PURCHASES_EXPECTED: Final = _gauge(
    "client_outside_purchases_expected",
    "Purchases expected in that time from the client's own past and the season.",
    "client",
)
PURCHASES_PROBABILITY: Final = _gauge(
    "client_outside_purchases_probability_ratio",
    "Chance of seeing that many purchases or more when nothing changed, 0 to 1.",
    "client",
)
PURCHASES_STATE: Final = _gauge(
    "client_outside_purchases_alert",
    "The detector's state at the last closed week: 0 clear, 1 watch, 2 alert.",
    "client",
)
PURCHASES_CONFIDENCE: Final = _gauge(
    "client_outside_purchases_confidence_ratio",
    "How far the detector's inputs are known: history, feed and classification, 0 to 1.",
    "client",
)
STANDING_PURCHASES: Final = _gauge(
    "client_purchases",
    "Purchases of IT in the last 28 days: outside, sanctioned, joint or unclassified.",
    "client",
    "standing",
)
STANDING_SPEND: Final = _gauge(
    "client_purchase_spend",
    "Spend on IT in the last 28 days per standing, in whole units of the currency: the policy's "
    "reporting currency, or the purchase's own where there is no rate.",
    "client",
    "standing",
    "currency",
)
SPEND_HIGHEST: Final = _gauge(
    "client_outside_spend_highest",
    "The most outside spend in 28 days of the 48 weeks before the last 28 days; absent while less "
    "than half of that time is known.",
    "client",
    "currency",
)
NEW_SUPPLIERS: Final = _gauge(
    "client_new_suppliers",
    "Outside suppliers of size that the client never bought from before; absent while its history "
    "is too short to say.",
    "client",
)
PEER_PROBABILITY: Final = _gauge(
    "client_peer_probability_ratio",
    "Chance that a peer that buys as much buys that many outside or more; absent without peers.",
    "client",
)
PEER_OUTLIER: Final = _gauge(
    "client_peer_outlier",
    "1 when the client buys far more outside than its peers, else 0; absent without peers.",
    "client",
)
SPREADING_SUPPLIERS: Final = _gauge(
    "spreading_suppliers", "Outside suppliers that more clients buy from than was to be expected."
)
SPREADING_SUPPLIER: Final = _gauge(
    "spreading_supplier_clients",
    "Clients that buy from a spreading supplier; the five least likely by chance are named.",
    "supplier",
)
SOURCE_STATE: Final = _gauge(
    "source_state",
    "The feed's state by its own rhythm: 1 for the one of flowing, broken and unknown that holds.",
    "source",
    "state",
)
SOURCE_SILENCE: Final = _gauge(
    "source_silence_seconds",
    "Time since the source's newest event, in full days; absent before the first.",
    "source",
)
SOURCE_USUAL_SILENCE: Final = _gauge(
    "source_usual_silence_seconds",
    "Silence that the source's own rhythm explains, in full days; absent while unknown.",
    "source",
)
CLIENT_SOURCE_SILENT: Final = _gauge(
    "client_source_silent",
    "1 when a client is silent beyond its own rhythm while the feed flows, else 0; absent while "
    "that is unknown.",
    "client",
    "source",
)
CLIENT_SOURCE_SILENCE: Final = _gauge(
    "client_source_silence_seconds",
    "Time since a silent client's newest event, in full days; absent while it is not silent.",
    "client",
    "source",
)
SIGNALS_HEARD: Final = _gauge(
    "client_signals_heard",
    "Times that a signal was heard in the last 28 days, by a person or in a text.",
    "client",
    "signal",
    "by",
)
POLICY_REFUSED: Final = _gauge(
    "policy_refused_timestamp_seconds",
    "Since when the policy file on disk is refused and the one before it rules; 0 when it is not.",
)
POLICY_APPLIED: Final = _gauge(
    "policy_applied_timestamp_seconds", "When the policy in force was applied."
)
COMMON_RISE: Final = _gauge(
    "population_common_rise_ratio",
    "Recent outside purchases of all clients against a year before; 1 is no change.",
)
CLIENTS: Final = _gauge("clients", "Clients that are registered.")
POLICY_INFO: Final = _gauge("policy_info", "Always 1: the hash of the policy in force.", "hash")
LAST_EVENT: Final = _gauge(
    "source_last_event_timestamp_seconds", "The newest event's own time, per source.", "source"
)
LAST_ARRIVAL: Final = _gauge(
    "source_last_arrival_timestamp_seconds", "When the newest event reached Kafka.", "source"
)
EVENTS: Final = _counter("events", "Events handled, by what became of them.", "source", "outcome")
DEAD_LETTERS: Final = _counter("dead_letters", "Events sent to the dead letters.", "reason")
PAGES_WRITTEN: Final = _counter("ledger_pages_written", "Ledger pages written.")
PAGES_REMOVED: Final = _counter(
    "ledger_pages_removed", "Ledger pages removed, because their day is past the horizon."
)
READY: Final = _gauge("ready", "1 when the ledger of the owned partitions is recovered, else 0.")
LOOP_LAG: Final = _gauge(
    "loop_lag_seconds", "The longest that the worker's loop was late in the last minute."
)
KAFKA_UP: Final = _gauge(
    "kafka_up", "1 when Kafka answered in the last 10 seconds, else 0: what is shown gets old then."
)
KAFKA_LAST_ANSWER: Final = _gauge(
    "kafka_last_answer_timestamp_seconds", "When Kafka answered last; absent before the first time."
)
LAG: Final = _gauge(
    "lag_records",
    "Records that wait to be folded; absent while Kafka does not answer.",
    "source",
    "partition",
)
EVALUATED: Final = _gauge(
    "evaluated_timestamp_seconds",
    "When the scores were last brought up to date; 0 before the first.",
)
EVALUATION: Final = _gauge("evaluation_seconds", "How long the last evaluation took.")
RECOVERY: Final = _gauge(
    "recovery_seconds",
    "From the worker's partitions to its ledger in memory, at the last start or move.",
)

METRICS: Final = (
    *(value for value in list(globals().values()) if isinstance(value, Metric)),
    *RELATION_METRICS,
    *EVIDENCE_METRICS,
)
