"""Import of tickets, purchases and surveys from exports, by a mapping and a journal."""

from rapport_schemas.faces import lazy

__all__ = [
    "Job",
    "Message",
    "SourceInUse",
    "SourceRecord",
    "Summary",
    "default_state",
    "event_id",
    "find_mapping",
    "guess",
    "open_records",
    "preset",
    "preset_names",
    "preview",
    "report_lines",
    "run_job",
    "with_options",
]
__getattr__ = lazy(
    __name__,
    {
        "Job": "run",
        "Message": "sync.messages",
        "SourceRecord": "rows.row",
        "SourceInUse": "errors",
        "Summary": "summary",
        "default_state": "run",
        "event_id": "rows.row",
        "find_mapping": "mapping.presets",
        "guess": "inference.infer",
        "open_records": "rows.reader",
        "preset": "mapping.presets",
        "preset_names": "mapping.presets",
        "preview": "inference.preview",
        "report_lines": "summary",
        "run_job": "run",
        "with_options": "run",
    },
)
