"""What makes rule files of alerts: options of an installation, recording rules, tests over time."""

from rapport_schemas.faces import lazy

__all__ = ["OVER_TIME", "RECORDS", "Record", "RuleOptions"]
__getattr__ = lazy(
    __name__,
    {
        "OVER_TIME": "over_time.catalogue",
        "RECORDS": "records",
        "Record": "records",
        "RuleOptions": "options",
    },
)
