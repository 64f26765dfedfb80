"""Parser of TOML documents with bounded size and depth, and with the line of each key.

`tomllib` gives no lines, and its recursion is as deep as the document. A scan of the tokens bounds
a document before it is parsed, and finds the lines when an error has to name one.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from rapport_schemas.wire.errors import RapportError

DOCUMENT_BYTES_MAX: Final = 1_048_576
DEPTH_MAX: Final = 16
WORD_CHARACTERS_MAX: Final = 1_000
Location = tuple[int | str, ...]
"""Path of a value: keys, and indexes in lists."""

# The quantifiers are possessive (`*+`) and an unclosed string extends to the end, so that the scan
# takes linear time for any text.
_PART: Final = r"""(?:"(?:\\.|[^"\\\n])*+"|'[^'\n]*+'|[\w+-]++)"""
_PATH: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*+"
_TOKEN: Final = re.compile(
    rf"""
    (?<![\w+-])(?P<word> [\w+-]{{{WORD_CHARACTERS_MAX + 1},}}+)
    | (?<![\w+-])(?P<path> (?:{_PART}[ \t]*\.[ \t]*){{{DEPTH_MAX}}}+)
    | \"{{3}}(?:\\.|[^\\])*?(?:\"{{3,5}}|\Z) | '{{3}}.*?(?:'{{3,5}}|\Z)
    | "(?:\\.|[^"\\\n])*+"? | '[^'\n]*+'? | \#[^\n]*+
    | [\[\]{{}}\n]
    """,
    re.DOTALL | re.VERBOSE,
)
_KEY: Final = re.compile(rf"[ \t]*(?:(\[\[?)[ \t]*({_PATH})[ \t]*\]|({_PATH})[ \t]*=)")


@dataclass(frozen=True, slots=True)
class Document:
    """Values of a configuration document, and the line of each key."""

    name: str
    values: dict[str, Any] = field(repr=False)
    key_lines: Callable[[], Mapping[Location, int]] = field(repr=False)


def parse_toml(text: str, name: str, error: type[RapportError], *, exact: bool = False) -> Document:
    r"""Return a TOML document; raises `error` with the name, the line and the reason.

    `exact` parses fractional numbers as decimals.

    >>> parse_toml("[a]\nb = 1", "my.toml", RapportError).values
    {'a': {'b': 1}}
    """
    if len(text) > DOCUMENT_BYTES_MAX:
        raise error(f"{name} is over {DOCUMENT_BYTES_MAX} bytes; make it shorter")
    try:
        _check_bounds(text)
        values = tomllib.loads(text, parse_float=Decimal if exact else float)
    except ValueError as wrong:
        end = f"at line {text.count(chr(10)) + 1}, the end"
        reason = str(wrong).replace("at end of document", end)
        raise error(f"{name} is not TOML: {reason}") from None
    return Document(name, values, partial(key_lines, text))


def key_lines(text: str) -> dict[Location, int]:
    r"""Return the line of each table and key of a document that `tomllib` accepts.

    >>> key_lines("a = 1\n[[team]]\nname = 'x'\n[[team]]\nname = 'y'")[("team", 1, "name")]
    5
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for line, start in _statements(text):
        match = _KEY.match(text, start)
        if match is None:
            continue
        brackets, header, key = match.groups()
        if header is None:
            location = (*table, *_path(key))
        else:
            location = table = _table(_path(header), counts, appended=brackets == "[[")
        for length in range(1, len(location) + 1):
            lines.setdefault(location[:length], line)
    return lines


def _table(path: tuple[str, ...], counts: dict[Location, int], *, appended: bool) -> Location:
    """Return the location of a table; `counts` has the number of tables of each list of tables."""
    location: Location = ()
    for step in path[:-1] if appended else path:
        location = (*location, step)
        if location in counts:
            location = (*location, counts[location] - 1)
    if appended:
        location = (*location, path[-1])
        counts[location] = counts.get(location, 0) + 1
        location = (*location, counts[location] - 1)
    return location


def _path(text: str) -> tuple[str, ...]:
    if '"' not in text and "'" not in text:
        return tuple(part.strip() for part in text.split("."))
    steps: list[str] = []
    value: Any = tomllib.loads(f"{text} = 0")
    while isinstance(value, dict):
        ((step, value),) = value.items()
        steps.append(step)
    return tuple(steps)


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Yield the line and the start of each statement; a value may span lines."""
    yield 1, 0
    for line, depth, token in _tokens(text):
        if depth == 0 and token[0] == "\n":
            yield line, token.end()


def _check_bounds(text: str) -> None:
    for line, depth, token in _tokens(text):
        if depth > DEPTH_MAX or token["path"]:
            raise ValueError(f"values are nested deeper than {DEPTH_MAX} (at line {line})")
        if token["word"]:
            raise ValueError(
                f"a number or key has over {WORD_CHARACTERS_MAX} characters (at line {line})"
            )


def _tokens(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Yield (line, depth, token); the line is that of the token's end, of a line end the next."""
    line, depth = 1, 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case text_token:
                line += text_token.count("\n")
        yield line, depth, token
