"""`rapport assets`: writes rules, dashboards, templates and examples from the installed package."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rapport_schemas.wire.errors import RapportError


def assets(
    output: Annotated[Path, typer.Option(help="The directory; it is made if need be.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were changed since.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Write what runs beside the worker: rules, dashboards, Alertmanager's files, examples.

    A file that is there with other content is not replaced without --force, and then nothing is
    written.

    Examples:  rapport assets --output monitoring  ·  rapport assets --output monitoring --force
    """
    from rapport.monitoring.render import render_assets

    files = {output / path: text for path, text in render_assets().items()}
    differing = [path for path, text in files.items() if path.exists() and _text(path) != text]
    if differing and not force:
        raise RapportError(
            f"{', '.join(map(str, differing))} were changed; nothing is written. --force replaces "
            "them, another --output keeps them"
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    typer.echo(json.dumps([*map(str, files)], indent=2) if as_json else "\n".join(map(str, files)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
