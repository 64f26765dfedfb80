"""Tables and live views in a terminal."""

from rapport_schemas.faces import lazy

__all__ = [
    "FleetTable",
    "clients_table",
    "count_table",
    "dead_letter_table",
    "dead_letter_text",
    "fault_lines",
    "follow",
    "print_lines",
    "printable",
    "quality_table",
    "unmatched_table",
]
__getattr__ = lazy(
    __name__,
    {
        "FleetTable": "fleet_table",
        "clients_table": "clients_table",
        "count_table": "dead_letter_table",
        "dead_letter_table": "dead_letter_table",
        "dead_letter_text": "dead_letter_table",
        "fault_lines": "signal_table",
        "follow": "top",
        "print_lines": "top",
        "printable": "escape",
        "quality_table": "signal_table",
        "unmatched_table": "clients_table",
    },
)
