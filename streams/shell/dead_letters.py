"""Dead letters: what could not be read, kept whole (up to a bound) with its reason and origin."""

import hashlib
import json
from typing import Any, Final

from rapport.schemas.dead_letter import DEAD_LETTER_HEADER
from rapport.schemas.rejections import Rejected

KEPT_BYTES_MAX: Final = 64 * 1024
HEADERS_MAX: Final = 64


def dead_letter(
    record: Any, rejected: Rejected
) -> tuple[bytes | None, bytes, list[tuple[str, bytes]]]:
    """Return (key, value, headers) of the dead letter for a raw record.

    The value is the original's, cut at 64 KiB; the headers say why, where it came from, and, of a
    longer one, its true length and hash. The original's own headers are kept as they were.
    """
    value = record.value or b""
    why = {
        "reason": rejected.reason,
        "path": rejected.path,
        "detail": rejected.detail,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "length": len(value),
        "sha256": hashlib.sha256(value).hexdigest() if len(value) > KEPT_BYTES_MAX else None,
    }
    kept = [(name, content) for name, content in (record.headers or ())[:HEADERS_MAX]]
    headers = [*kept, (DEAD_LETTER_HEADER, json.dumps(why, ensure_ascii=True).encode())]
    return record.key, value[:KEPT_BYTES_MAX], headers
