"""The fleet as a table in a terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from rapport.cli.terminal.escape import printable

WIDE_COLUMNS = 160
SPEND_COLUMNS = 100
"""A narrower terminal has no column of spend."""
NAME_COLUMNS_MAX = 24
"""A longer name ends in an ellipsis: each client has one row. `--json` has it whole."""
STATES = {"act": "Act now", "watch": "Watch", "unknown": "Not known yet", "normal": "Normal"}
STATE_STYLES = {"act": "bold red", "watch": "yellow", "unknown": "", "normal": ""}


class FleetTable:
    """The table of `/clients`, the most urgent first, in the order of the worker.

    On a narrow terminal, what is wrong is below the table instead of in a column.
    """

    def __init__(self, fleet: list[dict[str, Any]]) -> None:
        self._fleet = fleet

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDE_COLUMNS
        yield self._table(spend=options.max_width >= SPEND_COLUMNS, concerns=wide)
        if not wide:
            for client in filter(_concern, self._fleet):
                name = Text(printable(client["name"]), style=_style(client) or "bold")
                name.truncate(NAME_COLUMNS_MAX, overflow="ellipsis")
                yield Text.assemble(name, ": ", _concern(client))

    def _table(self, *, spend: bool, concerns: bool) -> Table:
        table = Table(
            title="Relationship health",
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            collapse_padding=True,
        )
        table.add_column("client", min_width=8, max_width=NAME_COLUMNS_MAX, no_wrap=True)
        table.add_column("state", min_width=13)
        for name in ("trust", "engage-\nment"):
            table.add_column(name, justify="right", min_width=6)
        table.add_column("evidence", min_width=6)
        table.add_column("outside\nseen / due", justify="right", min_width=10, no_wrap=True)
        if spend:
            table.add_column("outside\nspend 28 d", justify="right", min_width=12)
        if concerns:
            table.add_column("what is wrong", min_width=12)
        for client in self._fleet:
            table.add_row(*_cells(client)[: len(table.columns)], style=_style(client))
        return table


def _style(client: dict[str, Any]) -> str:
    return STATE_STYLES[client["state"]]


def _concern(client: dict[str, Any]) -> str:
    """Return the client's largest concern; concerns of most clients are no client's own."""
    texts = (printable(one["text"]["en"]) for one in client["concerns"] if not one["fleet"])
    return next(texts, "")


def _cells(client: dict[str, Any]) -> list[Text]:
    purchases = client["purchases"]
    spend = ", ".join(f"{cur} {amount}" for cur, amount in purchases["spend"].items())
    return [
        Text(printable(client["name"])),
        Text(STATES[client["state"]]),
        _percent(client["trust"]["value"]),
        _percent(client["engagement"]["value"]),
        Text(client["trust"]["evidence"]["level"]),
        Text(f"{purchases['observed']} / {purchases['expected']:.1f}"),
        Text(spend or "0"),
        Text(_concern(client)),
    ]


def _percent(value: float | None) -> Text:
    return Text("-" if value is None else f"{value * 100:.0f}")
