"""Rejection of JSON with duplicate keys.

RFC 8259 (section 4) leaves open what a duplicate key means, and parsers differ; I-JSON (RFC 7493,
section 2.3) forbids it, and so does Rapport.
"""

import json
import re
from typing import Any, Final

from pydantic_core import from_json, to_json

from rapport_schemas.wire.rejection import Rejected

QUOTE: Final = ord('"')
COPIED_BYTES_MAX: Final = 4_096
LOCATED_BYTES_MAX: Final = 65_536
OTHER: Final = "(other)"
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_keys(document: bytes, path: str) -> None:
    r"""Raise `Rejected` where an object at any depth of a JSON document has a duplicate key.

    `path` is that of the document in its event. Above 64 KiB the message has no path inside the
    document, so that the check stays fast. A key that does not look like a field name is shown as
    "(other)": it may be a person's name.

    >>> check_keys(b'{"client": "law", "answers": [{"score": 1, "scor\\u0065": 5}]}', "data")
    Traceback (most recent call last):
    rapport_schemas.wire.rejection.Rejected: not-json at data.answers.0.score: the key ...
    """
    if len(document) <= COPIED_BYTES_MAX and _copy_has_all_keys(document):
        return
    try:
        text = document.decode()
        _DETECTOR.decode(text)
    except _DuplicateKeyError as duplicate:
        key = duplicate.key
        if len(document) <= LOCATED_BYTES_MAX:
            path, key = _locate(text, path)
        raise Rejected("not-json", path, f"the key {key!r} appears twice in one object") from None
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", path, str(error)) from None


def _copy_has_all_keys(document: bytes) -> bool:
    r"""Return whether a copy, which keeps the last of duplicate keys, has as many quotes.

    Each key and text has two quotes, and a quote inside is `\"` in both, unless the document has it
    as an escaped code point. A dropped member has at least the two quotes of its key.
    """
    if b"\\u0022" in document:
        return False
    try:
        return to_json(from_json(document)).count(QUOTE) == document.count(QUOTE)
    except (ValueError, RecursionError):
        return False


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class _Pairs(list[tuple[str, Any]]):
    """Members of an object, as a type that is distinct from a JSON list."""


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len(dict(pairs)) < len(pairs):
        raise _DuplicateKeyError(_first_duplicate(pairs))


def _first_duplicate(pairs: list[tuple[str, Any]]) -> str:
    """Return the first key that repeats an earlier one, as it may be shown."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return _shown(key)


# Numbers are not parsed: the contract judges a number of 5,000 digits.
_DETECTOR: Final = json.JSONDecoder(
    object_pairs_hook=_reject_duplicates, parse_int=len, parse_float=len, parse_constant=len
)
_PARSER: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=len, parse_float=len, parse_constant=len
)


def _locate(text: str, path: str) -> tuple[str, str]:
    """Return the path of a duplicate key, and the key."""
    stack = [(path, _PARSER.decode(text))]
    while stack:
        path, value = stack.pop()
        if isinstance(value, _Pairs):
            if len(dict(value)) < len(value):
                key = _first_duplicate(value)
                return _join(path, key), key
            stack += [(_join(path, _shown(name)), part) for name, part in value]
        elif isinstance(value, list):
            stack += [(_join(path, str(number)), part) for number, part in enumerate(value)]
    return path, ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(key: str) -> str:
    return key if _FIELD.fullmatch(key) else OTHER
