"""The worker's HTTP server: /metrics, health checks, JSON and pages, from immutable snapshots.

It runs in a thread with an event loop of its own: neither a scrape nor event processing waits for
the other. It binds to loopback by default.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from msgspec.json import encode as encode_json
from prometheus_client.exposition import gzip_accepted

from rapport.language.language import Language, find_language
from rapport.runtime.connections import (
    HANDSHAKE_SECONDS,
    HEADERS_MAX,
    LINGER_SECONDS,
    backlog,
    bounded_protocols,
    connections_log,
    connections_max,
)
from rapport.web.auth import BasicAuth
from rapport.web.desk_view import DeskView
from rapport.web.fleet_snapshot import FleetSnapshot, WorkerView
from rapport.web.forms.offers import ClientForms
from rapport.web.forms.recording import Recording
from rapport.web.forms.request import BODY_BYTES_MAX
from rapport.web.forms.routes import FormRoutes
from rapport.web.login.elsewhere import Elsewhere
from rapport.web.login.hosts import HostCheck
from rapport.web.login.sight import SIGHT, SightCheck
from rapport.web.pages.routes import Site
from rapport.web.queries import Queries, UnknownClientError
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
PATH_CHARACTERS_MAX = 256
"""Of a path in the log."""
START_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 2.0
RELOAD_SECONDS = 1.0
"""Interval between checks of the web configuration's files."""
IDLE_SECONDS_MAX = 75.0
"""For a connection without a complete request head; proxies keep theirs open for 60."""
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of every response that does not say otherwise."""
Answer = TypeVar("Answer")
QUERY_SECONDS_MAX = 10.0
DIGEST_SECONDS_MAX = 600.0
"""A digest evaluates every client of an earlier day: 15 ms each."""


@dataclass(frozen=True)
class WebHosts:
    """Hosts that the pages link to, and under which they answer."""

    grafana_url: str = ""
    """Grafana's address, for links to its dashboards; empty for no links."""
    linked: Collection[str] = ()
    """Hosts to which recorded links are shown."""
    allowed: Collection[str] = ()
    """Names under which the pages answer, besides addresses and the name listened on."""


