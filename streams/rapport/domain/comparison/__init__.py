"""Comparison of scores with earlier weeks, peers and targets, and the backtest."""

from rapport_schemas.faces import lazy

__all__ = [
    "LOWER_IS_BETTER",
    "TARGETS",
    "WEEK_END_FIELDS",
    "Benchmark",
    "DayEnd",
    "PastScores",
    "PeerScores",
    "StoredFact",
    "gap_of",
    "replay_history",
]
__getattr__ = lazy(
    __name__,
    {
        "Benchmark": "benchmark",
        "DayEnd": "backtest",
        "LOWER_IS_BETTER": "benchmark",
        "PastScores": "past_scores",
        "PeerScores": "benchmark",
        "StoredFact": "backtest",
        "TARGETS": "benchmark",
        "WEEK_END_FIELDS": "past_scores",
        "gap_of": "benchmark",
        "replay_history": "backtest",
    },
)
