"""Clients of other workers: a request about one is led to the worker that has it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from rapport.domain.clients.registry import RegistryError, find_client
from rapport.web.fleet_snapshot import UNREACHED, FleetSnapshot

READING: Final = frozenset({"GET", "HEAD"})
"""Methods that are led away; a form that is sent is taken by every worker."""
FORMS: Final = "/pages/{client}/record"
"""Beginning of the routes of forms, which every worker has, also while another is away."""
ENTRY: Final = "entry"
"""Parameter of a form that is filled with what only the client's worker knows."""


class Elsewhere:
    """Answers a request about another worker's client with that worker's address."""

    def __init__(self, fleet: Callable[[web.Request], FleetSnapshot | None]) -> None:
        self._fleet = fleet

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Handle a request here, or say where it is answered."""
        fleet = self._fleet(request) if _is_led_away(request) else None
        if fleet is not None and fleet.elsewhere:
            worker = _worker_of(request.match_info["client"], fleet)
            if worker is not None and worker.startswith(UNREACHED):
                text = "another worker has this client, at no known address: give it --public-url"
                return web.json_response({"error": text}, status=HTTPStatus.SERVICE_UNAVAILABLE)
            if worker is not None:
                location = {"Location": f"{worker}{request.rel_url}"}
                return web.Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers=location)
        answer: web.StreamResponse = await handler(request)
        return answer


def _is_led_away(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    if resource is None or "client" not in request.match_info or request.method not in READING:
        return False
    return not resource.canonical.startswith(FORMS) or ENTRY in request.query


def _worker_of(name: str, fleet: FleetSnapshot) -> str | None:
    if name in fleet.directory:
        return fleet.elsewhere.get(name)
    try:
        return fleet.elsewhere.get(find_client(fleet.registry, name).id)
    except RegistryError:
        return None
