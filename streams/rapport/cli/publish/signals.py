"""`rapport signals`: finds signals in a text, and evaluates the vocabulary."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.options import Lang
from rapport_schemas.wire.errors import RapportError

app = typer.Typer(
    help="Find the four signals in free text.",
    no_args_is_help=True,
    epilog='Example:  rapport signals find "What does IT do?"',
)
VocabularyFile = Annotated[
    Path | None, typer.Option(help="A TOML file that extends the built-in vocabulary.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def find(
    text: Annotated[str | None, typer.Argument(help="The text; default: standard input.")] = None,
    lang: Annotated[Lang | None, typer.Option(help="Default: both are tried.")] = None,
    vocabulary: VocabularyFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the signals in a text, each with the words that matched.

    Example:  echo "We bought our own tool, IT was too slow" | rapport signals find
    """
    from rapport.domain.signals.finder import find_signals
    from rapport.domain.signals.tokens import TEXT_LENGTH_MAX
    from rapport.runtime.vocabulary_file import load_vocabulary
    from rapport_schemas.fields import TEXT_CHARACTERS_MAX

    read = sys.stdin.read(TEXT_CHARACTERS_MAX + 1) if text is None else text
    if not read.strip():
        raise RapportError("the text is empty; give one as an argument or on standard input")
    if len(read) > TEXT_CHARACTERS_MAX:
        raise RapportError(f"the text is longer than {TEXT_CHARACTERS_MAX} characters; shorten it")
    if len(read) > TEXT_LENGTH_MAX:
        typer.echo(f"only the first {TEXT_LENGTH_MAX} characters are read", err=True)
    signals = find_signals(read, load_vocabulary(vocabulary), lang and lang.value)
    if as_json:
        typer.echo(json.dumps([{"signal": one.name, "matched": one.matched} for one in signals]))
        return
    for one in signals:
        typer.echo(f"{one.name}: {' + '.join(one.matched)}")
    if not signals:
        typer.echo("no signal")


@app.command(hidden=True)
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON lines with text, lang and labels.")],
    vocabulary: VocabularyFile = None,
    as_json: AsJson = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List every miss and false alarm.")
    ] = False,
) -> None:
    """Measure signals on labelled texts; exit code 1 when a gate fails.

    The gates, per language and signal: precision at least 0.90, recall at least 0.60, and false
    alarms on at most 0.05 of the texts that have no label.

    Example:  rapport signals evaluate comments.jsonl --verbose
    """
    from rich.console import Console

    from rapport.cli.terminal.signal_table import fault_lines, quality_table
    from rapport.domain.signals.evaluation import judge_texts, measure_quality
    from rapport.domain.signals.finder import find_signals
    from rapport.runtime.vocabulary_file import load_labelled, load_vocabulary

    words = load_vocabulary(vocabulary)
    verdicts = judge_texts(load_labelled(file), lambda text, lang: find_signals(text, words, lang))
    rows = measure_quality(verdicts)
    if as_json:
        typer.echo(json.dumps([_as_json(row) for row in rows], indent=2))
    else:
        Console().print(quality_table(rows))
    if verbose:
        for line in fault_lines(verdicts):
            typer.echo(line, err=as_json)
    if not all(row.passed for row in rows):
        raise typer.Exit(1)


def _as_json(row: Any) -> dict[str, Any]:
    return {
        "language": row.language,
        "signal": row.signal,
        "support": row.support,
        "precision": row.precision,
        "recall": row.recall,
        "f1": row.f1,
        "hard_negatives": row.hard_negatives,
        "false_alarms": row.false_alarms,
        "passed": row.passed,
    }