class WebServer:
    """Serves the newest view at each request."""

    def __init__(
        self,
        host: str,
        port: int,
        view: Callable[[], WorkerView],
        queries: Queries,
        auth: BasicAuth | None = None,
        hosts: WebHosts = WebHosts(),
        recording: Recording | None = None,
    ) -> None:
        self._view, self._queries = view, queries
        self._auth = auth or BasicAuth(None)
        self._hosts = HostCheck(host, hosts.allowed)
        self.address: tuple[str, int] | None = None
        self._host, self._port = host, port
        self._started, self._stopped = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_requested = asyncio.Event()
        self._error: OSError | None = None
        self._rendering = ThreadPoolExecutor(1, "render")
        self._desk = DeskView(hosts.linked)
        self._sight = SightCheck(lambda: self._auth.accounts, lambda: view().fleet, self._no_client)
        self._site = Site(
            self._sight.fleet,
            queries,
            self._in_thread,
            self._desk,
            self._offered,
            hosts.grafana_url,
        )
        self._forms = (
            None
            if recording is None
            else FormRoutes(recording, self._auth, self._site.pages_of, self._site.respond)
        )

    def start(self) -> tuple[str, int]:
        """Start serving in a thread, until `stop`; return the address that it listens on.

        Raises `RapportError` when the port is taken.
        """
        threading.Thread(target=lambda: asyncio.run(self.serve()), name="web", daemon=True).start()
        self._started.wait(START_SECONDS_MAX)
        if self.address is None:
            raise RapportError(
                f"cannot listen on {self._host}:{self._port}: {self._error}; "
                "choose another port with --http-port, or 0 for a free one"
            )
        return self.address

    def stop(self) -> None:
        """Stop serving; return when the port is free."""
        self.request_stop()
        self._stopped.wait(STOP_SECONDS_MAX)

    def request_stop(self) -> None:
        """Request a stop, from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop_requested.set)

    async def serve(self) -> None:
        """Serve on the loop that runs this, until `stop` or until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        runner = web.AppRunner(
            self._application(),
            access_log=None,
            logger=connections_log,
            keepalive_timeout=IDLE_SECONDS_MAX,
            lingering_time=LINGER_SECONDS,
            max_headers=HEADERS_MAX,
            shutdown_timeout=STOP_SECONDS_MAX / 2,
        )
        await runner.setup()
        try:
            listener = _listener(self._host, self._port)
            server = await self._open(runner, listener)
            self.address = listener.getsockname()[:2]
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        try:
            await self._keep_open(runner, listener, server)
        finally:
            await runner.cleanup()
            listener.close()
            self._stopped.set()

    async def _open(self, runner: web.AppRunner, listener: socket.socket) -> asyncio.Server:
        tls, maximum = self._auth.tls, connections_max()
        return await asyncio.get_running_loop().create_server(
            bounded_protocols(runner, maximum),
            # A duplicate of the socket: to close a server with old TLS settings must not close the
            # port.
            sock=listener.dup(),
            backlog=backlog(maximum),
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
        )

    async def _keep_open(
        self, runner: web.AppRunner, listener: socket.socket, server: asyncio.Server
    ) -> None:
        """Serve new connections with the newest web configuration, until a stop is requested."""
        try:
            while not self._stop_requested.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop_requested.wait(), RELOAD_SECONDS)
                if self._auth.refresh():
                    old, server = server, await self._open(runner, listener)
                    old.close()
        finally:
            server.close()

    def _application(self) -> web.Application:
        application = web.Application(
            client_max_size=BODY_BYTES_MAX,
            middlewares=[
                _answer_errors,
                self._hosts.middleware,
                self._auth.middleware,
                self._sight.middleware,
                Elsewhere(self._sight.fleet).middleware,
            ],
        )
        application.on_response_prepare.append(_add_headers)
        application.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/ready", self._ready),
                web.get("/status", self._json(lambda _: self._view().status)),
                web.get("/clients", self._json(self._clients)),
                web.get("/groups", self._groups),
                web.get("/clients/{client}", self._client),
                web.get("/clients/{client}/explanation", self._explanation),
                web.get("/clients/{client}/desk", self._recorded),
                *self._site.routes(),
                *(self._forms.routes() if self._forms else ()),
                web.get("/fleet", self._fleet),
                web.get("/digest", self._digest),
                web.get("/{path:.*}", self._site.no_page),
            ]
        )
        return application

    def _offered(self, client: str, language: Language) -> ClientForms | None:
        """Return the links to the forms of a client; None where recording is off."""
        can_record = self._forms is not None and self._auth.accounts.key is not None
        return ClientForms(client, language) if can_record else None

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        view = self._view()
        zipped = gzip_accepted(request.headers.get("Accept-Encoding", ""))
        accept = request.headers.get("Accept", "")
        body = await self._in_thread(lambda: view.metrics.render(accept, gzip=zipped))
        return await _send(request, body.pieces, body.content_type, gzip=zipped)

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._rendering, work)

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if self._view().status["ready"]:
            return web.Response(text="ready\n")
        return web.Response(status=503, text="not ready: the ledger is being recovered\n")

    def _clients(self, request: web.Request) -> Sequence[dict[str, Any]]:
        fleet = self._sight.fleet(request)
        return () if fleet is None else fleet.clients_json

    def _json(self, pick: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            body = await self._in_thread(lambda: encode_json(pick(request)))
            return web.Response(body=body, content_type="application/json")

        return answer

    async def _no_client(self, request: web.Request, name: str) -> web.Response:
        if request.path.startswith("/pages/"):
            return await self._site.no_client(request, name)
        return web.json_response({"error": f"no client {name!r} here"}, status=404)

    async def _client(self, request: web.Request) -> web.Response:
        name = request.match_info["client"]
        snapshot = self._sight.fleet(request)
        scored = None if snapshot is None else snapshot.scored_client(name)
        if snapshot is None or scored is None:
            return await self._no_client(request, name)
        return web.json_response(snapshot.client_json(scored))

    async def _groups(self, request: web.Request) -> web.Response:
        return await self._query_response(
            self._roll_ups(self._sight.fleet(request), _language(request))
        )

    async def _roll_ups(self, snapshot: FleetSnapshot | None, lang: str) -> dict[str, Any]:
        language = find_language(lang)
        if snapshot is None:
            return {"groups": [], "owners": []}
        return await self._in_thread(lambda: snapshot.roll_ups_json(language))

    async def _explanation(self, request: web.Request) -> web.Response:
        client, since = request.match_info["client"], request.query.get("since")
        sight = request.get(SIGHT)
        answer = self._queries.ask(client, since, _language(request), sight)
        return await self._query_response(answer)

    async def _recorded(self, request: web.Request) -> web.Response:
        name = request.match_info["client"]
        snapshot = self._sight.fleet(request)
        return await self._query_response(self._desk_json(name, snapshot, _language(request)))

    async def _desk_json(
        self, name: str, snapshot: FleetSnapshot | None, lang: str
    ) -> dict[str, Any]:
        language = find_language(lang)
        client, entries = await self._queries.ask_desk(name)
        scored = None if snapshot is None else snapshot.scored_client(client)
        if snapshot is None or scored is None:
            raise UnknownClientError(f"no client {name!r} here")
        return self._desk.as_json(entries, scored, snapshot, language)

    async def _fleet(self, request: web.Request) -> web.Response:
        return await self._query_response(self._fleet_json(request))

    async def _fleet_json(self, request: web.Request) -> dict[str, Any]:
        answer = await self._queries.ask_fleet(_language(request), request.get(SIGHT))
        fleet = self._sight.fleet(request)
        if fleet is None:
            return answer
        counts = {"clients": len(fleet.clients), "registered": len(fleet.directory)}
        return {**answer, **counts, "workers": list(fleet.workers)}

    async def _digest(self, request: web.Request) -> web.Response:
        since, owners = request.query.get("since", "7d"), request.query.getall("owner", [])
        answer = self._queries.ask_digest(since, owners, _language(request), request.get(SIGHT))
        return await self._query_response(answer, DIGEST_SECONDS_MAX)

    async def _query_response(
        self, answer: Coroutine[Any, Any, dict[str, Any]], seconds: float = QUERY_SECONDS_MAX
    ) -> web.Response:
        if not self._view().status["ready"]:
            answer.close()
            return web.json_response({"error": "the worker is starting"}, status=503)
        try:
            return web.json_response(await asyncio.wait_for(answer, seconds))
        except UnknownClientError as error:
            return web.json_response({"error": str(error)}, status=404)
        except RapportError as error:
            return web.json_response({"error": str(error)}, status=400)
        except TimeoutError:
            return web.json_response({"error": "the worker is busy; ask again"}, status=503)


@web.middleware
async def _answer_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Log an error of a handler: aiohttp's own log is off, because any client could fill it."""
    try:
        answer: web.StreamResponse = await handler(request)
    except (web.HTTPException, ConnectionError):
        raise
    except Exception:
        log.exception("%s failed", request.rel_url.raw_path[:PATH_CHARACTERS_MAX])
        return web.json_response({"error": "the worker itself failed; see its log"}, status=500)
    return answer


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # aiohttp has written its version and Python's by now.
    response.headers["Server"] = "rapport"


def _language(request: web.Request) -> str:
    return request.query.get("lang", "en")


def _listener(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family)


async def _send(
    request: web.Request, pieces: Sequence[bytes], content_type: str, *, gzip: bool
) -> web.StreamResponse:
    """Send a large body a piece at a time, so that other requests are served in between."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    if gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.content_length = sum(map(len, pieces))
    await response.prepare(request)
    if request.method != "HEAD":
        for piece in pieces:
            await response.write(piece)
    await response.write_eof()
    return response
