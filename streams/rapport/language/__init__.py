"""Language: what Rapport says, in sentences of each language, from one text file a language."""

from rapport_schemas.faces import lazy

__all__ = [
    "Language",
    "describe_benchmark",
    "describe_change",
    "describe_concern",
    "describe_extras",
    "describe_it_activity",
    "describe_purchases",
    "describe_score",
    "describe_shared_concern",
    "find_language",
    "language_codes",
    "missing_texts",
    "purchase_notes",
    "purchase_reason",
    "score_announcement",
    "score_reason",
    "state_announcement",
    "top_reason",
]
__getattr__ = lazy(
    __name__,
    {
        "Language": "language",
        "describe_benchmark": "narrative",
        "describe_shared_concern": "concerns",
        "describe_concern": "concerns",
        "describe_change": "narrative",
        "describe_extras": "narrative",
        "describe_it_activity": "narrative",
        "describe_purchases": "narrative",
        "describe_score": "narrative",
        "find_language": "language",
        "language_codes": "codes",
        "missing_texts": "contract_text",
        "purchase_notes": "contract_text",
        "purchase_reason": "contract_text",
        "score_announcement": "announcements",
        "score_reason": "contract_text",
        "state_announcement": "announcements",
        "top_reason": "contract_text",
    },
)
