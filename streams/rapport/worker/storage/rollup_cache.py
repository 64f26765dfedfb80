"""What stretches of stored pages count for, kept beside the local store from start to start.

A stretch is found again by the digest of its pages, and of the program that counted them. So what
is kept may be missing, but never stale: other pages have another digest, and are counted anew.
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
"""A stretch ends after the page that exceeds this."""
DIGITS_SHARED: Final = 3
"""The days of a stretch begin alike, so it is of 100 days, and today's events touch the last."""
DIGEST_BYTES: Final = 16
COUNTING: Final = (coding, ledger, measures, recounting)
"""The modules that decide what a page counts for."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_AMOUNTS: Final = msgspec.msgpack.Decoder(Amounts)
_KEPT: Final = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])
PageGroup = tuple[bytes, list[bytes]]
"""A client, and some of its pages as they are stored."""


def page_groups(
    items: Iterable[tuple[bytes, bytes]], get: Callable[[bytes], bytes | None]
) -> Iterator[PageGroup]:
    """Yield the stored pages that count, in stretches of one client; `items` come by key.

    Where a stretch ends depends on what is before it and not on what follows.
    """
    client, alike, pages, room_bytes = b"", b"", list[bytes](), -1
    for key, value in items:
        if is_live_page(key, value, get):
            if room_bytes < 0 or not key.startswith(alike):
                if pages:
                    yield client, pages
                client = key.rsplit(b"|", 3)[0]
                alike = key[: len(client) + 1 + DIGITS_SHARED]
                pages, room_bytes = [], GROUP_BYTES_MAX
            pages.append(value)
            room_bytes -= len(value)
    if pages:
        yield client, pages


class RollupCache:
    """What the stretches of one partition count for; at `path` is what was kept of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found = _read(path)
        self._kept: dict[bytes, msgspec.Raw] = {}
        self.recounted_pages = 0
        """Pages that had to be counted."""

    def amounts(self, pages: list[bytes]) -> Amounts:
        """Return what the pages of a stretch count for, the caller's own to change.

        Raises `PageVersionError` when a newer version wrote one of them.
        """
        # A page is one MessagePack value and says where it ends: no other pages look like these.
        digest = blake2b(b"".join(pages), digest_size=DIGEST_BYTES).digest()
        found = self._found.get(digest)
        if found is not None:
            self._kept[digest] = found
            return _AMOUNTS.decode(found)
        made: Amounts = {}
        for page in pages:
            count_page(page, made)
        self.recounted_pages += len(pages)
        try:
            self._kept[digest] = msgspec.Raw(_ENCODER.encode(made))
        except OverflowError:  # a sum beyond 64 bits is counted each time
            log.debug("a stretch has a sum beyond 64 bits, and is not kept")
        return made

    def keep(self) -> None:
        """Write what was asked for; what was not is forgotten."""
        if self._kept.keys() == self._found.keys():
            return
        body = bytes(cramjam.zstd.compress(_ENCODER.encode(self._kept), level=1))
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
    """Return what was kept; nothing when it is damaged, or of another program."""
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    seal, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if seal != _seal(body):
        return {}
    return _KEPT.decode(bytes(cramjam.zstd.decompress(body)))


def _seal(body: bytes) -> bytes:
    return blake2b(body, key=code_digest(), digest_size=DIGEST_BYTES).digest()


@cache
def code_digest() -> bytes:
    """Return the digest of the code that counts: another one may count otherwise."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    try:
        for module in COUNTING:
            digest.update(inspect.getsource(module).encode())
    except OSError:  # installed without its source: what is kept serves nobody
        return secrets.token_bytes(DIGEST_BYTES)
    return digest.digest()
