"""The quality of signals as a table for a terminal."""

from collections.abc import Iterable

from rich.table import Table

from rapport.domain.signals.evaluation import Quality, Verdict


def quality_table(rows: Iterable[Quality]) -> Table:
    """Return one row per language and signal, with its gates' outcome."""
    table = Table(box=None, pad_edge=False)
    for heading in ("language", "signal"):
        table.add_column(heading, no_wrap=True)
    for heading in ("texts", "precision", "recall", "F1", "alarms"):
        table.add_column(heading, justify="right")
    table.add_column("gates")
    for row in rows:
        shares = (row.precision, row.recall, row.f1, row.false_alarms)
        table.add_row(
            row.language,
            row.signal,
            str(row.support),
            *("-" if share is None else f"{share:.2f}" for share in shares),
            "pass" if row.passed else "[red]fail[/red]",
        )
    return table


def fault_lines(verdicts: Iterable[Verdict]) -> Iterable[str]:
    """Return a line for every miss, and for every false alarm with the words that gave it."""
    for verdict in verdicts:
        text = " ".join(verdict.labelled.text.split())
        for signal in verdict.missed():
            yield f"missed {signal} ({verdict.language}): {text}"
        for signal in verdict.false_alarms():
            words = " + ".join(verdict.detected[signal].matched)
            yield f"false alarm {signal} ({verdict.language}): {text}  <- {words}"
