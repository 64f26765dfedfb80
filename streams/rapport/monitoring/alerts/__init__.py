"""Alerts as data: rule, texts in two languages, runbook entry, and the cases that test them."""

from rapport_schemas.faces import lazy

__all__ = [
    "ALERTS",
    "Alert",
    "Case",
    "PipelineAlert",
    "Runbook",
    "Slot",
    "Text",
]
__getattr__ = lazy(
    __name__,
    {
        "ALERTS": "catalogue",
        "Alert": "alert",
        "Case": "alert",
        "PipelineAlert": "alert",
        "Runbook": "alert",
        "Slot": "slots",
        "Text": "alert",
    },
)
