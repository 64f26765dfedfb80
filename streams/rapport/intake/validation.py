"""Validation: from a received event to the Kafka record that the publisher would have written.

The contract and the token are checked here. The worker checks the client and the age of an event:
it has the registry and the policy.
"""

from typing import NamedTuple

from rapport.intake.content_modes import ReceivedEvent
from rapport.intake.tokens import Token
from rapport_schemas.wire.envelope import (
    JSON_HEADER,
    USED_ATTRIBUTES,
    check_attributes,
    check_size,
)
from rapport_schemas.wire.registry import CONTRACTS, TOPICS
from rapport_schemas.wire.rejection import Rejected


class OutgoingRecord(NamedTuple):
    """One Kafka record."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    size_bytes: int
    """Its approximate size in memory and on the wire."""


def validate(event: ReceivedEvent, token: Token | None) -> OutgoingRecord:
    """Return the record of an event; raises `Rejected` with the path of what is wrong.

    The contract's key replaces any `partitionkey`: all events of a client share a partition.
    """
    attributes = event.attributes
    check_size(event.data)
    envelope = check_attributes(attributes, event.data, event.prefix)
    contract = CONTRACTS[envelope.type]
    if token is not None:
        _check_token(token, envelope.source, contract.topic, event.prefix)
    key = contract.decode(envelope.data).record_key.encode()
    names = [*USED_ATTRIBUTES, *sorted(attributes.keys() - set(USED_ATTRIBUTES))]
    headers = [(f"ce_{name}", attributes[name].encode()) for name in names]
    headers += [("ce_partitionkey", key), JSON_HEADER]
    size_bytes = len(key) + len(event.data) + sum(len(name) + len(it) for name, it in headers)
    return OutgoingRecord(contract.topic, key, envelope.data, headers, size_bytes)


def _check_token(token: Token, source: str, topic: str, prefix: str) -> None:
    if not token.speaks_for(source):
        detail = f"token {token.name!r} may not speak for {source[:128]!r}"
        raise Rejected("foreign-source", f"{prefix}source", detail)
    if TOPICS[topic].cleanup == "compact" and not token.registry:
        detail = f"token {token.name!r} needs `registry = true` to write to {topic}"
        raise Rejected("registry-closed", f"{prefix}type", detail)
