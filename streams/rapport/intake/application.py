"""The HTTP application of the intake: its routes and handlers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from rapport.intake.authentication import ANONYMOUS, Authenticator
from rapport.intake.content_modes import ReceivedEvent, UnreadEvent, read_events
from rapport.intake.delivery import Delivery
from rapport.intake.limits import Capacity, Limits, TokenBuckets
from rapport.intake.metrics import ACCEPTED, Counters
from rapport.intake.request_body import check_length, media_type, read_body
from rapport.intake.responses import Result, batch_answer, check, problem_response, single_answer
from rapport.intake.tokens import RATE_DEFAULT, Token
from rapport_schemas.docs.openapi import openapi_document
from rapport_schemas.docs.render import as_text
from rapport_schemas.wire.content_type import BATCH_TYPE
from rapport_schemas.wire.http import BODY_BYTES_MAX, RequestRejected
from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)
ALLOW: Final = {"Allow": "OPTIONS, POST", "Accept": ", ".join(BODY_BYTES_MAX)}
SLICE_EVENTS: Final = 50
"""Events validated before the event loop runs other tasks."""
UNCOUNTED_PATHS: Final = frozenset({"/healthz", "/ready", "/metrics"})
"""Paths of probes and scrapes: counted, they would hide errors and delays of publishers."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_REASON_OF_STATUS: Final = {404: "not-found", 405: "wrong-method"}


@dataclass(slots=True)
class Intake:
    """The state that the handlers share."""

    authenticator: Authenticator
    delivery: Delivery
    limits: Limits
    counters: Counters = field(init=False)
    rates: TokenBuckets = field(default_factory=TokenBuckets)
    stopping: bool = False
    active: int = 0
    """Requests in progress."""
    _bodies: Capacity = field(init=False)
    _openapi: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._bodies = Capacity("bytes of bodies", self.limits.bodies_bytes_max)
        self._openapi = as_text(openapi_document(bundled=True)).encode()
        self.counters = Counters(
            in_flight=lambda: self.delivery.events.used, ready=lambda: float(not self.trouble)
        )

    @property
    def trouble(self) -> str:
        """Why no event can be accepted now; empty when the intake is ready."""
        return "the intake is stopping" if self.stopping else self.delivery.trouble

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        application = web.Application(middlewares=[self._respond])
        application.add_routes(
            [
                web.post("/events", self._post, expect_handler=_later),
                web.options("/events", self._options),
                web.get("/healthz", self._healthz),
                web.get("/ready", self._ready),
                web.get("/metrics", self._metrics),
                web.get("/openapi.json", self._document),
            ]
        )
        return application

    @web.middleware
    async def _respond(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Respond to any outcome of a handler, and count the response."""
        started = time.monotonic()
        self.active += 1
        try:
            response = await handler(request)
        except Rejected as rejected:
            response = problem_response(rejected)
        except web.HTTPException as error:
            reason = _REASON_OF_STATUS.get(error.status, "malformed")
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
            response = problem_response(RequestRejected(reason, "", request.path[:128]), allow)
        except Exception:
            log.exception("a request failed")
            response = problem_response(
                RequestRejected("internal-error", "", "the intake itself failed")
            )
        finally:
            self.active -= 1
        response.headers["Server"] = "rapport"
        if request.path not in UNCOUNTED_PATHS:
            self.counters.add_response(response.status, time.monotonic() - started)
        return response

    async def _post(self, request: web.Request) -> web.Response:
        """Handle POST /events; a request rejected as a whole counts as one event."""
        try:
            token = self.authenticator.token(request)
            kind = media_type(request)
            results = await self._results(request, kind, token)
        except Rejected as rejected:
            self.counters.add_event(rejected.reason)
            raise
        for result in results:
            self.counters.add_event(result.rejected.reason if result.rejected else ACCEPTED)
        _log_refusals(results, token)
        return batch_answer(results) if kind == BATCH_TYPE else single_answer(results[0])

    async def _results(self, request: web.Request, kind: str, token: Token | None) -> list[Result]:
        """Check the limits, read the body, and return the result of each event in it."""
        check_length(request, kind)
        self._check_open(token)
        self._spend(token, 1)
        body = await read_body(request, kind, self.limits.body_seconds_max, self._bodies)
        try:
            events = read_events(kind, request.raw_headers, body)
            self._spend(token, len(events) - 1)
            return await self._deliver(events, token)
        finally:
            self._bodies.give(len(body))

    def _check_open(self, token: Token | None) -> None:
        if self.stopping:
            raise RequestRejected("stopping", "", "send it again, to another", retry_seconds=1)
        self.delivery.check()
        self.rates.check(*_rate(token), time.monotonic())

    def _spend(self, token: Token | None, events: int) -> None:
        name, per_second = _rate(token)
        self.rates.spend(name, events, per_second, time.monotonic())

    async def _deliver(
        self, events: Sequence[ReceivedEvent | UnreadEvent], token: Token | None
    ) -> list[Result]:
        """Validate the events, and send the valid ones to Kafka."""
        results = []
        for number, one in enumerate(events):
            results.append(check(one, token))
            if number % SLICE_EVENTS == SLICE_EVENTS - 1:
                await asyncio.sleep(0)
        records = [result.record for result in results if result.record is not None]
        rejections = iter(await self.delivery.send(records) if records else ())
        return [one if one.record is None else one.delivered(next(rejections)) for one in results]

    async def _options(self, request: web.Request) -> web.Response:
        """Handle OPTIONS: media types, and with a token the consent of the web hook standard."""
        headers = dict(ALLOW)
        origin = request.headers.get("WebHook-Request-Origin")
        if origin is not None:
            token = self.authenticator.token(request)
            headers["WebHook-Allowed-Origin"] = origin[:256].encode("ascii", "replace").decode()
            headers["WebHook-Allowed-Rate"] = str(max(1, int(_rate(token)[1] * 60)))
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        if self.trouble:
            return web.Response(status=503, text=f"not ready: {self.trouble}\n")
        return web.Response(text="ready\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        body, content_type = self.counters.render(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _document(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._openapi, content_type="application/json")


def _log_refusals(results: Sequence[Result], token: Token | None) -> None:
    refused = [result.rejected for result in results if result.rejected]
    if refused:
        name, first = _rate(token)[0], refused[0]
        count, total, path = len(refused), len(results), first.logged_path
        log.info("%s: %d of %d refused, first %s at %r", name, count, total, first.reason, path)


def _rate(token: Token | None) -> tuple[str, float]:
    return (
        (ANONYMOUS, RATE_DEFAULT) if token is None else (token.name, token.rate_events_per_second)
    )


async def _later(_request: web.Request) -> None:
    """Leave `100 Continue` to `read_body`, which sends it once the headers are accepted."""
