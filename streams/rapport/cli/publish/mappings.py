"""`rapport import --list`, `--show` and `--guess`: presets and mappings of files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rapport.importers.mapping.schema import Kind


def list_presets(as_json: bool) -> None:
    """Print the presets with the columns that each needs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rapport.importers.mapping.needed_columns import column_needs, needs_text
    from rapport.importers.mapping.presets import preset, preset_names

    presets = {name: preset(name) for name in preset_names()}
    needs = {name: column_needs(mapping) for name, mapping in presets.items()}
    if as_json:
        rows = [
            {
                "name": name,
                "kind": mapping.kind,
                "title": mapping.title,
                "columns": [need._asdict() for need in needs[name]],
            }
            for name, mapping in presets.items()
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(show_lines=True)
    table.add_column("preset", no_wrap=True)
    for heading in ("kind", "reads", "columns that a file must have"):
        table.add_column(heading)
    for name, one in presets.items():
        cells = (name, one.kind, one.title, needs_text(needs[name]))
        table.add_row(*map(Text, cells))
    Console().print(table)
    typer.echo(
        "--show PRESET prints all its columns; --list --json names what is lost without each"
    )


def show_preset(name: str, output: Path | None) -> None:
    """Print a preset, or write it to a file of the reader's own."""
    from rapport.importers.errors import UnknownMapping
    from rapport.importers.mapping.presets import preset_text

    try:
        text = preset_text(name)
    except UnknownMapping as error:
        raise typer.BadParameter(str(error)) from error
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write_new(output, text)
        typer.echo(f"written to {output}; use it with --mapping {output}", err=True)


def _refuse_existing(path: Path) -> None:
    """Refuse a file that is there already: a changed mapping is never lost."""
    if path.exists():
        raise typer.BadParameter(
            f"{path} is there already and was not changed; give --output another name"
        )


def _write_new(path: Path, text: str) -> None:
    _refuse_existing(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}") from None


def guess_mapping(
    path: Path, kind: "Kind | None", output: Path | None, zone: str | None, as_json: bool
) -> None:
    """Print the mapping that is proposed for a file, and its first rows; write it to `output`."""
    from rich.console import Console

    from rapport.cli.terminal.preview_table import preview_table
    from rapport.importers.inference.infer import guess
    from rapport.importers.inference.preview import preview

    if output is not None:
        _refuse_existing(output)
    proposal = guess(path, kind, zone)
    try:
        lines = preview(path, proposal.mapping) if proposal.mapping else []
    except RapportError as error:
        proposal.notes.append(str(error))
        lines = []
    if output is not None:
        _write_new(output, proposal.text)
    if as_json:
        document = {
            "kind": proposal.kind,
            "mapping": proposal.text,
            "notes": proposal.notes,
            "rows": lines,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    if output is None:
        typer.echo(proposal.text)
    console = Console(stderr=True)
    for note in proposal.notes:
        console.print(f"check: {note}", style="yellow", markup=False, highlight=False)
    console.print(preview_table(lines))
    console.print(
        f"written to {output}" if output else "--output FILE keeps the mapping", markup=False
    )
