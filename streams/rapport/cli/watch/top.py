"""`rapport top`: the fleet of a running worker, live."""

import contextlib
from typing import Annotated

import typer

from rapport.cli.options import CaFile, PasswordFile, Url, User, web_access, worker_url


def top(
    every: Annotated[
        float, typer.Option(help="Seconds between two polls.", min=0.2, max=3600)
    ] = 2.0,
    count: Annotated[
        int | None, typer.Option(help="Stop after this many polls; default: at q or Ctrl-C.", min=1)
    ] = None,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON a poll.")] = False,
) -> None:
    """Show the fleet, the worst first, and refresh it until q or Ctrl-C.

    When the output is not a terminal, each poll prints a table.

    Examples:  rapport top  ·  rapport top --every 10  ·  rapport top --json --count 1
    """
    from rapport.cli.terminal.top import follow, print_lines
    from rapport.web.client import fetch_json

    url, access = worker_url(url), web_access(ca_file, user, password_file)
    show = print_lines if as_json else follow
    with contextlib.suppress(KeyboardInterrupt):
        show(lambda: fetch_json(f"{url}/clients", access), every, count)
