"""Rollup cache: the measures of page groups, kept beside the local store between restarts.

The key of a group is the digest of its pages and of the code that measured them. So an entry may be
missing but never stale: other pages have another digest, and are measured again.
"""

import inspect
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import cramjam
import msgspec

from rapport.domain.ledger import fact_codec as coding
from rapport.domain.ledger import measures
from rapport.domain.ledger import page as ledger
from rapport.domain.ledger import rollup as recounting
from rapport.domain.ledger.rollup import Amounts, count_page
from rapport.worker.storage.pages import is_live_page

log = logging.getLogger(__name__)
GROUP_BYTES_MAX: Final = 256 * 1024
"""A group ends after the page that exceeds this."""
SHARED_DIGITS: Final = 3
"""The days of a group share these digits: it spans 100 days, and new events touch the last."""
DIGEST_BYTES: Final = 16
MEASURING: Final = (coding, ledger, measures, recounting)
"""The modules that decide the measures of a page."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_AMOUNTS: Final = msgspec.msgpack.Decoder(Amounts)
_CACHE: Final = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])
PageGroup = tuple[bytes, list[bytes]]
"""A client, and some of its stored pages."""


def page_groups(
    items: Iterable[tuple[bytes, bytes]], get: Callable[[bytes], bytes | None]
) -> Iterator[PageGroup]:
    """Yield the live pages in groups of one client; `items` are in the order of their keys.

    The end of a group depends on the pages before it, not on those that follow.
    """
    client, prefix, pages, room_bytes = b"", b"", list[bytes](), -1
    for key, value in items:
        if is_live_page(key, value, get):
            if room_bytes < 0 or not key.startswith(prefix):
                if pages:
                    yield client, pages
                client = key.rsplit(b"|", 3)[0]
                prefix = key[: len(client) + 1 + SHARED_DIGITS]
                pages, room_bytes = [], GROUP_BYTES_MAX
            pages.append(value)
            room_bytes -= len(value)
    if pages:
        yield client, pages


class RollupCache:
    """The measures of the page groups of one partition, from and to the file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stored = _read(path)
        self._used: dict[bytes, msgspec.Raw] = {}
        self.recounted_pages = 0
        """Pages that were not in the cache."""

    def amounts(self, pages: list[bytes]) -> Amounts:
        """Return the measures of a page group, for the caller to change.

        Raises `PageVersionError` when a newer version wrote one of them.
        """
        # A page is one MessagePack value, which states its end: no other pages join to these bytes.
        digest = blake2b(b"".join(pages), digest_size=DIGEST_BYTES).digest()
        stored = self._stored.get(digest)
        if stored is not None:
            self._used[digest] = stored
            return _AMOUNTS.decode(stored)
        amounts: Amounts = {}
        for page in pages:
            count_page(page, amounts)
        self.recounted_pages += len(pages)
        try:
            self._used[digest] = msgspec.Raw(_ENCODER.encode(amounts))
        except OverflowError:
            log.debug("a page group has a sum beyond 64 bits, and is not cached")
        return amounts

    def save(self) -> None:
        """Write the entries that were used; drop the others."""
        if self._used.keys() == self._stored.keys():
            return
        body = bytes(cramjam.zstd.compress(_ENCODER.encode(self._used), level=1))
        new = self._path.with_suffix(".new")
        try:
            new.write_bytes(_seal(body) + body)
            new.replace(self._path)
        except OSError as error:
            log.warning(
                "%s cannot be written (%s); nothing is lost, but the next start takes longer, "
                "because it counts the pages again",
                self._path,
                error.strerror,
            )


def _read(path: Path) -> dict[bytes, msgspec.Raw]:
    """Return the stored entries; none when they are damaged, or of other code."""
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    seal, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if seal != _seal(body):
        return {}
    return _CACHE.decode(bytes(cramjam.zstd.decompress(body)))


def _seal(body: bytes) -> bytes:
    return blake2b(body, key=code_digest(), digest_size=DIGEST_BYTES).digest()


@cache
def code_digest() -> bytes:
    """Return the digest of the code that measures pages: other code may measure otherwise."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    try:
        for module in MEASURING:
            digest.update(inspect.getsource(module).encode())
    except OSError:  # installed without its source: no later start may use the cache
        return secrets.token_bytes(DIGEST_BYTES)
    return digest.digest()
