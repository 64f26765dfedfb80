"""Content of a desk entry: the event's data and what identifies the event, as JSON.

Equal events have equal bytes. Free text that is read for signals is not in it, and neither is who
recorded it.
"""

from typing import Any, Final

import msgspec
from pydantic import BaseModel

EntryCode = bytes
DROPPED_FIELDS: Final = frozenset({"client", "note", "revision"})
"""Fields that an entry has elsewhere, and `note`, which is read for signals and then dropped."""


class DeskContent(msgspec.Struct, frozen=True):
    """What an entry holds."""

    source: str
    """CloudEvents source of its event."""
    event_id: str
    at: int
    """The event's own time, whole seconds since 1970-01-01 UTC."""
    data: dict[str, Any]
    """Fields of the contract that are given, without the client and the revision."""


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final = msgspec.json.Decoder(DeskContent)


def encode_content(source: str, event_id: str, at: int, data: Any) -> EntryCode:
    """Return the content of an event; `data` is a contract's model, or its compiled form."""
    is_compiled = isinstance(data, msgspec.Struct)
    names = data.__struct_fields__ if is_compiled else type(data).model_fields
    values = {name: getattr(data, name) for name in names if name not in DROPPED_FIELDS}
    given = {name: _plain(value) for name, value in values.items() if value is not None}
    return _ENCODER.encode(DeskContent(source, event_id, at, given))


def read_content(code: EntryCode) -> DeskContent:
    """Return the content of an entry.

    >>> code = b'{"at":0,"data":{"text":"moved"},"event_id":"1","source":"urn:a"}'
    >>> read_content(code).data
    {'text': 'moved'}
    """
    return _DECODER.decode(code)


def _plain(value: Any) -> Any:
    """Return a nested model as a dictionary, the same for both forms of a model."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    if isinstance(value, msgspec.Struct):
        return {name: it for name, it in msgspec.structs.asdict(value).items() if it is not None}
    return value
