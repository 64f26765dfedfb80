"""The metrics of the pipeline: policy, events, ledger, Kafka and evaluation.

The parts of the worker sample them: each part knows its own state.
"""

from typing import Final

from rapport.monitoring.metrics.model import MetricGroup

POLICY: Final = MetricGroup()
POLICY_REFUSED: Final = POLICY.gauge(
    "policy_refused_timestamp_seconds",
    "When the policy file on disk began to be refused, while the previous policy stays in force; "
    "0 when it is not refused.",
)
POLICY_APPLIED: Final = POLICY.gauge(
    "policy_applied_timestamp_seconds", "When the policy in force was applied."
)
PIPELINE: Final = MetricGroup()
CLIENTS: Final = PIPELINE.gauge("clients", "Clients that are registered.")
POLICY_INFO: Final = PIPELINE.gauge(
    "policy_info", "Always 1: the hash of the policy in force.", "hash"
)
LAST_EVENT: Final = PIPELINE.gauge(
    "source_last_event_timestamp_seconds", "The newest event's own time, per source.", "source"
)
LAST_ARRIVAL: Final = PIPELINE.gauge(
    "source_last_arrival_timestamp_seconds", "When the newest event reached Kafka.", "source"
)
EVENTS: Final = PIPELINE.counter("events", "Events handled, by outcome.", "source", "outcome")
DEAD_LETTERS: Final = PIPELINE.counter("dead_letters", "Events sent to the dead letters.", "reason")
DEAD_LETTERS_WITHHELD: Final = PIPELINE.counter(
    "dead_letters_withheld",
    "Dead letters that are too big for their topic, by what is kept: the origin, or nothing.",
    "kept",
)
DEAD_LETTERS_UNHANDLED: Final = PIPELINE.gauge(
    "dead_letters_unhandled",
    "Dead letters in Kafka that were neither replayed nor discarded; each worker counts all of "
    "them.",
)
PAGES_WRITTEN: Final = PIPELINE.counter("ledger_pages_written", "Ledger pages written.")
PAGES_REMOVED: Final = PIPELINE.counter(
    "ledger_pages_removed", "Ledger pages removed, because their day is past the horizon."
)
DESK_ENTRIES_WRITTEN: Final = PIPELINE.counter(
    "desk_entries_written", "Entries of the desk written or removed."
)
READY: Final = PIPELINE.gauge(
    "ready", "1 when the ledger of the owned partitions is recovered, else 0."
)
LOOP_LAG: Final = PIPELINE.gauge(
    "loop_lag_seconds", "The longest that the worker's loop was late in the last minute."
)
KAFKA_UP: Final = PIPELINE.gauge(
    "kafka_up",
    "1 when Kafka answered in the last 10 seconds, else 0: the scores become outdated meanwhile.",
)
KAFKA_LAST_ANSWER: Final = PIPELINE.gauge(
    "kafka_last_answer_timestamp_seconds", "When Kafka answered last; absent before the first time."
)
LAG: Final = PIPELINE.gauge(
    "lag_records",
    "Consumer lag: records not processed yet; absent while Kafka does not answer.",
    "source",
    "partition",
)
LAG_SECONDS: Final = PIPELINE.gauge(
    "lag_seconds",
    "How long the oldest record that is not processed yet has waited, to the second; 0 when none "
    "waits; absent while Kafka does not answer.",
    "source",
    "partition",
)
HANDLED_OFFSET: Final = PIPELINE.gauge(
    "handled_offset",
    "Offset before which every record is processed; absent while Kafka does not answer.",
    "source",
    "partition",
)
PARTITIONS: Final = PIPELINE.gauge(
    "partitions", "Partitions of each input topic, which all workers share."
)
ASSIGNED: Final = PIPELINE.gauge(
    "assigned_partitions",
    "Partitions whose clients this worker scores; 0 until their ledger is recovered.",
)
REBALANCES: Final = PIPELINE.counter(
    "rebalances", "Rebalances of the consumer group that gave this worker its partitions."
)
COMMITS: Final = PIPELINE.counter(
    "commits",
    "Commits of consumer offsets by outcome: done, or failed; one fails when a rebalance is first.",
    "outcome",
)
COMMIT_SECONDS: Final = PIPELINE.counter(
    "commit_seconds", "Time that Kafka took to answer all commits."
)
STAGE_RECORDS: Final = PIPELINE.counter(
    "stage_records",
    "Records that passed a stage: decode, fold (joined into ledger pages) or write (acknowledged).",
    "stage",
)
STAGE_SECONDS: Final = PIPELINE.counter(
    "stage_seconds",
    "Time that chunks of records spent in a stage; several are decoded at the same time.",
    "stage",
)
STORE_BYTES: Final = PIPELINE.gauge("store_bytes", "Size of the data directory on disk.")
STORE_FREE_BYTES: Final = PIPELINE.gauge(
    "store_free_bytes", "Room that is left on the file system of the data directory."
)
EVALUATED: Final = PIPELINE.gauge(
    "evaluated_timestamp_seconds",
    "When the scores were last brought up to date; 0 before the first.",
)
EVALUATION: Final = PIPELINE.gauge("evaluation_seconds", "How long the last evaluation took.")
RECOVERY_REMAINING: Final = PIPELINE.gauge(
    "recovery_remaining_records",
    "Records of the changelog that a recovery has yet to read; 0 when none is going on.",
)
RECOVERY_PAGES: Final = PIPELINE.gauge(
    "recovery_pages", "Ledger pages that the last recovery, or the one that goes on, has read."
)
RECOVERY: Final = PIPELINE.gauge(
    "recovery_seconds",
    "Time from partition assignment to a recovered ledger, at the last start or rebalance.",
)
