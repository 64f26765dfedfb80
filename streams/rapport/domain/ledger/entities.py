"""Entities: 64-bit hashes of what events are about, by the CloudEvents source that speaks of it."""

from xxhash import xxh3_64_intdigest


def event_entity(source: bytes, event_id: bytes) -> int:
    """Return the entity of an event that is about itself: an occurrence, found by its id."""
    return xxh3_64_intdigest(b"%b\0%b" % (source, event_id))


def named_entity(source: bytes, kind: str, name: str) -> int:
    """Return the entity of a thing with an id of its own, which several events are about.

    >>> named_entity(b"urn:a", "purchase", "1") == named_entity(b"urn:b", "purchase", "1")
    False
    """
    return xxh3_64_intdigest(b"%b\0%b\0%b" % (source, kind.encode(), name.encode()))
