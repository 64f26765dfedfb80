"""`rapport render`: writes rules, dashboards and pages from the catalogue, or checks them."""

import difflib
from pathlib import Path
from typing import Annotated

import typer

from rapport_schemas.wire.errors import RapportError


def render(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if stale.")] = False,
    root: Annotated[Path, typer.Option(help="The repository.")] = Path(),
) -> None:
    """Write every generated file, or with --check report the stale ones.

    Examples:  rapport render  ·  rapport render --check
    """
    from rapport.monitoring.render import render as render_catalogue
    from rapport_schemas.docs.render import render_json_schemas

    schemas = {f"schemas/json/{name}": text for name, text in render_json_schemas().items()}
    files = {**render_catalogue(), **schemas}
    stale = {path: text for path, text in files.items() if _current(root / path) != text}
    if not check:
        for path, text in stale.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        typer.echo(f"{len(files)} files, {len(stale)} written")
    elif stale:
        for path, text in stale.items():
            lines = difflib.unified_diff(
                _current(root / path).splitlines(),
                text.splitlines(),
                path,
                f"{path} (rendered)",
                n=1,
            )
            typer.echo("\n".join(lines))
        raise RapportError(f"stale: {', '.join(stale)}; run `rapport render`")


def _current(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
