"""Sight: which clients a user sees, where `web.json` restricts reading to the users' own clients.

One middleware decides for every route before its handler: a client that a user may not see does not
exist for that user. A route that is named nowhere here is refused, so that a new one leaks nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from rapport.domain.clients.registry import RegistryError, find_client
from rapport.web.fleet_snapshot import FleetSnapshot
from rapport.web.login.accounts import EVERY_OWNER, Accounts

USER: Final = web.RequestKey("user", str)
"""The user of a request, in `request`; absent for a reader who did not log in."""
SIGHT: Final = web.RequestKey("sight", frozenset)
"""The owners whose clients a user sees, in `request`; absent where the user sees every client."""
HEALTH: Final = frozenset({"/healthz", "/ready", "/assets/{name}"})
"""Routes that name no client."""
METRICS: Final = frozenset({"/metrics", "/status"})
"""Routes of every client's series, for users of the role `metrics`."""
FLEET: Final = frozenset(
    {"/", "/today", "/today.json", "/pages", "/clients", "/groups", "/fleet", "/digest", "/{path}"}
)
"""Routes whose handlers show the clients that `SIGHT` allows, and nothing of others."""
CLIENT: Final = "/{client}"
"""Part of the routes of one client, who is looked up here."""
VIEWS_MAX: Final = 100
"""Views of a snapshot that are kept."""
Newest = Callable[[], FleetSnapshot | None]
NoClient = Callable[[web.Request, str], Awaitable[web.Response]]
"""Answers that there is no client of a name, as a page or as JSON."""


class SightCheck:
    """Checks each request, and gives handlers the snapshot of what its user sees."""

    def __init__(
        self, accounts: Callable[[], Accounts], newest: Newest, no_client: NoClient
    ) -> None:
        self._accounts, self._newest, self._no_client = accounts, newest, no_client
        self._kept: tuple[FleetSnapshot | None, dict[frozenset[str], FleetSnapshot]] = None, {}
        """A snapshot, and its views by owners."""

    def fleet(self, request: web.Request) -> FleetSnapshot | None:
        """Return the newest snapshot with the clients that the user of a request sees."""
        newest, owners = self._newest(), request.get(SIGHT)
        return newest if newest is None or owners is None else self._view(newest, owners)

    def _view(self, newest: FleetSnapshot, owners: frozenset[str]) -> FleetSnapshot:
        # The server's thread and that of the rendering both come here: each works on one pair.
        whole, views = self._kept
        if newest is not whole or len(views) >= VIEWS_MAX:
            self._kept = newest, (views := {})
        view = views.get(owners)
        if view is None:
            view = views[owners] = newest.seen_by(owners)
        return view

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse what the user of a request may not see."""
        accounts = self._accounts()
        refusal = await self._refusal(request, accounts) if accounts.is_restricted else None
        if refusal is not None:
            return refusal
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _refusal(self, request: web.Request, accounts: Accounts) -> web.Response | None:
        resource, user = request.match_info.route.resource, request.get(USER, "")
        route = "" if resource is None else resource.canonical
        if route in HEALTH:
            return None
        if (user in accounts.scrapers) != (route in METRICS):
            return _refused(403, "this user may not read this; see roles in web.json")
        owners = accounts.owners.get(user, frozenset())
        if route in METRICS or EVERY_OWNER in owners:
            return None
        request[SIGHT] = owners
        if CLIENT in route:
            return await self._hidden(request)
        if route in FLEET:
            return None
        return _refused(403, "this is for users who may read every client")

    async def _hidden(self, request: web.Request) -> web.Response | None:
        """Refuse a client that the user does not see; else the handler gets the client's id."""
        fleet, name = self.fleet(request), request.match_info["client"]
        if fleet is None:
            return _refused(503, "the worker is starting")
        try:
            # An alias may also be one of a client that is not seen: the id is not.
            request.match_info["client"] = find_client(fleet.registry, name).id
        except RegistryError:
            return await self._no_client(request, name)
        return None


def _refused(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
