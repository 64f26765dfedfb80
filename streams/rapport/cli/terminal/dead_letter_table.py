"""Dead letters in a terminal: a table, a count, and one letter whole, with nothing that runs."""

from collections import Counter
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.admin.dead_letter import DeadLetterRecord, lines
from rapport.cli.terminal.escape import printable
from rapport_schemas.wire.rejection import REASONS

FAMILY = "rapport."


def dead_letter_table(letters: Iterable[DeadLetterRecord]) -> Table:
    """Return one row a letter."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in ("place", "set aside (UTC)", "reason"):
        table.add_column(name, no_wrap=True)
    for name in ("source, type", "client", "where and what"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        table.add_row(*(Text(printable(cell, keep="\n")) for cell in _cells(letter)))
    return table


def _cells(letter: DeadLetterRecord) -> tuple[str, ...]:
    return (
        str(letter.place),
        f"{letter.at:%Y-%m-%d %H:%M:%S}",
        letter.why.reason,
        f"{letter.source}\n{letter.type.removeprefix(FAMILY)}".strip(),
        letter.client,
        f"{letter.why.path}: {letter.why.detail}".removeprefix(": "),
    )


def count_table(counts: Counter[str]) -> Table:
    """Return one row a reason, the most frequent first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("letters", justify="right")
    table.add_column("reason")
    table.add_column("which means")
    for reason, count in counts.most_common():
        table.add_row(f"{count:,}", reason, REASONS.get(reason, ""))
    return table


def dead_letter_text(letter: DeadLetterRecord, done: str | None) -> str:
    """Return everything about a letter as lines of plain text, its value last."""
    *short, (_, value) = lines(letter, done)
    width = max(len(printable(name)) for name, _ in short)
    rows = [f"{printable(name):{width}}  {printable(text)}" for name, text in short]
    return "\n".join([*rows, "", printable(value, keep="\n")])
