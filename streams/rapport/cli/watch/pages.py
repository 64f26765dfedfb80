"""`rapport pages`: the address of a running worker's pages, or all of them as files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from rapport.cli.options import CaFile, PasswordFile, Url, User, web_access, worker_url

if TYPE_CHECKING:
    from rapport.web.client import WebAccess


def pages(
    client: Annotated[
        str | None, typer.Argument(help="The client's id or name; default: the fleet.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write every page into this directory instead, as files.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the address of the pages, open them, or write them as files to share.

    Examples:  rapport pages  ·  rapport pages finance --open  ·  rapport pages --output fleet/
    """
    from rapport.web.client import fetch, fetch_json, find_client_id

    url, access = worker_url(url), web_access(ca_file, user, password_file)
    if output is not None:
        if client is not None:
            raise typer.BadParameter("--output writes the whole fleet; leave the client out")
        _write(output, url, access, as_json)
        return
    address = f"{url}/"
    if client is not None:
        client_id = find_client_id(fetch_json(f"{url}/clients", access), client)
        address = f"{url}/pages/{quote(client_id, safe='')}"
    fetch(address, access)
    typer.echo(json.dumps({"address": address}) if as_json else address)
    if open_:
        typer.launch(address)


def _write(output: Path, url: str, access: "WebAccess", as_json: bool) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from rapport.web.client import fetch, fetch_json
    from rapport.web.pages.export import export, files_of

    clients = [client["id"] for client in fetch_json(f"{url}/clients", access)]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("pages", total=files_of(clients))
        for _ in export(output, clients, lambda path: fetch(f"{url}{path}", access)):
            progress.advance(task)
    first = str(output / "index.html")
    typer.echo(json.dumps({"file": first, "files": files_of(clients)}) if as_json else first)
