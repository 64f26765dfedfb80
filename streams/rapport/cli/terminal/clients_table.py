"""Terminal tables of the registry and of unmatched client names."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.admin.unmatched_clients import UnmatchedName, current_client
from rapport.cli.terminal.escape import printable
from rapport.domain.clients.registry import Client, Directory

SOURCES_SHOWN = 3


def clients_table(clients: Iterable[Client]) -> Table:
    """Return a table with one row for each client."""
    table = _table("id", "name", "owner", "also known as")
    for client in clients:
        row = (client.id, client.name, client.owner, ", ".join(client.aliases))
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def unmatched_table(names: Iterable[UnmatchedName], directory: Directory) -> Table:
    """Return a table with one row for each name, in the order of `names`."""
    table = _table("name", "events", "sources", "first (UTC)", "last (UTC)", "by now")
    for name in names:
        sources = [source or "?" for source, _ in name.sources.most_common(SOURCES_SHOWN)]
        more = len(name.sources) - len(sources)
        row = (
            name.name or "(no name)",
            f"{name.count:,}",
            ", ".join(sources) + (f" and {more} more" if more else ""),
            f"{name.first:%Y-%m-%d %H:%M}",
            f"{name.last:%Y-%m-%d %H:%M}",
            current_client(directory, name) or "",
        )
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _table(*names: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in names:
        right = name == "events"
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table
