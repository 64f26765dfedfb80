"""Codec of facts: each fact has one canonical MessagePack encoding, cheap to keep and compare."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from rapport.domain.ledger.measures import Fact

CodedFact = bytes
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple)


def encode_fact(fact: Fact) -> CodedFact:
    """Return the encoding of a fact; equal facts have equal bytes.

    >>> encode_fact(("ticket.reopened",)) == encode_fact(("ticket.reopened",))
    True
    """
    return _ENCODER.encode(fact)


@lru_cache(maxsize=65_536)
def cached_fact(code: CodedFact) -> Fact:
    """Return the fact of an encoding, from a cache.

    >>> cached_fact(encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), None)))
    ('survey.answered', 'client', (('trust', 4, 1, 5),), None)
    """
    return decode_fact(code)


def decode_fact(code: CodedFact) -> Fact:
    """Return the fact of an encoding, without the cache."""
    fact: Fact = _DECODER.decode(code)
    return _as_tuples(fact) if list in map(type, fact) else fact


def _as_tuples(items: Iterable[object]) -> Fact:
    return tuple(_as_tuples(item) if isinstance(item, list | tuple) else item for item in items)
