"""The registry, and what arrived for nobody, as tables in a terminal."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.admin.unmatched_clients import UnmatchedName, current_client
from rapport.cli.terminal.escape import printable
from rapport.domain.clients import Client, Directory

SOURCES_SHOWN = 3


def clients_table(clients: Iterable[Client]) -> Table:
    """Return one row a client."""
    table = _table("id", "name", "owner", "also known as")
    for client in clients:
        row = (client.id, client.name, client.owner, ", ".join(client.aliases))
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def unmatched_table(strangers: Iterable[UnmatchedName], directory: Directory) -> Table:
    """Return one row a name that is no client's, in the order given."""
    table = _table("name", "events", "sources", "first (UTC)", "last (UTC)", "by now")
    for stranger in strangers:
        sources = [name or "?" for name, _ in stranger.sources.most_common(SOURCES_SHOWN)]
        more = len(stranger.sources) - len(sources)
        row = (
            stranger.name or "(no name)",
            f"{stranger.letters:,}",
            ", ".join(sources) + (f" and {more} more" if more else ""),
            f"{stranger.first:%Y-%m-%d %H:%M}",
            f"{stranger.last:%Y-%m-%d %H:%M}",
            current_client(directory, stranger) or "",
        )
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _table(*names: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in names:
        right = name == "events"
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table
