"""What became of each event of a request, and the answer that says so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic_core import to_json

from rapport.intake.content_modes import ReceivedEvent
from rapport.intake.problems import problem, problem_response, retry_after
from rapport.intake.tokens import Token
from rapport.intake.validation import Record, validate
from rapport_schemas.wire.http import STATUS_OF_REASON
from rapport_schemas.wire.rejection import Rejected


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event."""

    id: str | None
    record: Record | None
    rejected: Rejected | None

    def judged(self, verdict: Rejected | None) -> "Result":
        """Return what it is after Kafka had its say."""
        return replace(self, rejected=verdict)

    def document(self) -> dict[str, Any]:
        """Return what the sender is told."""
        if self.rejected is None:
            return {"id": self.id, "status": int(HTTPStatus.ACCEPTED)}
        return {"id": self.id, "status": self.status, "error": problem(self.rejected)}

    @property
    def status(self) -> int:
        """The HTTP status that this event alone would have got."""
        return STATUS_OF_REASON[self.rejected.reason] if self.rejected else HTTPStatus.ACCEPTED


def check(offered: ReceivedEvent | Rejected, token: Token | None) -> Result:
    """Return what becomes of an event so far: a record to send, or why there is none."""
    if isinstance(offered, Rejected):
        return Result(None, None, offered)
    event_id = offered.attributes.get("id")
    try:
        return Result(event_id, validate(offered, token), None)
    except Rejected as rejected:
        return Result(event_id, None, rejected)


def single_answer(result: Result) -> web.Response:
    """Answer a request that was one event."""
    if result.rejected is not None:
        return problem_response(result.rejected)
    return _json(HTTPStatus.ACCEPTED, result.document(), {})


def batch_answer(results: Sequence[Result]) -> web.Response:
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
