"""`rapport desk`: what was recorded of a client."""

import json
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from rapport.cli.options import CaFile, Language, PasswordFile, Url, User, web_access, worker_url
from rapport.cli.terminal.escape import printable
from rapport.language.codes import DEFAULT


def desk(
    client: Annotated[str, typer.Argument(help="The client's id, alias or name.")],
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with the source of each entry.")
    ] = False,
) -> None:
    """Show what is known of a client, and what was promised, planned and noted.

    Examples:  rapport desk finance  ·  rapport desk finance --lang nl
    """
    from rapport.web.client import fetch_json

    access = web_access(ca_file, user, password_file)
    query = urlencode({"lang": lang})
    answer = fetch_json(f"{worker_url(url)}/clients/{quote(client, safe='')}/desk?{query}", access)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    typer.echo(printable(answer["name"]))
    for line in answer["text"]:
        typer.echo(printable(line))
