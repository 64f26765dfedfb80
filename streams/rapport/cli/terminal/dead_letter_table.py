"""Terminal output of dead letters: a table, counts by reason, and one dead letter in full."""

from collections import Counter
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.admin.dead_letter import DeadLetterRecord, describe
from rapport.cli.terminal.escape import printable
from rapport_schemas.wire.rejection import REASONS

FAMILY = "rapport."


def dead_letter_table(dead_letters: Iterable[DeadLetterRecord]) -> Table:
    """Return a table with one row for each dead letter."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in ("position", "written (UTC)", "reason"):
        table.add_column(name, no_wrap=True)
    for name in ("source, type", "client", "where and what"):
        table.add_column(name, overflow="fold")
    for dead_letter in dead_letters:
        table.add_row(*(Text(printable(cell, keep="\n")) for cell in _cells(dead_letter)))
    return table


def _cells(dead_letter: DeadLetterRecord) -> tuple[str, ...]:
    return (
        str(dead_letter.position),
        f"{dead_letter.at:%Y-%m-%d %H:%M:%S}",
        dead_letter.why.reason,
        f"{dead_letter.source}\n{dead_letter.type.removeprefix(FAMILY)}".strip(),
        dead_letter.client,
        f"{dead_letter.why.path}: {dead_letter.why.detail}".removeprefix(": "),
    )


def count_table(counts: Counter[str]) -> Table:
    """Return a table with one row for each reason, the most frequent first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("dead letters", justify="right")
    table.add_column("reason")
    table.add_column("which means")
    for reason, count in counts.most_common():
        cells = (reason, REASONS.get(reason, ""))
        table.add_row(f"{count:,}", *(Text(printable(cell)) for cell in cells))
    return table


def dead_letter_text(dead_letter: DeadLetterRecord, outcome: str | None) -> str:
    """Return every field of a dead letter as lines of plain text, its value last."""
    *short, (_, value) = describe(dead_letter, outcome)
    width = max(len(printable(name)) for name, _ in short)
    rows = [f"{printable(name):{width}}  {printable(text)}" for name, text in short]
    return "\n".join([*rows, "", printable(value, keep="\n")])
