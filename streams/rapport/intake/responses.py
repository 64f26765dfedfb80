"""Responses of the intake: the result of each event, and RFC 9457 problem documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic_core import to_json

from rapport.intake.content_modes import ReceivedEvent, UnreadEvent
from rapport.intake.tokens import Token
from rapport.intake.validation import OutgoingRecord, validate
from rapport_schemas.wire.http import PROBLEM_TYPE, STATUS_OF_REASON, RequestRejected, title
from rapport_schemas.wire.rejection import Rejected


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one event: its record, or why it was rejected."""

    id: str | None
    record: OutgoingRecord | None
    rejected: Rejected | None

    def delivered(self, rejected: Rejected | None) -> "Result":
        """Return the result after delivery to Kafka; None when Kafka has the record."""
        return replace(self, rejected=rejected)

    def document(self) -> dict[str, Any]:
        """Return the entry of this event in the response."""
        if self.rejected is None:
            return {"id": self.id, "status": int(HTTPStatus.ACCEPTED)}
        return {"id": self.id, "status": self.status, "error": problem(self.rejected)}

    @property
    def status(self) -> int:
        """The HTTP status of this event on its own."""
        return STATUS_OF_REASON[self.rejected.reason] if self.rejected else HTTPStatus.ACCEPTED


def check(event: ReceivedEvent | UnreadEvent, token: Token | None) -> Result:
    """Return the result of an event before delivery: a record to send, or the rejection."""
    if isinstance(event, UnreadEvent):
        return Result(event.id, None, event.rejected)
    event_id = event.attributes.get("id")
    try:
        return Result(event_id, validate(event, token), None)
    except Rejected as rejected:
        return Result(event_id, None, rejected)


def single_answer(result: Result) -> web.Response:
    """Return the response to a request with one event."""
    if result.rejected is not None:
        return problem_response(result.rejected)
    return _json(HTTPStatus.ACCEPTED, result.document(), {})


def batch_answer(results: Sequence[Result]) -> web.Response:
    """Return the response to a batch: the common status of its events, or 207 when they differ.

    An event that may be accepted later makes it a 503, because a sender that looks only at the
    status must then send the whole batch again; events that Kafka already has count once.
    """
    statuses = {result.status for result in results} or {HTTPStatus.ACCEPTED}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.MULTI_STATUS
    headers: dict[str, str] = {}
    for result in results:
        if result.rejected is not None and retry_after(result.rejected):
            status, headers = result.status, retry_after(result.rejected)
    accepted = sum(result.rejected is None for result in results)
    document = {"accepted": accepted, "results": [result.document() for result in results]}
    return _json(status, document, headers)


def _json(status: int, document: Any, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=to_json(document), status=status, headers=headers, content_type="application/json"
    )


def problem(rejected: Rejected) -> dict[str, Any]:
    """Return the problem document of a rejection; `path` is where in the event, or empty."""
    return {
        "type": f"urn:rapport:reason:{rejected.reason}",
        "title": title(rejected.reason),
        "status": STATUS_OF_REASON[rejected.reason],
        "reason": rejected.reason,
        "path": _encodable(rejected.path),
        "detail": _encodable(rejected.detail),
    }


def problem_response(rejected: Rejected, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the response to a request that is rejected as a whole."""
    document = problem(rejected)
    response = web.Response(
        body=to_json(document),
        status=document["status"],
        content_type=PROBLEM_TYPE,
        headers={**retry_after(rejected), **(headers or {})},
    )
    if rejected.reason == "no-token":
        response.headers["WWW-Authenticate"] = 'Bearer realm="rapport"'
    if rejected.reason in {"too-slow", "stopping"}:
        response.force_close()
    return response


def retry_after(rejected: Rejected) -> dict[str, str]:
    """Return the header `Retry-After` of a temporary rejection."""
    if isinstance(rejected, RequestRejected) and rejected.retry_seconds is not None:
        return {"Retry-After": str(rejected.retry_seconds)}
    return {}


def _encodable(text: str) -> str:
    """Return text that can be encoded in UTF-8, whatever bytes a header contained."""
    return text.encode(errors="replace").decode()
