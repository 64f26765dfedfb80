"""The first rows of a file as a table of events."""

from typing import Any

from rich.table import Table
from rich.text import Text

from rapport.cli.terminal.escape import printable


def preview_table(lines: list[dict[str, Any]]) -> Table:
    """Return the lines of a preview as a table; a cell of the file is no markup."""
    table = Table("line", "event", "time", "client", "what")
    for line in lines:
        what = ", ".join(f"{name}={value}" for name, value in line["data"].items())
        cells = (str(line["line"]), line["event"], line["time"], line["client"], what)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table
