"""The fleet as a table in a terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.streams.shell.printable import printable

STATE_STYLES = {"alert": "bold red", "watch": "yellow", "clear": ""}


def fleet_table(fleet: list[dict[str, Any]]) -> Table:
    """Return the table of `/clients`, worst first as the worker orders it."""
    table = Table(
        title="Relationship health",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("client", min_width=8)
    for name in ("trust", "engage-\nment", "confi-\ndence"):
        table.add_column(name, justify="right", min_width=6)
    table.add_column("outside\nseen / due", justify="right", min_width=10, no_wrap=True)
    table.add_column("outside\nspend 28 d", justify="right", min_width=10)
    table.add_column("top reason", min_width=12)
    for client in fleet:
        table.add_row(*_cells(client), style=STATE_STYLES[client["purchases"]["state"]])
    return table


def _cells(client: dict[str, Any]) -> list[Text]:
    purchases = client["purchases"]
    spend = ", ".join(f"{cur} {amount}" for cur, amount in purchases["spend"].items())
    return [
        Text(printable(client["name"])),
        _percent(client["trust"]["value"]),
        _percent(client["engagement"]["value"]),
        _percent(client["trust"]["confidence"]),
        Text(f"{purchases['observed']} / {purchases['expected']:.1f}"),
        Text(spend or "0"),
        Text(client["reason"]),
    ]


def _percent(value: float | None) -> Text:
    return Text("too little" if value is None else f"{value * 100:.0f}")
