"""`rapport fleet`: priorities over all clients, and the participation of IT's roles."""

import json
from typing import Annotated
from urllib.parse import urlencode

import typer


def fleet(
    lang: Annotated[str, typer.Option(help="en or nl.")] = "en",
    url: Annotated[str, typer.Option(help="The worker's address.")] = "http://127.0.0.1:9464",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the largest gaps to the target by contacts, and which roles of IT take part.

    Example:  rapport fleet --lang nl
    """
    from rapport.web.client import fetch_json

    answer = fetch_json(f"{url}/fleet?{urlencode({'lang': lang})}")
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    for line in answer["text"]:
        typer.echo(line)
