"""Content types: which mode of CloudEvents a media type stands for, and whether data is JSON."""

import re
from functools import lru_cache
from typing import Final

JSON_TYPE: Final = "application/json"
STRUCTURED_TYPE: Final = "application/cloudevents+json"
BATCH_TYPE: Final = "application/cloudevents-batch+json"
_JSON: Final = re.compile(r"(application|text)/(x-)?json|[a-z]+/[\w.!#$&^-]+\+json", re.ASCII)
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]*)""", re.IGNORECASE)
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", ""})


class ContentTypeError(ValueError):
    """A content type that is not read; the message says which are."""


@lru_cache(maxsize=256)
def content_mode(content_type: str | bytes | None) -> str:
    """Return the media type that decides the mode: JSON data, one structured event, or a batch.

    Media types know no case, and their parameters do not matter, but for a charset: JSON is UTF-8.
    Without a content type, data is JSON.

    >>> content_mode(b"Application/CloudEvents+JSON; charset=UTF-8")
    'application/cloudevents+json'
    >>> content_mode(None), content_mode("text/json"), content_mode("application/vnd.acme+json")
    ('application/json', 'application/json', 'application/json')
    >>> content_mode("application/json; charset=iso-8859-1")
    Traceback (most recent call last):
    rapport_schemas.wire.content_type.ContentTypeError: its charset is another; JSON is ...
    """
    if isinstance(content_type, bytes):
        content_type = content_type.decode(errors="replace")
    text = (content_type or JSON_TYPE).strip().strip('"').lower()
    name = text.partition(";")[0].strip()
    if name not in {STRUCTURED_TYPE, BATCH_TYPE} and not is_json(name):
        # The text is not shown: a header may hold what a person wrote.
        raise ContentTypeError(
            f"this type is not read; send {STRUCTURED_TYPE}, or {JSON_TYPE} with the attributes "
            "in headers"
        )
    charset = _CHARSET.search(text)
    if charset is not None and charset[1] not in _UTF_8:
        raise ContentTypeError("its charset is another; JSON is read in UTF-8 only")
    return name if name in {STRUCTURED_TYPE, BATCH_TYPE} else JSON_TYPE


def is_json(name: str) -> bool:
    """Return whether a media type, in lower case, is JSON data, and not an event as JSON.

    >>> is_json("application/json"), is_json("application/cloudevents+json"), is_json("text/plain")
    (True, False, False)
    """
    return _JSON.fullmatch(name) is not None and "/cloudevents" not in name
