"""Rule-based detection of signals in free text, its vocabulary, its evaluation and its counts."""

from rapport_schemas.faces import lazy

__all__ = [
    "SIGNALS",
    "TEXT_LENGTH_MAX",
    "LabelledText",
    "Quality",
    "SignalCount",
    "SignalDay",
    "SignalNames",
    "Verdict",
    "Vocabulary",
    "VocabularyError",
    "compile_vocabulary",
    "extend_vocabulary",
    "find_signals",
    "judge_texts",
    "measure_quality",
    "read_labelled",
    "read_vocabulary",
    "signal_counts",
    "signals_by_day",
]
__getattr__ = lazy(
    __name__,
    {
        "LabelledText": "evaluation",
        "Quality": "evaluation",
        "SIGNALS": "counts",
        "SignalCount": "counts",
        "SignalDay": "counts",
        "SignalNames": "finder",
        "TEXT_LENGTH_MAX": "tokens",
        "Verdict": "evaluation",
        "Vocabulary": "finder",
        "VocabularyError": "vocabulary",
        "compile_vocabulary": "finder",
        "extend_vocabulary": "vocabulary",
        "find_signals": "finder",
        "judge_texts": "evaluation",
        "measure_quality": "evaluation",
        "read_labelled": "evaluation",
        "read_vocabulary": "vocabulary",
        "signal_counts": "counts",
        "signals_by_day": "counts",
    },
)
