"""Decoder of Kafka records to postings and desk entries, with a fast path for valid events.

A record that the fast path does not decode is decoded again by the envelope and the contract, which
explain what is wrong and where. Both paths give the same result (`test_decoder.py`).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.desk.entries import DESK_TYPES, DeskEntry, desk_entry
from rapport.domain.events.contract_compiler import TIMESTAMP_LENGTHS, compile_contract
from rapport.domain.events.duplicate_keys import Decode
from rapport.domain.events.facts import FACT_TYPES, FindSignals, posting
from rapport.domain.ledger.page import Posting
from rapport_schemas.wire.content_type import JSON_TYPE, content_mode
from rapport_schemas.wire.envelope import (
    EVENT_BYTES_MAX,
    ID_CHARACTERS_MAX,
    SOURCE_CHARACTERS_MAX,
    Envelope,
    Headers,
    read_envelope,
)
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

READ_TYPES: Final = FACT_TYPES | DESK_TYPES
"""Event types of the topics that feed the ledger."""
DecodedEvent = tuple[str, int, Posting | None, int, DeskEntry | None]
"""One event: the publisher's name of the client, the page's day and the posting in the ledger, the
event's own time in whole seconds since 1970-01-01 UTC, and the entry at the desk. A plain tuple: a
named tuple costs more to make than the whole check for duplicate keys."""


def decode_event(
    value: bytes | None,
    headers: Headers,
    find_signals: FindSignals,
    calendar: Calendar = UTC_CALENDAR,
) -> DecodedEvent:
    """Return the event of one Kafka record; raises `Rejected` with the reason and the path."""
    fast = _fast(value, headers, calendar)
    if fast is None:
        return decode_carefully(value, headers, find_signals, calendar)
    event_type, data, source, event_id, seconds, day = fast
    page_day, post = posting(event_type, data, source, event_id, day, find_signals, calendar)
    entry = None
    if event_type in DESK_TYPES:
        entry = desk_entry(event_type, data, source, event_id, seconds, day)
    return data.client, page_day, post, seconds, entry


def decode_carefully(
    value: bytes | None,
    headers: Headers,
    find_signals: FindSignals,
    calendar: Calendar = UTC_CALENDAR,
) -> DecodedEvent:
    """Return the same through the envelope and the contract, which explain what is wrong."""
    envelope: Envelope = read_envelope(value, headers)
    if envelope.type not in READ_TYPES:
        raise Rejected("foreign-type", "type", f"{envelope.type} is not for this topic")
    data = CONTRACTS[envelope.type].decode(envelope.data)
    seconds, day = envelope.epoch_seconds, calendar.day_of(envelope.epoch_seconds)
    source, event_id = envelope.source.encode(), envelope.id.encode()
    page_day, post = posting(envelope.type, data, source, event_id, day, find_signals, calendar)
    entry = desk_entry(envelope.type, data, source, event_id, seconds, day)
    return data.client, page_day, post, seconds, entry


def _fast(
    value: bytes | None, headers: Headers, calendar: Calendar
) -> tuple[str, Any, bytes, bytes, int, int] | None:
    """Return the type, data, source, id, time and day of an event; None where in doubt."""
    attributes: dict[str, Any] = dict(headers)
    try:
        source, event_id = attributes["ce_source"], attributes["ce_id"]
        name, decode = _decoder(
            attributes["ce_type"],
            attributes["ce_specversion"],
            attributes.get("content-type"),
        )
        if (
            decode is None
            or value is None
            or len(value) > EVENT_BYTES_MAX
            or len(attributes) != len(headers)
            or not 0 < len(event_id) <= ID_CHARACTERS_MAX
            or not 0 < len(source) <= SOURCE_CHARACTERS_MAX
            or not (source.isascii() and event_id.isascii())
        ):
            return None
        stamp = attributes["ce_time"]
        second = SECONDS.get(stamp[MINUTE_BYTES:])
        if second is None:
            seconds = _precise(stamp)
            day = calendar.day_of(seconds)
        else:
            minute_seconds, day = _minute(stamp[:MINUTE_BYTES], calendar)
            seconds = minute_seconds + second
        return name, decode(value), source, event_id, seconds, day
    except (KeyError, ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        return None


@lru_cache(maxsize=256)
def _decoder(
    event_type: bytes, version: bytes, content_type: bytes | None
) -> tuple[str, Decode | None]:
    name = (event_type or b"").decode(errors="replace")
    if name not in READ_TYPES or version != b"1.0" or content_mode(content_type) != JSON_TYPE:
        # A call that raises is not cached: invented types cannot fill the cache.
        raise KeyError(name)
    return name, compile_contract(CONTRACTS[name].model)


MINUTE_BYTES: Final = len("2026-03-02T10:00:")
SECONDS: Final = {f"{second:02}Z".encode(): second for second in range(60)}
_decode_time: Final = msgspec.json.Decoder(datetime).decode


@lru_cache(maxsize=65_536)
def _minute(stamp: bytes, calendar: Calendar) -> tuple[int, int]:
    """Return the seconds since 1970-01-01 of a timestamp without its seconds, and its day.

    Raises `ValueError` when the day changes within the minute, as it did in old zones.
    """
    seconds = _precise(stamp + b"00Z")
    day = calendar.day_of(seconds)
    if calendar.day_of(seconds + 59) != day:
        raise ValueError("a minute of two days")
    return seconds, day


def _precise(stamp: bytes) -> int:
    if len(stamp) not in TIMESTAMP_LENGTHS or stamp[10:11] != b"T" or stamp[-1:] != b"Z":
        raise ValueError("not one of the usual timestamps")
    if b"\\" in stamp:
        raise ValueError("a JSON escape, which RFC 3339 does not have")
    return int(_decode_time(b'"%b"' % stamp).timestamp())
