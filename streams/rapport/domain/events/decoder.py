"""From the bytes of an event to its posting: the quick way for what is plainly right.

What the quick way does not take is read again by the envelope and the contract, which say what is
wrong and where. Both ways give the same posting (`test_reader.py`).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.events.contract_compiler import compile_contract
from rapport.domain.events.duplicate_keys import Decode
from rapport.domain.events.facts import FACT_TYPES, FindSignals, posting
from rapport.domain.ledger.page import Posting
from rapport_schemas.wire.envelope import (
    EVENT_BYTES_MAX,
    ID_CHARACTERS_MAX,
    JSON_TYPES,
    Envelope,
    Headers,
    read_envelope,
)
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

DecodedEvent = tuple[str, int, Posting, int]
"""One event as the ledger needs it: the client as the publisher calls it, the page's day, the
posting, and the event's own time in whole seconds since 1970-01-01 UTC. A tuple without names:
making one with names costs more than finding out that no key is twice."""


def decode_event(value: bytes | None, headers: Headers, find_signals: FindSignals) -> DecodedEvent:
    """Return what one Kafka record says; raises `Rejected` with the reason and the place."""
    quick = _fast(value, headers)
    if quick is None:
        return decode_carefully(value, headers, find_signals)
    event_type, data, source, event_id, seconds = quick
    page_day, post = posting(
        event_type, data, source, event_id, seconds // DAY_SECONDS, find_signals
    )
    return data.client, page_day, post, seconds


def decode_carefully(
    value: bytes | None, headers: Headers, find_signals: FindSignals
) -> DecodedEvent:
    """Return the same by way of the envelope and the contract, which explain what is wrong."""
    envelope: Envelope = read_envelope(value, headers)
    if envelope.type not in FACT_TYPES:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = CONTRACTS[envelope.type].decode(envelope.data)
    page_day, post = posting(
        envelope.type,
        data,
        envelope.source.encode(),
        envelope.id.encode(),
        envelope.epoch_seconds // DAY_SECONDS,
        find_signals,
    )
    return data.client, page_day, post, envelope.epoch_seconds


FastDecoder = tuple[str, Any, bytes, bytes, int]


def _fast(value: bytes | None, headers: Headers) -> FastDecoder | None:
    attributes: dict[str, Any] = dict(headers)
    try:
        source, event_id = attributes["ce_source"], attributes["ce_id"]
        name, decode = _known(
            attributes["ce_type"],
            attributes["ce_specversion"],
            attributes.get("content-type", b"application/json"),
        )
        if (
            decode is None
            or value is None
            or len(value) > EVENT_BYTES_MAX
            or len(attributes) != len(headers)
            or not 0 < len(event_id) <= ID_CHARACTERS_MAX
            or not source
            or not (source.isascii() and event_id.isascii())
        ):
            return None
        stamp = attributes["ce_time"]
        second = SECONDS.get(stamp[MINUTE_BYTES:])
        seconds = _precise(stamp) if second is None else _minute(stamp[:MINUTE_BYTES]) + second
        return name, decode(value), source, event_id, seconds
    except (KeyError, ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        return None


@lru_cache(maxsize=256)
def _known(event_type: bytes, version: bytes, content_type: bytes) -> tuple[str, Decode | None]:
    name = (event_type or b"").decode(errors="replace")
    if name not in FACT_TYPES or version != b"1.0" or content_type not in JSON_TYPES:
        # What raises is not kept: made up types cannot fill the cache.
        raise KeyError(name)
    return name, compile_contract(CONTRACTS[name].model)


MINUTE_BYTES: Final = len("2026-03-02T10:00:")
SECONDS: Final = {f"{second:02}Z".encode(): second for second in range(60)}
STAMP_BYTES: Final = frozenset({20, 24, 27})
"""Of a time in UTC with whole seconds, milliseconds or microseconds: what publishers write."""
_moment: Final = msgspec.json.Decoder(datetime).decode


@lru_cache(maxsize=65_536)
def _minute(stamp: bytes) -> int:
    """Return the seconds since 1970-01-01 of a stamp that is cut at its seconds."""
    return _precise(stamp + b"00Z")


def _precise(stamp: bytes) -> int:
    if len(stamp) not in STAMP_BYTES or stamp[10:11] != b"T" or stamp[-1:] != b"Z":
        raise ValueError("not one of the usual stamps")
    if b"\\" in stamp:
        raise ValueError("an escape of JSON's, which RFC 3339 does not know")
    return int(_moment(b'"%b"' % stamp).timestamp())
