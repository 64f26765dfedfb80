"""`rapport fleet`: what to do first over all clients, and what they say of IT's own roles."""

import json
from typing import Annotated
from urllib.parse import urlencode

import typer


def fleet(
    lang: Annotated[str, typer.Option(help="en or nl.")] = "en",
    url: Annotated[str, typer.Option(help="The worker's address.")] = "http://127.0.0.1:9464",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where a gap to the target is met by most contacts, and who of IT takes part.

    Example:  rapport fleet --lang nl
    """
    from rapport.web.client import fetch_json

    answer = fetch_json(f"{url}/fleet?{urlencode({'lang': lang})}")
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    for line in answer["text"]:
        typer.echo(line)
