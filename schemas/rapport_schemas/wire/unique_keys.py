"""Whether JSON names each key of an object once.

RFC 8259 (section 4) leaves open what a second one means, and readers differ; I-JSON (RFC 7493,
section 2.3) forbids it. So does Rapport: nobody can tell which of the two was meant.
"""

import json
import re
from typing import Any, Final

from pydantic_core import from_json, to_json

from rapport_schemas.wire.rejection import Rejected

QUOTE: Final = ord('"')
COPIED_BYTES_MAX: Final = 4_096
PLACED_BYTES_MAX: Final = 65_536
OTHER: Final = "(other)"
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_keys(document: bytes, path: str) -> None:
    r"""Raise `Rejected` where an object in a JSON document has a key twice, however deep.

    `path` is the document's own place in its event. Above 64 KiB the key is named without its place
    in the document, so that none takes long. A key that is not spelt as a field is "(other)": it
    may be what a person is called.

    >>> check_keys(b'{"client": "law", "answers": [{"score": 1, "scor\\u0065": 5}]}', "data")
    Traceback (most recent call last):
    rapport_schemas.wire.rejection.Rejected: not-json at data.answers.0.score: the key ...
    """
    if len(document) <= COPIED_BYTES_MAX and _copied_whole(document):
        return
    try:
        text = document.decode()
        _LOOK.decode(text)
    except _DoubledError as doubled:
        key = doubled.key
        if len(document) <= PLACED_BYTES_MAX:
            path, key = _placed(text, path)
        raise Rejected("not-json", path, f"the key {key!r} is twice in one object") from None
    except (ValueError, RecursionError) as error:
        raise Rejected("not-json", path, str(error)) from None


def _copied_whole(document: bytes) -> bool:
    r"""Whether a copy that keeps the last of each key has as many quotes: then none was dropped.

    A key or a text has two quotes around it, in the document as in its copy, and a quote inside is
    written `\"` in both, unless the document has one as its code. What is dropped has at least the
    two of its key.
    """
    if b"\\u0022" in document:
        return False
    try:
        return to_json(from_json(document)).count(QUOTE) == document.count(QUOTE)
    except (ValueError, RecursionError):
        return False


class _DoubledError(Exception):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, told from a list."""


def _look(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) > 1 and len(dict(pairs)) < len(pairs):
        raise _DoubledError(_doubled(pairs))


def _doubled(pairs: list[tuple[str, Any]]) -> str:
    """Return the first key that is there again."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return _named(key)


# Numbers are looked at no further: one of 5,000 digits is the contract's to judge.
_LOOK: Final = json.JSONDecoder(
    object_pairs_hook=_look, parse_int=len, parse_float=len, parse_constant=len
)
_KEEP: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=len, parse_float=len, parse_constant=len
)


def _placed(text: str, path: str) -> tuple[str, str]:
    """Return the path of a key that is there twice, and the key."""
    left = [(path, _KEEP.decode(text))]
    while left:
        path, value = left.pop()
        if isinstance(value, _Pairs):
            if len(dict(value)) < len(value):
                key = _doubled(value)
                return _inside(path, key), key
            left += [(_inside(path, _named(name)), part) for name, part in value]
        elif isinstance(value, list):
            left += [(_inside(path, str(number)), part) for number, part in enumerate(value)]
    return path, ""


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _named(key: str) -> str:
    return key if _FIELD.fullmatch(key) else OTHER
