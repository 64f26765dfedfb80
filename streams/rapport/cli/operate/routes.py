"""`rapport routes`: renders Alertmanager's configuration from a table of teams."""

from pathlib import Path
from typing import Annotated

import typer


def routes(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The table of teams, as TOML.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of the terminal.")
    ] = None,
) -> None:
    """Render alertmanager.yml from a table of teams: alerts, receivers and languages.

    Put it beside the folder `alertmanager/templates` that `rapport assets` writes. Nothing is
    written when the table is invalid.

    Examples:  rapport routes routing.toml --output alertmanager.yml  ·  rapport routes routing.toml
    """
    from rapport.monitoring.alertmanager.config import alertmanager_config
    from rapport.monitoring.alertmanager.routing import RoutingError, parse_routing
    from rapport.runtime.toml_file import read_text

    text = read_text(file, "the table of teams", RoutingError)
    config = alertmanager_config(parse_routing(text, str(file)))
    if output is None:
        typer.echo(config, nl=False)
    else:
        output.write_text(config, encoding="utf-8")
        typer.echo(f"{output} is written; amtool check-config {output} checks it")
