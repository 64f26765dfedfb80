"""Event records: from an event's model to the id, topic and bytes that Kafka gets, validated."""

import itertools
import uuid
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from rapport.publish.receipts import PublishError
from rapport.publish.record_encoding import encoded_record
from rapport_schemas.wire.envelope import ID_CHARACTERS_MAX, RECORDED_BY_HEADER, write_binary
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, CONTRACTS
from rapport_schemas.wire.rejection import Rejected

RECORD_BYTES_MAX: Final = 1_000_000
"""Below the largest batch that a broker accepts by default, 1,048,588 bytes."""

_PURCHASE_KINDS: Final = {
    model: contract.type.split(".")[-2]
    for model, contract in CONTRACT_OF_MODEL.items()
    if "purchase_id" in model.model_fields
}


class EventRecord(NamedTuple):
    """One event, encoded for Kafka."""

    event_id: str
    topic: str
    key: bytes
    record: bytes
    """Key, data and headers, as Kafka's batches have them."""


class EventIds:
    """Unique event ids: a random id of this publisher, and a number."""

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex
        self._numbers = itertools.count(1)

    def of(self, data: Any) -> str:
        """Return the natural id of an event, or a new id."""
        return natural_id(data) or f"{self._run}-{next(self._numbers)}"


def natural_id(data: Any) -> str | None:
    """Return an id made of the fields that identify the fact; None when there are none."""
    kind = _PURCHASE_KINDS.get(type(data))
    return f"{data.purchase_id}/{data.revision}/{kind}" if kind else None


def event_record(
    data: Any, event_id: str, source: str, at: datetime, recorded_by: str | None = None
) -> EventRecord:
    """Return the record of an event; raises `PublishError` with the path of what is wrong."""
    try:
        if at.tzinfo is None:
            raise PublishError(
                f"{at} has no zone; use datetime.now(UTC), or another time zone", "time"
            )
        if not 0 < len(event_id) <= ID_CHARACTERS_MAX:
            raise PublishError(f"{len(event_id)} characters; 1 to {ID_CHARACTERS_MAX} fit", "id")
        topic, key, value, headers = write_binary(data, event_id=event_id, source=source, time=at)
    except (KeyError, TypeError, AttributeError, PydanticSerializationError) as error:
        raise _explained(data, event_id, at, error) from error
    if recorded_by is not None:
        headers.append((RECORDED_BY_HEADER, recorded_by.encode()))
    record = encoded_record(key, value, headers)
    if len(record) > RECORD_BYTES_MAX:
        raise PublishError(f"{len(record)} bytes; at most {RECORD_BYTES_MAX} are taken", "data")
    return EventRecord(event_id, topic, key, record)


def from_json_values(event_type: str, data: dict[str, Any]) -> BaseModel:
    """Return the model of plain JSON values; raises `PublishError` with the path of an error.

    >>> from_json_values("rapport.ticket.rated.v1", {"client": "finance", "ticket_id": ""})
    Traceback (most recent call last):
    rapport.publish.receipts.PublishError: data.ticket_id: String should have ...
    """
    contract = CONTRACTS.get(event_type)
    if contract is None:
        raise PublishError(f"no contract is called {event_type!r}; known: {sorted(CONTRACTS)}")
    try:
        model: BaseModel = contract.decode(to_json(data))
    except Rejected as wrong:
        raise PublishError(wrong.detail, wrong.path) from None
    except PydanticSerializationError as error:
        raise PublishError(f"not JSON: {error}", "data") from None
    return model


def _explained(data: Any, event_id: Any, at: Any, error: Exception) -> PublishError:
    if type(data) not in CONTRACT_OF_MODEL:
        names = ", ".join(sorted(model.__name__ for model in CONTRACT_OF_MODEL))
        type_name = type(data).__name__
        return PublishError(
            f"{type_name} is no event; publish one of {names}, or publish_raw", "data"
        )
    if not isinstance(event_id, str):
        return PublishError(f"{event_id!r} is not a string", "id")
    if not isinstance(at, datetime):
        return PublishError(f"{at!r} is not a datetime with a zone", "time")
    return PublishError(f"not a valid {type(data).__name__}: {error}", "data")
