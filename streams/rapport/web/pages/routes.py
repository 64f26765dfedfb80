"""HTTP routes of the pages, with a strict Content-Security-Policy."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from aiohttp import web
from msgspec import to_builtins

from rapport.domain.calendar import since_days
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.overdue import Overdue
from rapport.language.language import Language, find_language
from rapport.language.today import TodayTexts, today_texts
from rapport.web.auth import OWNERS
from rapport.web.desk_view import DeskView
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient, SnapshotPair
from rapport.web.pages.fleet import FleetQuery
from rapport.web.pages.links import FileLinks, Links, ServedLinks
from rapport.web.pages.locale import negotiate_language
from rapport.web.pages.render import ASSETS, Pages, asset, prepare
from rapport.web.queries import Queries
from rapport_schemas.wire.errors import RapportError

Newest = Callable[[web.Request], FleetSnapshot | None]
"""The newest snapshot with what the user of a request sees; None while the worker is starting."""
InThread = Callable[[Callable[[], str]], Awaitable[str]]
Offered = Callable[[str, Language], Any]
"""The links to the forms of a client, `ClientForms`; None where recording is off."""
ASK_SECONDS_MAX: Final = 10.0
SINCE_DAYS: Final = 7
EXPORTED_ROWS_MAX: Final = 100_000
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A browser names the origin of a form that it sends only where it may name the referrer there.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}
ASSET_HEADERS: Final = {"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}


class _Found(NamedTuple):
    """The client of a request, and the snapshot in which it was found."""

    scored: ScoredClient
    snapshot: FleetSnapshot


class Site:
    """The pages of the newest snapshot."""

    def __init__(
        self,
        newest: Newest,
        queries: Queries,
        in_thread: InThread,
        desk: DeskView,
        offered: Offered,
        grafana_url: str = "",
    ) -> None:
        prepare()
        self._grafana_url = grafana_url
        self._newest, self._queries, self._in_thread = newest, queries, in_thread
        self._desk = desk
        self._offered = offered

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/", self._first),
            web.get("/today", self._today),
            web.get("/today.json", self._today_json),
            web.get("/pages", self._fleet),
            web.get("/pages/{client}", self._client),
            web.get("/pages/{client}/scores", self._scores),
            web.get("/pages/{client}/reasons", self._reasons),
            web.get("/assets/{name}", self._asset),
        ]

    async def no_page(self, request: web.Request) -> web.StreamResponse:
        """Answer a path that leads nowhere: a page for a browser, plain text for a program."""
        if "text/html" not in request.headers.get("Accept", ""):
            raise web.HTTPNotFound
        pages = self.pages_of(request, None)
        return await self.respond(pages.no_page, 404)

    async def no_client(self, request: web.Request, name: str) -> web.Response:
        """Answer that there is no such client."""
        pages = self.pages_of(request, name)
        return await self.respond(lambda: pages.no_client(name), 404)

    async def _first(self, request: web.Request) -> web.StreamResponse:
        """Lead who has clients of their own to these; every link to the fleet has a query."""
        if request.get(OWNERS) and not request.query:
            raise web.HTTPFound("/today")
        return await self._fleet(request)

    async def _today(self, request: web.Request) -> web.StreamResponse:
        snapshot, pages = self._newest(request), self.pages_of(request, None)
        if snapshot is None:
            return await self.respond(pages.starting, 503)
        owners = _owners(request)
        unknown = _first_unknown(owners, snapshot)
        if unknown is not None:
            return await self.respond(lambda: pages.no_owner(unknown), 404)
        found = await self._today_texts(snapshot, owners, pages.language)
        return await self.respond(lambda: pages.today(found, snapshot), 200)

    async def _today_json(self, request: web.Request) -> web.StreamResponse:
        snapshot, owners = self._newest(request), _owners(request)
        if snapshot is None:
            return web.json_response({"error": "the worker is starting"}, status=503)
        unknown = _first_unknown(owners, snapshot)
        if unknown is not None:
            return web.json_response({"error": f"no client has the owner {unknown!r}"}, status=404)
        try:
            language = find_language(request.query.get("lang", "en"))
        except RapportError as error:
            return web.json_response({"error": str(error)}, status=400)
        found = await self._today_texts(snapshot, owners, language)
        return web.json_response(to_builtins(found))

    async def _today_texts(
        self, snapshot: FleetSnapshot, owners: Sequence[str], language: Language
    ) -> TodayTexts:
        scored = [
            (one.client, one.health)
            for one in snapshot.clients.values()
            if not owners or one.client.owner in owners
        ]
        overdue = await self._ask_overdue({client.id for client, _ in scored})
        elsewhere = snapshot.elsewhere
        return today_texts(scored, snapshot.directory, owners, overdue, language, elsewhere)

    async def _fleet(self, request: web.Request) -> web.StreamResponse:
        snapshot, query = self._newest(request), request.query
        pages = self.pages_of(request, None)
        if snapshot is None:
            return await self.respond(pages.starting, 503)
        fleet_query = FleetQuery.of(
            query.get("q", ""),
            query.get("sort", ""),
            query.get("page", ""),
            query.get("owner", ""),
            query.get("group", ""),
        )
        if not pages.links.interactive:
            fleet_query = FleetQuery(rows=EXPORTED_ROWS_MAX)
        return await self.respond(lambda: pages.fleet(snapshot, fleet_query), 200)

    async def _client(self, request: web.Request) -> web.StreamResponse:
        async def respond(pages: Pages, found: _Found) -> web.StreamResponse:
            entries = await self._ask_desk(found.scored.client.id)
            offered = self._offered(found.scored.client.id, pages.language)

            def render() -> str:
                if entries is None:
                    return pages.client(*found, None, offered)
                sections = self._desk.sections(entries, *found, pages.language)
                return pages.client(*found, sections, offered, self._desk.notes(entries))

            return await self.respond(render, 200)

        return await self._of_client(request, "", respond)

    async def _scores(self, request: web.Request) -> web.StreamResponse:
        async def respond(pages: Pages, found: _Found) -> web.StreamResponse:
            return await self.respond(lambda: pages.scores(*found), 200)

        return await self._of_client(request, "scores", respond)

    async def _reasons(self, request: web.Request) -> web.StreamResponse:
        since_days = _since(request.query.get("since", ""))

        async def respond(pages: Pages, found: _Found) -> web.StreamResponse:
            snapshots = await self._ask_snapshots(found.scored.client.id, since_days)
            return await self.respond(
                lambda: pages.reasons(found.scored, snapshots, since_days), 200
            )

        return await self._of_client(request, "reasons", respond)

    async def _of_client(
        self,
        request: web.Request,
        part: str,
        respond: Callable[[Pages, _Found], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Respond with a page of a client, or with what is the matter instead."""
        snapshot, name = self._newest(request), request.match_info["client"]
        pages = self.pages_of(request, name, part)
        if snapshot is None:
            return await self.respond(pages.starting, 503)
        scored = snapshot.scored_client(name)
        if scored is None:
            return await self.no_client(request, name)
        return await respond(pages, _Found(scored, snapshot))

    async def _ask_snapshots(self, client: str, since_days: int) -> SnapshotPair | None:
        try:
            return await asyncio.wait_for(
                self._queries.ask_snapshots(client, since_days), ASK_SECONDS_MAX
            )
        except (RapportError, TimeoutError):
            return None

    async def _ask_desk(self, client: str) -> list[DeskEntry] | None:
        try:
            return (await asyncio.wait_for(self._queries.ask_desk(client), ASK_SECONDS_MAX))[1]
        except (RapportError, TimeoutError):
            return None

    async def _ask_overdue(self, clients: Collection[str]) -> list[Overdue] | None:
        try:
            return await asyncio.wait_for(self._queries.ask_overdue(clients), ASK_SECONDS_MAX)
        except (RapportError, TimeoutError):
            return None

    async def respond(self, render: Callable[[], str], status: int) -> web.Response:
        """Respond with a page."""
        body = await self._in_thread(render)
        response = web.Response(status=status, body=body.encode(), headers=HEADERS)
        response.enable_compression()
        return response

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in ASSETS:
            raise web.HTTPNotFound
        body = asset(name)
        return web.Response(body=body, content_type=ASSETS[name], headers=ASSET_HEADERS)

    def pages_of(self, request: web.Request, client: str | None, part: str = "") -> Pages:
        """Return the pages in the language of a request, with links to a worker or to files."""
        language = negotiate_language(
            request.query.get("lang"), request.headers.get("Accept-Language", "")
        )
        query = {name: request.query.getall(name) for name in request.query}
        links: Links = ServedLinks(request.rel_url.raw_path, query)
        if request.query.get("as") == "file":
            links = FileLinks(client, part)
        return Pages(language, links, self._grafana_url)


def _owners(request: web.Request) -> list[str]:
    """Return the owners that are asked for; without any, those of the user's own clients."""
    asked = [owner for owner in request.query.getall("owner", []) if owner]
    everyone = "owner" in request.query
    return sorted(set(asked) if everyone else request.get(OWNERS, frozenset()))


def _first_unknown(owners: Sequence[str], snapshot: FleetSnapshot) -> str | None:
    return next((owner for owner in owners if owner not in snapshot.owners), None)


def _since(text: str) -> int:
    """Return the number of days to compare with; a week if the query has no valid one.

    >>> _since("28"), _since("2w"), _since("")
    (28, 14, 7)
    """
    try:
        return since_days(f"{text}d" if text.isdecimal() else text)
    except RapportError:
        return SINCE_DAYS
