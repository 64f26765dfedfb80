"""How a fact is kept: as its one canonical byte string, so that it is cheap to hold and compare."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from rapport.domain.ledger.measures import Fact

CodedFact = bytes
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple)


def encode_fact(fact: Fact) -> CodedFact:
    """Return the byte string that stands for a fact; equal facts have equal bytes.

    >>> encode_fact(("ticket.reopened",)) == encode_fact(("ticket.reopened",))
    True
    """
    return _ENCODER.encode(fact)


@lru_cache(maxsize=65_536)
def cached_fact(code: CodedFact) -> Fact:
    """Return the fact that `coded` wrote.

    >>> cached_fact(encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), None)))
    ('survey.answered', 'client', (('trust', 4, 1, 5),), None)
    """
    return decode_fact(code)


def decode_fact(code: CodedFact) -> Fact:
    """Return the same, without remembering it."""
    fact: Fact = _DECODER.decode(code)
    return _frozen(fact) if list in map(type, fact) else fact


def _frozen(values: Iterable[object]) -> Fact:
    return tuple(_frozen(item) if isinstance(item, list | tuple) else item for item in values)
