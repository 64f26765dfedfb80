"""`rapport digest`: one page of what changed for some clients, as text, as HTML or by mail."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import urlencode

import typer

from rapport.cli.options import (
    CaFile,
    Language,
    PasswordFile,
    User,
    check_since,
    web_access,
    worker_url,
)
from rapport.language.codes import DEFAULT
from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from rapport.digest.page import DigestPage
    from rapport.monitoring.alertmanager.routing import Routing
    from rapport.web.client import WebAccess

WEEK = "7d"
ANSWER_SECONDS_MAX = 610
"""A worker takes up to ten minutes for a very large fleet."""


class Letter(NamedTuple):
    """One digest to send: of which owners, in which language, to whom."""

    owners: tuple[str, ...]
    lang: str
    to: tuple[str, ...]


def digest(
    week: Annotated[bool, typer.Option("--week", help="The same as --since 7d.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Compare with so long ago: 1d (the default), 2w.")
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option(help="Only the clients of this owner; may be given again.")
    ] = None,
    lang: Language = DEFAULT,
    html: Annotated[bool, typer.Option("--html", help="Print HTML.")] = False,
    mail: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Send it; the mail server.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option(help="With --mail: an address; may be given again.")
    ] = None,
    teams: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="With --mail: the table of teams of `rapport routes`. Each team with an e-mail "
            "address gets the digest of its owners, in its language.",
        ),
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(
            envvar="RAPPORT_URL",
            help="The worker's address; of several workers each, by giving it again. Else that of "
            "a running demo, else http://127.0.0.1:9464.",
        ),
    ] = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print or send what changed, why, what to do first, and what went well: one page.

    Examples:  rapport digest --week  ·  rapport digest --week --owner team-finance --lang nl
      ·  rapport digest --week --html > digest.html
      ·  rapport digest --week --mail mail.toml --to relations@example.org
      ·  rapport digest --week --mail mail.toml --teams routing.toml
    """
    if week and since:
        raise typer.BadParameter("--week is --since 7d; give one of the two")
    if html and as_json:
        raise typer.BadParameter("--html and --json are two forms; give one of the two")
    check_since(since)
    if mail and (html or as_json):
        raise typer.BadParameter("--mail sends text and HTML; leave out --html and --json")
    _check_mail(mail, to, teams, owner)
    access = web_access(ca_file, user, password_file)
    urls = _every_worker(url or [worker_url(None)], access)
    asked = _Asked(urls, WEEK if week else since or "1d", access)
    letter = Letter(tuple(owner or ()), lang, tuple(to or ()))
    if mail is not None:
        _send(asked, mail, [letter] if teams is None else _letters(teams, asked.owners()))
        return
    answer = asked.answer(letter)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        typer.echo(_written(asked.page(letter, answer), html), nl=False)


def _every_worker(urls: list[str], access: "WebAccess") -> list[str]:
    """Return the addresses of all workers: of one that is named, also those that it knows.

    One that cannot be read from here is left out; the digest then counts what is missing.
    """
    from rapport.web.client import fetch_json

    if len(urls) > 1:
        return urls
    found = list(urls)
    for other in fetch_json(f"{urls[0].rstrip('/')}/fleet", access).get("workers", ()):
        try:
            fetch_json(f"{other}/fleet", access)
        except RapportError as error:
            typer.echo(f"another worker is left out: {error}", err=True)
        else:
            found.append(other)
    return list(dict.fromkeys(found))


class _Asked(NamedTuple):
    """The workers that are asked, and the time with which they compare."""

    urls: list[str]
    since: str
    access: "WebAccess"

    def answer(self, letter: Letter) -> dict[str, Any]:
        """Return the merged answers of all workers; warn when clients are missing."""
        from rapport.cli.terminal.escape import printable
        from rapport.digest.page import merged
        from rapport.web.client import fetch_json

        query = urlencode(
            [("since", self.since), ("lang", letter.lang), *(("owner", o) for o in letter.owners)]
        )
        found = [
            fetch_json(f"{url.rstrip('/')}/digest?{query}", self.access, ANSWER_SECONDS_MAX)
            for url in self.urls
        ]
        answer: dict[str, Any] = _each_text(merged(found), printable)
        missing = answer["registered"] - len(answer["clients"])
        if missing > 0:
            typer.echo(
                f"{missing} of {answer['registered']} clients are missing; if there are several "
                "workers, name each with --url",
                err=True,
            )
        return answer

    def owners(self) -> set[str]:
        """Return the owners of all clients."""
        from rapport.web.client import fetch_json

        return {
            client["owner"]
            for url in self.urls
            for client in fetch_json(f"{url.rstrip('/')}/clients", self.access)
        }

    def page(self, letter: Letter, answer: dict[str, Any], site: str | None = None) -> "DigestPage":
        """Return the page of an answer; its links lead to the first worker without a `site`."""
        from rapport.digest.page import digest_page
        from rapport.language.language import find_language

        return digest_page(
            answer, find_language(letter.lang), self.urls[0] if site is None else site
        )


def _check_mail(
    mail: Path | None, to: list[str] | None, teams: Path | None, owner: list[str] | None
) -> None:
    if mail is None and (to or teams):
        raise typer.BadParameter("--to and --teams go with --mail, the file of the mail server")
    if mail is not None and bool(to) == bool(teams):
        raise typer.BadParameter("--mail needs --to or --teams, one of the two")
    if teams and owner:
        raise typer.BadParameter("--teams has the owners of each team; leave out --owner")


def _written(page: "DigestPage", html: bool) -> str:
    from rapport.digest.html import html_of
    from rapport.digest.text import text_of

    return html_of(page) if html else text_of(page)


def _each_text(value: Any, change: Any) -> Any:
    """Return a JSON value with each text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    if isinstance(value, dict):
        return {key: _each_text(one, change) for key, one in value.items()}
    return value


def _letters(teams: Path, known: set[str]) -> list[Letter]:
    """Return the digest of each team; the team `others` gets the owners that no team names."""
    from rapport.monitoring.alertmanager.routing import RoutingError, parse_routing
    from rapport.runtime.toml_file import read_text

    routing: Routing = parse_routing(
        read_text(teams, "the table of teams", RoutingError), str(teams)
    )
    named = {owner for team in routing.teams for owner in team.owners}
    letters = []
    for team in routing.teams:
        owners = known & set(team.owners)
        if team.name == routing.others:
            owners |= known - named
        if team.email and owners:
            to = (team.email,)
            letters.append(Letter(tuple(sorted(owners)), routing.language_of(team), to))
    if not letters:
        raise RapportError(f"{teams}: no team with an email owns a client; nobody gets a digest")
    return letters


def _send(asked: _Asked, file: Path, letters: list[Letter]) -> None:
    """Send every mail; one that fails does not keep the others back."""
    from rapport.digest.config_file import read_mail_config
    from rapport.digest.mail import MailError, mail_of, send

    config, failures = read_mail_config(file), []
    for letter in letters:
        page = asked.page(letter, asked.answer(letter), config.pages)
        to = ", ".join(letter.to)
        try:
            send(mail_of(page, config.sender, letter.to, datetime.now().astimezone()), config)
        except MailError as error:
            failures.append(f"{to}: {error}")
        else:
            typer.echo(f"sent to {to}: {page.subject}")
    if failures:
        raise RapportError("; ".join(failures))
