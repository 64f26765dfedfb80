"""`rapport clients groups`: the scores of each group and each owner together."""

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from rapport.cli.options import CaFile, Language, PasswordFile, Url, User, web_access, worker_url
from rapport.cli.terminal.escape import printable
from rapport.language.codes import DEFAULT

if TYPE_CHECKING:
    from rapport.language.language import Language as Texts

INDENT = "  "


def groups(
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show each group and each owner: the scores of its clients together, weighed by size.

    Clients without a known score, and those whose score is withheld because few people answered,
    are left out. It says how many count.

    Examples:  rapport clients groups  ·  rapport clients groups --lang nl
    """
    from rapport.language.language import find_language
    from rapport.web.client import fetch_json

    access = web_access(ca_file, user, password_file)
    answer = fetch_json(f"{worker_url(url)}/groups?{urlencode({'lang': lang})}", access)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    language = find_language(lang)
    for kind, label in (("groups", "group_label"), ("owners", "owner_label")):
        if answer[kind]:
            typer.echo(f"{language.text(label)}:")
        for one in answer[kind]:
            _print(one, language)


def _print(together: dict[str, Any], language: "Texts") -> None:
    depth = len(together["name"])
    states = (f"{n} {language.states[name]}" for name, n in together["states"].items() if n)
    shown = language.text("clients_shown", count=together["scored"], total=together["clients"])
    told = f"{together['name'][-1]}: {shown}: {', '.join(states)}"
    typer.echo(INDENT * depth + printable(told.removesuffix(": ")))
    for line in together["text"]:
        typer.echo(INDENT * (depth + 1) + printable(line))
