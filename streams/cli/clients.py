"""`rapport clients`: the fleet of a running worker, as a table or JSON."""

import json
from typing import Annotated

import typer


def clients(
    url: Annotated[str, typer.Option(help="The worker's address.")] = "http://127.0.0.1:9464",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every client: trust, engagement, outside purchases and the top reason.

    Example:  rapport clients --url http://127.0.0.1:9464
    """
    from rich.console import Console

    from rapport.streams.shell.fetch import fetch_json
    from rapport.streams.shell.fleet_table import fleet_table

    fleet = fetch_json(f"{url}/clients")
    if as_json:
        typer.echo(json.dumps(fleet, indent=2))
    else:
        Console().print(fleet_table(fleet))
