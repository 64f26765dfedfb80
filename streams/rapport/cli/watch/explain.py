"""`rapport explain`: what is wrong with a client, its scores, and what changed them."""

import json
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from rapport.cli.options import (
    CaFile,
    Language,
    PasswordFile,
    Url,
    User,
    check_since,
    web_access,
    worker_url,
)
from rapport.language.codes import DEFAULT


def explain(
    client: Annotated[str, typer.Argument(help="The client's id, alias or name.")],
    since: Annotated[
        str | None, typer.Option(help="Also show what changed since then: days as 7d, weeks as 2w.")
    ] = None,
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, exact to the unit.")] = False,
) -> None:
    """Show a client's state, what is wrong and what to do; then each score and what changed it.

    Examples:  rapport explain finance  ·  rapport explain finance --since 7d --lang nl
    """
    from rapport.web.client import fetch_json

    check_since(since)
    query = urlencode({"lang": lang} | ({} if since is None else {"since": since}))
    access = web_access(ca_file, user, password_file)
    answer = fetch_json(
        f"{worker_url(url)}/clients/{quote(client, safe='')}/explanation?{query}", access
    )
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    typer.echo(answer["title"])
    for part in (answer["verdict"], *answer["scores"], answer["purchases"]):
        typer.echo()
        for line in part["text"]:
            typer.echo(line)
