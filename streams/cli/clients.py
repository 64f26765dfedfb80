"""`rapport clients`: the fleet of a running worker, as a table or JSON."""

import json
from typing import Annotated

import typer

from rapport.streams.cli.options import CaFile, PasswordFile, User, web_access


def clients(
    url: Annotated[str, typer.Option(help="The worker's address.")] = "http://127.0.0.1:9464",
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every client: trust, engagement, outside purchases and the top reason.

    Example:  rapport clients --url http://127.0.0.1:9464
    """
    from rich.console import Console

    from rapport.streams.shell.fetch import fetch_json
    from rapport.streams.shell.fleet_table import FleetTable

    fleet = fetch_json(f"{url}/clients", web_access(ca_file, user, password_file))
    if as_json:
        typer.echo(json.dumps(fleet, indent=2))
    else:
        Console().print(FleetTable(fleet))
