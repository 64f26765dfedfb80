"""The fleet as a table in a terminal."""

from typing import Any

from rich.table import Table
from rich.text import Text

STATE_STYLES = {"alert": "bold red", "watch": "yellow", "clear": ""}


def fleet_table(fleet: list[dict[str, Any]]) -> Table:
    """Return the table of `/clients`, worst first as the worker orders it."""
    table = Table(title="Relationship health", title_justify="left", expand=False)
    table.add_column("client", no_wrap=True)
    for name in ("trust", "engagement", "confidence"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("outside purchases\nobserved / expected", justify="right", no_wrap=True)
    table.add_column("outside spend, 28 d", justify="right", no_wrap=True)
    table.add_column("top reason", overflow="fold")
    for client in fleet:
        table.add_row(*_cells(client), style=STATE_STYLES[client["purchases"]["state"]])
    return table


def _cells(client: dict[str, Any]) -> list[Text]:
    purchases = client["purchases"]
    spend = ", ".join(f"{cur} {amount}" for cur, amount in purchases["spend"].items())
    return [
        Text(client["name"]),
        _percent(client["trust"]["value"]),
        _percent(client["engagement"]["value"]),
        _percent(client["trust"]["confidence"]),
        Text(f"{purchases['observed']} / {purchases['expected']:.1f}"),
        Text(spend or "0"),
        Text(client["reason"]),
    ]


def _percent(value: float | None) -> Text:
    return Text("too little" if value is None else f"{value * 100:.0f}")
