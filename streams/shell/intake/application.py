"""The intake's HTTP application: which path does what, and what is answered."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from pydantic_core import to_json

from rapport.schemas.generate import as_text
from rapport.schemas.intake import BATCH_TYPE, BODY_BYTES_MAX, STATUS_OF_REASON, Refused
from rapport.schemas.openapi import openapi_document
from rapport.schemas.rejections import Rejected
from rapport.streams.shell.intake.admission import Record, admit
from rapport.streams.shell.intake.bodies import body_bytes_max, media_type, read_body
from rapport.streams.shell.intake.counters import ACCEPTED, Counters
from rapport.streams.shell.intake.delivery import Delivery
from rapport.streams.shell.intake.gate import Gate
from rapport.streams.shell.intake.limits import Bound, Limits, Rates
from rapport.streams.shell.intake.modes import Offered, read_events
from rapport.streams.shell.intake.problems import problem, problem_response, retry_after
from rapport.streams.shell.intake.tokens import RATE_DEFAULT, Token

log = logging.getLogger(__name__)
ALLOW: Final = {"Allow": "OPTIONS, POST", "Accept": ", ".join(BODY_BYTES_MAX)}
SLICE_EVENTS: Final = 50
"""Events checked before the loop may do something else."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_REASON_OF_STATUS: Final = {404: "not-found", 405: "wrong-method"}


@dataclass(slots=True)
class Intake:
    """What the handlers share."""

    gate: Gate
    delivery: Delivery
    limits: Limits
    counters: Counters = field(init=False)
    rates: Rates = field(default_factory=Rates)
    stopping: bool = False
    active: int = 0
    """Requests that are being answered."""
    _bodies: Bound = field(init=False)
    _openapi: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._bodies = Bound("bytes of bodies", self.limits.bodies_bytes_max)
        self._openapi = as_text(openapi_document()).encode()
        self.counters = Counters(
            in_flight=lambda: self.delivery.events.used, ready=lambda: float(not self.trouble)
        )

    @property
    def trouble(self) -> str:
        """Why nothing can be taken now; empty when all is well."""
        return "the intake is stopping" if self.stopping else self.delivery.trouble

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        application = web.Application(middlewares=[self._counted])
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
    async def _counted(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Answer, whatever happens, and count the answer."""
        started = time.monotonic()
        self.active += 1
        try:
            response = await handler(request)
        except Rejected as rejected:
            response = problem_response(rejected)
        except web.HTTPException as error:
            reason = _REASON_OF_STATUS.get(error.status, "malformed")
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
            response = problem_response(Refused(reason, "", request.path[:128]), allow)
        except Exception:
            log.exception("a request failed")
            response = problem_response(Refused("internal-error", "", "the intake itself failed"))
        finally:
            self.active -= 1
        response.headers["Server"] = "rapport"
        self.counters.answered(response.status, time.monotonic() - started)
        return response

    async def _post(self, request: web.Request) -> web.Response:
        token = self.gate.token(request)
        kind = media_type(request)
        most = body_bytes_max(request, kind)
        self._check_open(token)
        self._bodies.take(most)
        try:
            body = await read_body(request, most, self.limits.body_seconds_max)
            results = await self._take(request, kind, body, token)
        except Rejected as rejected:
            self.counters.offered(rejected.reason)
            raise
        finally:
            self._bodies.give(most)
        for result in results:
            self.counters.offered(result.rejected.reason if result.rejected else ACCEPTED)
        return _batch_answer(results) if kind == BATCH_TYPE else _single_answer(results[0])

    def _check_open(self, token: Token | None) -> None:
        if self.stopping:
            raise Refused("stopping", "", "send it again, to another", retry_seconds=1)
        self.delivery.check()
        self.rates.check(*_rate(token), time.monotonic())

    async def _take(
        self, request: web.Request, kind: str, body: bytes, token: Token | None
    ) -> list["Result"]:
        """Read, check and send the events of one request; return what became of each."""
        offered = read_events(kind, request.raw_headers, body)
        name, per_second = _rate(token)
        self.rates.spend(name, len(offered), per_second, time.monotonic())
        results = []
        for number, one in enumerate(offered):
            results.append(_checked(one, token))
            if number % SLICE_EVENTS == SLICE_EVENTS - 1:
                await asyncio.sleep(0)
        good = [result for result in results if result.record is not None]
        verdicts = await self.delivery.send([r.record for r in good if r.record]) if good else []
        for result, verdict in zip(good, verdicts, strict=True):
            result.rejected = verdict
        return results

    async def _options(self, request: web.Request) -> web.Response:
        """Say what may be sent; a token gets the consent that web hooks ask for first."""
        headers = dict(ALLOW)
        origin = request.headers.get("WebHook-Request-Origin")
        if origin is not None:
            token = self.gate.token(request)
            headers["WebHook-Allowed-Origin"] = origin[:256]
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


@dataclass(slots=True)
class Result:
    """What became of one event."""

    id: str | None
    record: Record | None
    rejected: Rejected | None

    def document(self) -> dict[str, Any]:
        """Return what the sender is told."""
        if self.rejected is None:
            return {"id": self.id, "status": int(HTTPStatus.ACCEPTED)}
        return {"id": self.id, "status": self.status, "error": problem(self.rejected)}

    @property
    def status(self) -> int:
        """The HTTP status that this event alone would have got."""
        return STATUS_OF_REASON[self.rejected.reason] if self.rejected else HTTPStatus.ACCEPTED


def _checked(offered: Offered | Rejected, token: Token | None) -> Result:
    if isinstance(offered, Rejected):
        return Result(None, None, offered)
    event_id = offered.attributes.get("id")
    try:
        return Result(event_id, admit(offered, token), None)
    except Rejected as rejected:
        return Result(event_id, None, rejected)


def _single_answer(result: Result) -> web.Response:
    if result.rejected is not None:
        return problem_response(result.rejected)
    return _json(HTTPStatus.ACCEPTED, result.document(), {})


def _batch_answer(results: Sequence[Result]) -> web.Response:
    """Answer a batch: one status when all fared alike, else 207; what passes is worth a retry.

    An event that may be taken later makes the whole answer a 503, because a sender that looks at
    nothing but the status must then send the batch again; what Kafka has already is harmless twice.
    """
    statuses = {result.status for result in results} or {HTTPStatus.ACCEPTED}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.MULTI_STATUS
    headers: dict[str, str] = {}
    for result in results:
        if result.rejected is not None and retry_after(result.rejected):
            status, headers = result.status, retry_after(result.rejected)
    accepted = sum(result.rejected is None for result in results)
    found = {"accepted": accepted, "results": [result.document() for result in results]}
    return _json(status, found, headers)


def _json(status: int, document: Any, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=to_json(document), status=status, headers=headers, content_type="application/json"
    )


def _rate(token: Token | None) -> tuple[str, float]:
    return ("", RATE_DEFAULT) if token is None else (token.name, token.rate_events_per_second)


async def _later(_request: web.Request) -> None:
    """Say `100 Continue` only once the head has been judged: `read_body` does."""
