"""HTTP binding of the intake: media types, limits, and reasons of refusal with their status."""

from http import HTTPStatus
from typing import Final

from rapport_schemas.wire.content_type import BATCH_TYPE, JSON_TYPE, STRUCTURED_TYPE
from rapport_schemas.wire.envelope import EVENT_BYTES_MAX
from rapport_schemas.wire.rejection import REASONS, Rejected

PROBLEM_TYPE: Final = "application/problem+json"
BODY_BYTES_MAX: Final = {
    JSON_TYPE: EVENT_BYTES_MAX,
    STRUCTURED_TYPE: EVENT_BYTES_MAX,
    BATCH_TYPE: 8 * 1024 * 1024,
}
BATCH_EVENTS_MAX: Final = 1_000
ATTRIBUTES_MAX: Final = 64
ATTRIBUTE_CHARACTERS_MAX: Final = 2_048

HTTP_REASONS: Final = {
    "malformed": "the request is not well-formed HTTP",
    "no-token": "the request has no bearer token",
    "wrong-token": "the token is not one of those of this intake",
    "foreign-source": "the token may not publish for the event's source",
    "registry-closed": "the token may not change the registry, or what is decided for clients",
    "wrong-host": "without tokens, only requests to this machine's own name are answered",
    "wrong-content-type": "the body is none of the three media types of CloudEvents over HTTP",
    "too-slow": "the body did not arrive in time",
    "too-fast": "the token's rate is used up",
    "busy": "the greatest number of events is on its way to Kafka",
    "kafka-away": "Kafka did not acknowledge the event",
    "stopping": "the intake is stopping",
    "not-found": "nothing is served at this path",
    "wrong-method": "the path does not take this method",
}
STATUS_OF_REASON: Final = {
    "not-json": HTTPStatus.BAD_REQUEST,
    "not-cloudevent": HTTPStatus.BAD_REQUEST,
    "malformed": HTTPStatus.BAD_REQUEST,
    "unknown-type": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown-version": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no-token": HTTPStatus.UNAUTHORIZED,
    "wrong-token": HTTPStatus.FORBIDDEN,
    "foreign-source": HTTPStatus.FORBIDDEN,
    "registry-closed": HTTPStatus.FORBIDDEN,
    "wrong-host": HTTPStatus.MISDIRECTED_REQUEST,
    "not-found": HTTPStatus.NOT_FOUND,
    "wrong-method": HTTPStatus.METHOD_NOT_ALLOWED,
    "too-slow": HTTPStatus.REQUEST_TIMEOUT,
    "too-big": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "wrong-content-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "too-fast": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "kafka-away": HTTPStatus.SERVICE_UNAVAILABLE,
    "stopping": HTTPStatus.SERVICE_UNAVAILABLE,
    "internal-error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Reason -> HTTP status: reasons of dead letters where they apply, and those of the intake."""


class RequestRejected(Rejected):
    """Refusal of a request; `retry_seconds` says when to try again, if ever."""

    def __init__(
        self, reason: str, path: str, detail: str, *, retry_seconds: int | None = None
    ) -> None:
        super().__init__(reason, path, detail)
        self.retry_seconds = retry_seconds


def title(reason: str) -> str:
    """Return the explanation of a reason.

    >>> title("too-big")
    'the record is larger than an event may be'
    """
    return HTTP_REASONS.get(reason) or REASONS[reason]
