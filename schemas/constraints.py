"""How the constraints on one value changed: allowed values, bounds, patterns, formats."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

SHOWN_CHARACTERS_MAX: Final = 60
_LEAST: Final = ("minLength", "minItems", "minProperties")
_MOST: Final = ("maxLength", "maxItems", "maxProperties")
_RANGE: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
JUDGED: Final = frozenset({*_LEAST, *_MOST, *_RANGE, "enum", "const", "pattern", "format"})
_WORDS: Final = re.compile(r"\^\((\w+(?:\|\w+)*)\)\$")
BOTH: Final = "publishers and readers"
_UNKNOWN: Final = "the gate has no rule for it"


class Change(NamedTuple):
    """A change that breaks somebody: where, what, whom, and what to do if that is not `.v2`."""

    path: str
    what: str
    breaks: str
    advice: str = ""


def constraint_changes(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], path: str
) -> Iterator[Change]:
    """Yield what changed in the constraints on a value of one JSON type."""
    yield from _choice_changes(old, new, path)
    for keyword in (*_LEAST, *_MOST):
        before, after = (_size(each, keyword) for each in (old, new))
        yield from _bound_change(keyword, before, after, (old.get(keyword), new.get(keyword)), path)
    for keyword in ("minimum", "maximum"):
        was, now = (_limit(each, keyword, whole=kind == "integer") for each in (old, new))
        texts = (_limit_text(old, keyword), _limit_text(new, keyword))
        yield from _bound_change(keyword, was, now, texts, path)
    yield from _replaced("pattern", _pattern(old), _pattern(new), path)
    yield from _replaced("format", old.get("format"), new.get("format"), path)


def unjudged(path: str, keyword: str, before: Any, after: Any) -> Change:
    """Return the refusal of a change that no rule knows."""
    what = f"{keyword} {shown(before)} -> {shown(after)}: {_UNKNOWN}"
    return Change(path, what, BOTH)


def shown(value: Any) -> str:
    """Return a JSON value for a message, cut where it is long.

    >>> shown(None), shown("a"), shown([1] * 99)[-8:]
    ('null', '"a"', '1, 1,...')
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[: SHOWN_CHARACTERS_MAX - 3]}..."


def choices(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the values that are taken, as JSON texts; None when they are not listed.

    >>> sorted(choices({"pattern": "^(EUR|USD)$"})), choices({"pattern": "^E+$"})
    (['"EUR"', '"USD"'], None)
    """
    if "enum" in schema:
        return frozenset(json.dumps(value, sort_keys=True) for value in schema["enum"])
    words = _WORDS.fullmatch(schema.get("pattern", ""))
    return frozenset(json.dumps(word) for word in words[1].split("|")) if words else None


def _choice_changes(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Change]:
    befores, afters = choices(old), choices(new)
    if befores is None and afters is not None:
        yield Change(path, f"only {_listed(afters)} is taken, and it was open", "publishers")
    elif befores is not None and afters is None:
        yield Change(path, f"more than {_listed(befores)} is taken", "readers")
    elif befores is not None and afters is not None:
        if befores - afters:
            yield Change(path, f"{_listed(befores - afters)} is no longer taken", "publishers")
        if afters - befores:
            yield Change(path, f"{_listed(afters - befores)} is taken, and was not", "readers")


def _listed(values: frozenset[str]) -> str:
    return shown([json.loads(value) for value in sorted(values)])


def _size(schema: Mapping[str, Any], keyword: str) -> float:
    """Return how tight a bound on a size is: the greater, the less it lets through."""
    if keyword in _LEAST:
        return float(schema.get(keyword, 0))
    return -float(schema.get(keyword, math.inf))


def _limit(schema: Mapping[str, Any], keyword: str, *, whole: bool) -> tuple[float, bool]:
    """Return how tight a bound on a number is, as `_size` does; exclusive is tighter."""
    sign = 1 if keyword == "minimum" else -1
    exclusive = "exclusiveM" + keyword[1:]
    bounds = [(sign * schema.get(keyword, -sign * math.inf), False)]
    if exclusive in schema:
        bounds.append((sign * schema[exclusive], True))
    value, excludes = max(bounds)
    if whole and math.isfinite(value):
        return (math.floor(value) + 1 if excludes else math.ceil(value)), False
    return value, excludes


def _limit_text(schema: Mapping[str, Any], keyword: str) -> Any:
    exclusive = "exclusiveM" + keyword[1:]
    return schema.get(keyword, schema.get(exclusive))


def _bound_change(
    keyword: str, before: Any, after: Any, texts: tuple[Any, Any], path: str
) -> Iterator[Change]:
    if before != after:
        what = f"{keyword} {_text(texts[0])} -> {_text(texts[1])}"
        yield Change(path, what, "publishers" if after > before else "readers")


def _pattern(schema: Mapping[str, Any]) -> str | None:
    """Return the pattern, unless it is the list of values itself."""
    pattern: str | None = schema.get("pattern")
    if pattern is not None and "enum" not in schema and _WORDS.fullmatch(pattern):
        return None
    return pattern


def _replaced(keyword: str, before: Any, after: Any, path: str) -> Iterator[Change]:
    if before != after:
        breaks = "publishers" if before is None else "readers" if after is None else BOTH
        yield Change(path, f"{keyword} {_text(before)} -> {_text(after)}", breaks)


def _text(value: Any) -> str:
    return "none" if value is None else shown(value)
