"""The scores of one client on one day, from decayed sums under a compiled policy."""

from rapport_schemas.faces import lazy

__all__ = [
    "COMBINED",
    "ClientHealth",
    "CompiledPolicy",
    "Criterion",
    "Facet",
    "Group",
    "ItActivity",
    "Maturity",
    "Part",
    "Participation",
    "Score",
    "WeeklyReading",
    "Withheld",
    "it_activity",
    "maturity_index",
    "weekly_reading",
]
__getattr__ = lazy(
    __name__,
    {
        "COMBINED": "small_groups",
        "ClientHealth": "evaluate",
        "CompiledPolicy": "compiled_policy",
        "Criterion": "maturity",
        "Facet": "knowledge",
        "Group": "participation",
        "ItActivity": "participation",
        "Maturity": "maturity",
        "Part": "score",
        "Participation": "participation",
        "Score": "score",
        "WeeklyReading": "evaluate",
        "Withheld": "score",
        "it_activity": "participation",
        "maturity_index": "maturity",
        "weekly_reading": "evaluate",
    },
)
