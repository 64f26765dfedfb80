"""The worker's HTTP server: /metrics, health checks and the fleet, from an immutable view.

It runs in a thread with a loop of its own, so that a scrape never waits for the fold and the fold
never waits for a scrape. It binds to loopback unless told otherwise.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from rapport.schemas.errors import RapportError
from rapport.streams.shell.explanations import NotHereError
from rapport.streams.shell.exposition import Snapshot

START_SECONDS_MAX = 10.0
EXPLAIN_SECONDS_MAX = 10.0
Explain = Callable[[str, str | None, str], Awaitable[dict[str, Any]]]
"""(client, since, language) -> the explanation; raises `RapportError` for what it cannot answer."""


@dataclass(frozen=True, slots=True)
class View:
    """What the readers see: made by the worker, replaced whole, never changed."""

    metrics: Snapshot
    status: dict[str, Any]
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)


class WebServer:
    """Serves the newest view."""

    def __init__(self, host: str, port: int) -> None:
        self._explain: Explain | None = None
        self.address: tuple[str, int] | None = None
        self._host, self._port = host, port
        self._view: View | None = None
        self._started = threading.Event()
        self._error: OSError | None = None

    def show(self, view: View) -> None:
        """Replace what is served."""
        self._view = view

    def explain_with(self, explain: Explain) -> None:
        """Answer questions about a client with `explain`, from the worker's first evaluation on."""
        self._explain = explain

    def start(self) -> tuple[str, int]:
        """Start serving in a thread; return the address that it listens on.

        Raises `RapportError` when the port is taken.
        """
        threading.Thread(target=self._run, name="web", daemon=True).start()
        self._started.wait(START_SECONDS_MAX)
        if self.address is None:
            raise RapportError(
                f"cannot listen on {self._host}:{self._port}: {self._error}; "
                "choose another port with --http-port, or 0 for a free one"
            )
        return self.address

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        runner = web.AppRunner(self._application(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
        try:
            await site.start()
            self.address = runner.addresses[0][:2]
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        await asyncio.Event().wait()

    def _application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/ready", self._ready),
                web.get("/status", self._json(lambda view: view.status)),
                web.get("/clients", self._json(lambda view: list(view.clients.values()))),
                web.get("/clients/{client}", self._client),
                web.get("/clients/{client}/explanation", self._explanation),
            ]
        )
        return application

    async def _metrics(self, request: web.Request) -> web.Response:
        view = self._view
        if view is None:
            return web.Response(status=503, text="no metrics yet: the worker is starting\n")
        zipped = "gzip" in request.headers.get("Accept-Encoding", "")
        body, content_type = await asyncio.to_thread(
            view.metrics.render, request.headers.get("Accept", ""), gzip=zipped
        )
        headers = {"Content-Type": content_type}
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if self._view is not None and self._view.status["ready"]:
            return web.Response(text="ready\n")
        return web.Response(status=503, text="not ready: the ledger is being recovered\n")

    def _json(self, pick: Callable[[View], Any]) -> Callable[[web.Request], Any]:
        async def answer(_request: web.Request) -> web.Response:
            view = self._view
            if view is None:
                return web.json_response({"error": "the worker is starting"}, status=503)
            return web.json_response(pick(view))

        return answer

    async def _client(self, request: web.Request) -> web.Response:
        name = request.match_info["client"]
        view = self._view
        if view is None or name not in view.clients:
            return web.json_response({"error": f"no client {name!r} here"}, status=404)
        return web.json_response(view.clients[name])

    async def _explanation(self, request: web.Request) -> web.Response:
        if self._explain is None or self._view is None or not self._view.status["ready"]:
            return web.json_response({"error": "the worker is starting"}, status=503)
        since, lang = request.query.get("since"), request.query.get("lang", "en")
        try:
            asked = self._explain(request.match_info["client"], since, lang)
            answer = await asyncio.wait_for(asked, EXPLAIN_SECONDS_MAX)
        except NotHereError as error:
            return web.json_response({"error": str(error)}, status=404)
        except RapportError as error:
            return web.json_response({"error": str(error)}, status=400)
        except TimeoutError:
            return web.json_response({"error": "the worker is busy; ask again"}, status=503)
        return web.json_response(answer)
