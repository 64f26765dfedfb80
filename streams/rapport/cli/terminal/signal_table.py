"""The quality of signals as a terminal table."""

from collections.abc import Iterable

from rich.table import Table

from rapport.domain.signals.evaluation import Quality, Verdict


def quality_table(rows: Iterable[Quality]) -> Table:
    """Return a table with one row for each language and signal, and whether its gates pass."""
    table = Table(box=None, pad_edge=False)
    for heading in ("language", "signal"):
        table.add_column(heading, no_wrap=True)
    for heading in ("texts", "precision", "recall", "F1", "alarms"):
        table.add_column(heading, justify="right")
    table.add_column("gates")
    for row in rows:
        ratios = (row.precision, row.recall, row.f1, row.false_alarms)
        table.add_row(
            row.language,
            row.signal,
            str(row.support),
            *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios),
            "pass" if row.passed else "[red]fail[/red]",
        )
    return table


def fault_lines(verdicts: Iterable[Verdict]) -> Iterable[str]:
    """Yield a line for each miss, and for each false alarm with the words that matched."""
    for verdict in verdicts:
        text = " ".join(verdict.labelled.text.split())
        for signal in verdict.missed():
            yield f"missed {signal} ({verdict.language}): {text}"
        for signal in verdict.false_alarms():
            words = " + ".join(verdict.detected[signal].matched)
            yield f"false alarm {signal} ({verdict.language}): {text}  <- {words}"
