"""`rapport today`: which clients need you, what is overdue, and what went well."""

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from rapport.cli.options import CaFile, Language, PasswordFile, Url, User, web_access, worker_url
from rapport.cli.terminal.escape import printable
from rapport.language.codes import DEFAULT


def today(
    owner: Annotated[
        list[str] | None,
        typer.Option(
            help="Only the clients of this owner; may be given again. Default: those of the user, "
            "else all."
        ),
    ] = None,
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show which clients need you, with the next step, what is overdue, and what went well.

    Examples:  rapport today  ·  rapport today --owner team-finance --lang nl
    """
    from rapport.web.client import fetch_json

    access = web_access(ca_file, user, password_file)
    query = urlencode([("lang", lang), *(("owner", one) for one in owner or ())])
    answer = fetch_json(f"{worker_url(url)}/today.json?{query}", access)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    for line in _lines(answer, lang):
        typer.echo(printable(line))


def _lines(answer: dict[str, Any], lang: str) -> Iterator[str]:
    from rapport.language.language import find_language
    from rapport.language.today import overdue_label

    language = find_language(lang)
    if answer["owners"]:
        yield language.text("today_of", owners=", ".join(answer["owners"]))
    shown = language.text("clients_shown", count=answer["clients"], total=answer["registered"])
    counts = (f"{count} {language.states[name]}" for name, count in answer["states"].items())
    yield f"{shown}: {', '.join(counts)}"
    yield from ("", language.text("digest_first"))
    yield from _clients(answer["needed"], language)
    yield from _rest(answer, "needed", "nothing_now", "today_more", language)
    yield from ("", language.text("today_overdue"))
    for one in answer["overdue"] or ():
        label = overdue_label(one["kind"], language)
        yield f"  {one['name']}: {label}: {' '.join(one['what'].split())} ({one['note']})"
    none = "busy" if answer["overdue"] is None else "today_overdue_none"
    yield from _rest(answer, "overdue", none, "today_overdue_more", language)
    if answer["overdue_elsewhere"]:
        yield f"  {language.text('today_elsewhere', n=answer['overdue_elsewhere'])}"
    yield from ("", language.text("digest_well"))
    yield from _clients(answer["well"], language)
    yield from _rest(answer, "well", "today_well_none", "today_more", language)


def _clients(clients: list[dict[str, Any]], language: Any) -> Iterator[str]:
    for one in clients:
        yield f"  {one['name']}: {one['text']} ({language.text('since_day', day=one['since'])})"
        if one["next"]:
            yield f"    {language.text('what_next')}: {one['next']}"


def _rest(answer: dict[str, Any], part: str, none: str, more: str, language: Any) -> Iterator[str]:
    """Yield what stands for an empty part, or how many are left out."""
    shown = len(answer[part] or ())
    if not shown:
        yield f"  {language.text(none)}"
    elif answer[f"{part}_count"] > shown:
        yield f"  {language.text(more, n=answer[f'{part}_count'] - shown)}"
