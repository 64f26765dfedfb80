"""`rapport fleet`: priorities over all clients, and the participation of IT's roles."""

import json
from typing import Annotated
from urllib.parse import urlencode

import typer

from rapport.cli.options import (
    CaFile,
    Language,
    PasswordFile,
    Url,
    User,
    web_access,
    worker_url,
)
from rapport.language.codes import DEFAULT


def fleet(
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rank clients by impact, and show which IT roles meet them.

    Example:  rapport fleet --lang nl
    """
    from rapport.web.client import fetch_json

    access = web_access(ca_file, user, password_file)
    answer = fetch_json(f"{worker_url(url)}/fleet?{urlencode({'lang': lang})}", access)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    for line in answer["text"]:
        typer.echo(line)
