"""Operator commands on Kafka's topics and on the released contracts."""

from rapport_schemas.faces import lazy

__all__ = [
    "DeadLetterFilter",
    "DeadLetterRecord",
    "DeadLetterStore",
    "DeadLettersError",
    "HandledCounts",
    "HistoryFile",
    "RecordPosition",
    "UnmatchedName",
    "collect_history",
    "current_client",
    "last_days",
    "read_registry",
    "released_contracts",
    "unmatched_names",
    "write_history",
    "write_registry",
    "write_release",
]
__getattr__ = lazy(
    __name__,
    {
        "DeadLetterFilter": "dead_letter",
        "DeadLetterRecord": "dead_letter",
        "DeadLetterStore": "dead_letter_store",
        "DeadLettersError": "dead_letter",
        "HandledCounts": "dead_letter_store",
        "HistoryFile": "openmetrics_file",
        "RecordPosition": "dead_letter",
        "UnmatchedName": "unmatched_clients",
        "collect_history": "backfill",
        "current_client": "unmatched_clients",
        "last_days": "backfill",
        "read_registry": "registry",
        "released_contracts": "contract_releases",
        "unmatched_names": "unmatched_clients",
        "write_history": "openmetrics_file",
        "write_registry": "registry",
        "write_release": "contract_releases",
    },
)
