"""`rapport clients`: the fleet of a running worker, as a table or JSON."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def clients(
    url: Annotated[str, typer.Option(help="The worker's address.")] = "http://127.0.0.1:9464",
    ca_file: Annotated[
        Path | None, typer.Option(help="The authority that issued the worker's certificate.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="A user of the worker's web configuration.")] = (
        None
    ),
    password_file: Annotated[
        Path | None, typer.Option(help="Where the user's password is; else RAPPORT_WEB_PASSWORD.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every client: trust, engagement, outside purchases and the top reason.

    Example:  rapport clients --url http://127.0.0.1:9464
    """
    from rich.console import Console

    from rapport.streams.shell.fetch import WebAccess, fetch_json
    from rapport.streams.shell.fleet_table import fleet_table

    access = WebAccess(ca_file)
    if user is not None:
        access = WebAccess(ca_file, user, _password(password_file))
    fleet = fetch_json(f"{url}/clients", access)
    if as_json:
        typer.echo(json.dumps(fleet, indent=2))
    else:
        Console().print(fleet_table(fleet))


def _password(file: Path | None) -> Any:
    from rapport.streams.shell.secrets import secret_of_environment, secret_of_file

    if file is not None:
        return secret_of_file(file, "--password-file")
    return secret_of_environment("RAPPORT_WEB_PASSWORD", "the password for --user")
